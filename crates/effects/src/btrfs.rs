//! Btrfs: subvolumes, snapshots and limits, by the kernel's own calls.
//!
//! A subvolume is a directory that is snapshotted and limited as one. Its limit is that of the
//! quota group `0/ID`, which the kernel makes with it: all bytes that it refers to, shared with
//! snapshots or not. What it takes is read from sysfs, where the kernel counts as it commits.

// The door itself is where the ban of clippy.toml ends.
#![allow(clippy::disallowed_methods)]

mod raw;

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::Door;

/// What `statfs` calls the file system.
const MAGIC: u64 = 0x9123_683E;

/// Why something of btrfs could not be done.
#[derive(Debug, thiserror::Error)]
#[error("failed to {action} {}: {source}", path.display())]
pub struct BtrfsError {
    /// What was tried.
    pub action: &'static str,
    /// On which path.
    pub path: PathBuf,
    /// The operating system's reason.
    pub source: io::Error,
}

/// What a subvolume takes, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Everything that it refers to: what its limit is about.
    pub referenced: u64,
    /// Its limit, where it has one.
    pub limit: Option<u64>,
}

fn at(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BtrfsError {
    move |source| BtrfsError {
        action,
        path: path.to_owned(),
        source,
    }
}

/// Whether `path` lies on btrfs.
pub fn is_btrfs(path: &Path) -> bool {
    rustix::fs::statfs(path).is_ok_and(|found| u64::try_from(found.f_type) == Ok(MAGIC))
}

/// Whether `path` is a subvolume: the inode of its top is always this one.
pub fn is_subvolume(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir() && found.ino() == 256) && is_btrfs(path)
}

/// What the subvolume `path` takes; none where its file system does not count.
///
/// # Errors
/// It is not there, or is no subvolume.
pub fn taken(path: &Path) -> Result<Option<Taken>, BtrfsError> {
    let dir = File::open(path).map_err(at("open", path))?;
    let id = raw::tree_id(dir.as_raw_fd()).map_err(at("identify", path))?;
    let group = figures(&dir, path)?.join(format!("qgroups/0_{id}"));
    let read = |name: &str| figure(&group.join(name));
    let Some(referenced) = read("referenced") else {
        return Ok(None);
    };
    // What is written and not yet committed counts as well, as the limit does.
    let reserved = read("rsv_data").unwrap_or(0);
    let limited = read("limit_flags").unwrap_or(0) & raw::LIMIT_REFERENCED != 0;
    Ok(Some(Taken {
        referenced: referenced + reserved,
        limit: read("max_referenced").filter(|limit| limited && *limit < u64::MAX),
    }))
}

/// Bytes that writes were promised on the file system of `path` and have no place yet: what waits
/// in memory, and what is on its way to the disk. `statfs` calls them free.
///
/// # Errors
/// It is not there, or not on btrfs.
pub fn promised(path: &Path) -> Result<u64, BtrfsError> {
    let dir = File::open(path).map_err(at("open", path))?;
    let data = figures(&dir, path)?.join("allocation/data");
    let read = |name: &str| figure(&data.join(name)).unwrap_or(0);
    Ok(read("bytes_may_use").saturating_add(read("bytes_reserved")))
}

/// Where the kernel shows the figures of the file system that `path`, opened, is on.
fn figures(opened: &File, path: &Path) -> Result<PathBuf, BtrfsError> {
    let id = raw::fs_id(opened.as_raw_fd()).map_err(at("identify the file system of", path))?;
    Ok(Path::new("/sys/fs/btrfs").join(id))
}

fn figure(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

// === impl Door ===

impl Door {
    /// Makes the kernel count what each subvolume of the file system takes.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn btrfs_count(&self, path: &Path) -> Result<(), BtrfsError> {
        self.pass("btrfs.count", &path.display().to_string(), || {
            let dir = File::open(path).map_err(at("open", path))?;
            match raw::enable_quota(dir.as_raw_fd()) {
                // It counts already.
                Err(error) if error.raw_os_error() == Some(libc::EEXIST) => Ok(()),
                other => other.map_err(at("count what is taken on", path)),
            }
        })
    }

    /// Makes an empty subvolume.
    ///
    /// # Errors
    /// Its name is taken, or there is no room.
    pub fn subvolume_create(&self, path: &Path) -> Result<(), BtrfsError> {
        self.pass("btrfs.create", &path.display().to_string(), || {
            let (dir, name) = parent(path)?;
            raw::create(dir.as_raw_fd(), &name).map_err(at("create the subvolume", path))
        })
    }

    /// Makes `path` hold what the subvolume `source` holds now. What it holds is one instant, also
    /// of one that is being written.
    ///
    /// # Errors
    /// The name is taken, or there is no room.
    pub fn subvolume_snapshot(&self, source: &Path, path: &Path, read_only: bool) -> Result<(), BtrfsError> {
        self.pass("btrfs.snapshot", &path.display().to_string(), || {
            let from = File::open(source).map_err(at("open", source))?;
            let (dir, name) = parent(path)?;
            raw::snapshot(dir.as_raw_fd(), from.as_raw_fd(), &name, read_only)
                .map_err(at("snapshot to", path))
        })
    }

    /// Removes a subvolume with all it holds, whatever its size: the space comes back by and by.
    /// One that is not there is a success.
    ///
    /// # Errors
    /// It is no subvolume, or holds others.
    pub fn subvolume_destroy(&self, path: &Path) -> Result<(), BtrfsError> {
        self.pass("btrfs.destroy", &path.display().to_string(), || {
            let (dir, name) = parent(path)?;
            match raw::destroy(dir.as_raw_fd(), &name) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                other => other.map_err(at("remove the subvolume", path)),
            }
        })
    }

    /// Limits what the subvolume `path` may refer to; none takes the limit away. One below what
    /// it takes holds further writes only.
    ///
    /// # Errors
    /// It is no subvolume, or its file system does not count.
    pub fn subvolume_limit(&self, path: &Path, bytes: Option<u64>) -> Result<(), BtrfsError> {
        self.pass("btrfs.limit", &path.display().to_string(), || {
            let dir = File::open(path).map_err(at("open", path))?;
            raw::limit(dir.as_raw_fd(), bytes).map_err(at("limit", path))
        })
    }

    /// Lets the file system fill the device that it is on.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn btrfs_fill_device(&self, path: &Path) -> Result<(), BtrfsError> {
        self.pass("btrfs.resize", &path.display().to_string(), || {
            let dir = File::open(path).map_err(at("open", path))?;
            raw::resize_to_device(dir.as_raw_fd()).map_err(at("grow", path))
        })
    }

    /// Puts one directory in another's place and that in the first one's, at once.
    ///
    /// # Errors
    /// One is not there.
    pub fn exchange(&self, one: &Path, other: &Path) -> Result<(), BtrfsError> {
        self.pass("btrfs.exchange", &one.display().to_string(), || {
            use rustix::fs::{CWD, RenameFlags};
            rustix::fs::renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)
                .map_err(|errno: Errno| at("put something else in the place of", one)(errno.into()))
        })
    }
}

/// The directory that holds `path`, opened, and the name in it.
fn parent(path: &Path) -> Result<(File, String), BtrfsError> {
    let bad = || at("name", path)(io::ErrorKind::InvalidFilename.into());
    let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(bad)?;
    let dir = path.parent().ok_or_else(bad)?;
    Ok((File::open(dir).map_err(at("open", dir))?, name.to_owned()))
}

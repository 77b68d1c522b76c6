//! Reading and writing a machine's files while it does not run, without trusting what it left.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Gid, Mode, OFlags, ResolveFlags, Uid};
use rustix::io::Errno;

use crate::error::{Error, file};

/// Most that is read of a file: tables of users are far below.
const READ_LIMIT: u64 = 1 << 20;

/// A writable layer over an image, looked at from the host.
#[derive(Debug)]
pub(crate) struct Layer {
    upper: Tree,
    lower: Tree,
}

/// A directory with its path, for messages.
#[derive(Debug)]
struct Tree {
    fd: OwnedFd,
    path: PathBuf,
}

// === impl Layer ===

impl Layer {
    /// Opens both directories.
    pub(crate) fn open(upper: &Path, lower: &Path) -> Result<Self, Error> {
        Ok(Self {
            upper: Tree::open(upper)?,
            lower: Tree::open(lower)?,
        })
    }

    /// The text of a file as it is seen inside; none when it is not there, is no plain file, or
    /// lies behind a link.
    pub(crate) fn read(&self, name: &str) -> Result<Option<String>, Error> {
        match self.upper.read(name) {
            Err(Errno::NOENT) => {}
            Err(Errno::LOOP | Errno::NOTDIR | Errno::XDEV) => return Ok(None),
            other => return other.map_err(file("read", &self.upper.path.join(name))),
        }
        match self.lower.read(name) {
            Err(Errno::NOENT | Errno::LOOP | Errno::NOTDIR | Errno::XDEV) => Ok(None),
            other => other.map_err(file("read", &self.lower.path.join(name))),
        }
    }

    /// Whether there is nothing of this name, not even a link that leads nowhere.
    pub(crate) fn lacks(&self, name: &str) -> bool {
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        [&self.upper, &self.lower].into_iter().all(|tree| {
            let found = rustix::fs::openat2(&tree.fd, name, flags, Mode::empty(), resolve);
            matches!(found, Err(Errno::NOENT))
        })
    }

    /// Replaces a file of root's, or leaves all as it is when a directory on the way is none.
    pub(crate) fn write(&self, name: &str, content: &[u8], mode: u32) -> Result<(), Error> {
        let path = self.upper.path.join(name);
        let (parent, name) = name.rsplit_once('/').unwrap_or(("", name));
        let Some(parent) = self.directory(parent)? else {
            tracing::warn!(path = %path.display(), "left alone: what lies on the way is no directory");
            return Ok(());
        };
        let temporary = format!(".{name}.toft");
        replace(&parent, &temporary, name, content, mode).map_err(file("write", &path))
    }

    /// Whether the image has something at an absolute path, links within it followed.
    pub(crate) fn image_has(&self, path: &Path) -> bool {
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        rustix::fs::openat2(
            &self.lower.fd,
            path,
            OFlags::PATH | OFlags::CLOEXEC,
            Mode::empty(),
            resolve,
        )
        .is_ok()
    }

    /// Opens a directory of the upper layer, making it like the image's where it is missing.
    fn directory(&self, name: &str) -> Result<Option<OwnedFd>, Error> {
        let mut so_far = PathBuf::new();
        let mut dir = self
            .upper
            .fd
            .try_clone()
            .map_err(file("open", &self.upper.path))?;
        for part in name.split('/').filter(|part| !part.is_empty()) {
            so_far.push(part);
            let path = self.upper.path.join(&so_far);
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let found = match rustix::fs::openat(&dir, part, flags, Mode::empty()) {
                Err(Errno::NOENT) => {
                    self.make_like_image(&dir, part, &so_far)
                        .map_err(file("create", &path))?;
                    rustix::fs::openat(&dir, part, flags, Mode::empty())
                }
                other => other,
            };
            dir = match found {
                Err(Errno::LOOP | Errno::NOTDIR) => return Ok(None),
                other => other.map_err(file("open", &path))?,
            };
        }
        Ok(Some(dir))
    }

    fn make_like_image(&self, dir: &OwnedFd, part: &str, whole: &Path) -> rustix::io::Result<()> {
        let image = rustix::fs::statat(&self.lower.fd, whole, AtFlags::SYMLINK_NOFOLLOW).ok();
        let image = image.filter(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory);
        rustix::fs::mkdirat(dir, part, Mode::from_raw_mode(0o755))?;
        if let Some(stat) = image {
            let (uid, gid) = (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid));
            rustix::fs::chownat(dir, part, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)?;
            rustix::fs::chmodat(
                dir,
                part,
                Mode::from_raw_mode(stat.st_mode & 0o7777),
                AtFlags::empty(),
            )?;
        }
        Ok(())
    }
}

fn replace(dir: &OwnedFd, temporary: &str, name: &str, content: &[u8], mode: u32) -> std::io::Result<()> {
    // One left by a crash, or put there as a trap.
    match rustix::fs::unlinkat(dir, temporary, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => {}
        Err(error) => return Err(error.into()),
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = rustix::fs::openat(dir, temporary, flags, Mode::from_raw_mode(mode))?;
    rustix::fs::fchmod(&fd, Mode::from_raw_mode(mode))?;
    File::from(fd).write_all(content)?;
    rustix::fs::renameat(dir, temporary, dir, name)?;
    Ok(())
}

// === impl Tree ===

impl Tree {
    fn open(path: &Path) -> Result<Self, Error> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(CWD, path, flags, Mode::empty()).map_err(file("open", path))?;
        Ok(Self {
            fd,
            path: path.to_owned(),
        })
    }

    fn read(&self, name: &str) -> rustix::io::Result<Option<String>> {
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
        // Without blocking: it may be a pipe that nobody writes.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = match rustix::fs::openat2(&self.fd, name, flags, Mode::empty(), resolve) {
            // A whiteout, or any other device node: nothing that could be read.
            Err(Errno::NXIO | Errno::NODEV | Errno::ACCESS) => return Ok(None),
            other => other?,
        };
        if FileType::from_raw_mode(rustix::fs::fstat(&fd)?.st_mode) != FileType::RegularFile {
            return Ok(None);
        }
        let mut text = Vec::new();
        let read = File::from(fd).take(READ_LIMIT).read_to_end(&mut text);
        read.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
        Ok(Some(String::from_utf8_lossy(&text).into_owned()))
    }
}

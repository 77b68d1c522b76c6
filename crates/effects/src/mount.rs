//! Mounts: the stage on which a workspace's file systems are put together, and the guard over
//! directories that hold foreign files.
//!
//! A **stage** is a mount namespace of its own with a small tmpfs at a fixed place, on which the
//! parts of a workspace are mounted. The runtime's launcher is started inside it, and the
//! workspace's own mount namespace is copied from there; the host's table of mounts never sees
//! any of it. So nothing is left to unmount after a crash, wherever it came: when the last holder
//! of the stage ends, its mounts are gone.
//!
//! ```text
//!   AT/            tmpfs that everybody may cross: the data directory is closed to the range's root
//!   AT/lower       the image, id-mapped, read-only      ┐ overlay at AT/NAME; ids on disk stay as
//!   AT/layer       upper/ and work/, id-mapped          ┘ they are inside: nothing is ever chowned
//!   AT/NAME        trees (homes, the agent, …) and /dev
//! ```

// The door itself is where the ban of clippy.toml ends.
#![allow(clippy::disallowed_methods)]

mod devices;
mod overlay;
mod tree;

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::StatVfsMountFlags;
use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags};

use crate::Door;
use crate::namespaces::IdRange;

/// What is mounted where for one start of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// A directory that every user may reach; it is made when it is not there, and stays empty.
    pub at: PathBuf,
    /// The pinned user namespace whose ids are mapped.
    pub user_namespace: PathBuf,
    /// Its range.
    pub range: IdRange,
    /// What is mounted, in this order.
    pub parts: Vec<Part>,
}

/// One mount of a [`Stage`], under a name in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A writable file system over an image.
    Overlay {
        /// Its name on the stage.
        name: &'static str,
        /// The unpacked image; only read.
        lower: PathBuf,
        /// The directory that holds `upper` and `work`.
        layer: PathBuf,
    },
    /// A file or directory of the host; never with set-user-id programs or devices.
    Tree {
        /// Its name on the stage.
        name: &'static str,
        /// What it shows.
        source: PathBuf,
        /// Whether ids on disk are shown as the same ids inside; otherwise they are the host's,
        /// that is nobody's.
        mapped: bool,
        /// Whether it can be written.
        read_only: bool,
    },
    /// A `/dev` with nodes of our own making: the host's may be broken, and are not ours.
    Devices {
        /// Its name on the stage.
        name: &'static str,
        /// More character devices: path below `/dev`, major and minor number.
        more: Vec<(&'static str, u32, u32)>,
        /// Directories for root only, to mount something at.
        places: Vec<&'static str>,
    },
}

/// Why a mount failed.
#[derive(Debug, thiserror::Error)]
#[error("failed to {action} {}: {source}", path.display())]
pub struct MountError {
    /// What was tried.
    pub action: &'static str,
    /// On which path.
    pub path: PathBuf,
    /// The operating system's reason.
    pub source: io::Error,
}

pub(crate) fn mount_error<E: Into<io::Error>>(
    action: &'static str,
    path: &Path,
) -> impl FnOnce(E) -> MountError {
    move |source| MountError {
        action,
        path: path.to_owned(),
        source: source.into(),
    }
}

// === impl Door ===

impl Door {
    /// Builds a stage and returns its mount namespace, for [`crate::spawn::Program::mounts`].
    /// Blocks for a few milliseconds.
    ///
    /// # Errors
    /// A part's source is not there, or the kernel cannot map its ids.
    pub fn stage(&self, stage: &Stage) -> Result<OwnedFd, MountError> {
        std::thread::scope(|scope| {
            // A thread of its own: namespace, root directory, file mode mask and file system ids
            // are the thread's, and must not leak into one that others use again.
            let built = scope.spawn(|| self.build(stage)).join();
            built.unwrap_or_else(|_| {
                Err(mount_error("build the stage at", &stage.at)(io::Error::other(
                    "thread ended",
                )))
            })
        })
    }

    fn build(&self, stage: &Stage) -> Result<OwnedFd, MountError> {
        self.pass("mount.stage", &stage.at.display().to_string(), || {
            open_stage(&stage.at)
        })?;
        for part in &stage.parts {
            match part {
                Part::Overlay { name, lower, layer } => {
                    self.pass("mount.overlay", name, || {
                        overlay::mount(stage, name, lower, layer)
                    })?;
                }
                Part::Tree {
                    name,
                    source,
                    mapped,
                    read_only,
                } => {
                    let user = mapped.then_some(stage.user_namespace.as_path());
                    self.pass("mount.tree", name, || {
                        tree::mount(source, &stage.at.join(name), user, *read_only)
                    })?;
                }
                Part::Devices { name, more, places } => {
                    self.pass("mount.devices", name, || {
                        devices::mount(&stage.at.join(name), stage.range, more, places)
                    })?;
                }
            }
        }
        let namespace = Path::new("/proc/thread-self/ns/mnt");
        fs::File::open(namespace)
            .map(OwnedFd::from)
            .map_err(mount_error("open", namespace))
    }

    /// Makes sure that below `dir` no set-user-id bit and no device node works on the host, by
    /// mounting it onto itself. What lies in homes and layers has the ids of inside: a program
    /// that root inside gave to root would be root's here.
    ///
    /// # Errors
    /// It cannot be mounted.
    pub fn guard_directory(&self, dir: &Path) -> Result<(), MountError> {
        let wanted = StatVfsMountFlags::NOSUID | StatVfsMountFlags::NODEV;
        let found = rustix::fs::statvfs(dir).map_err(mount_error("examine", dir))?;
        if found.f_flag.contains(wanted) {
            return Ok(());
        }
        self.pass("mount.guard", &dir.display().to_string(), || {
            let guarded = tree::clone_of(dir)?;
            tree::restrict(&guarded, dir, None, false)?;
            tree::attach(&guarded, dir)
        })
    }

    /// Takes off what [`Door::guard_directory`] put on. A directory without a guard is fine.
    ///
    /// # Errors
    /// It is in use.
    pub fn unguard_directory(&self, dir: &Path) -> Result<(), MountError> {
        self.pass("mount.unguard", &dir.display().to_string(), || {
            loop {
                match rustix::mount::unmount(dir, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW) {
                    Ok(()) => {}
                    Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOENT) => return Ok(()),
                    Err(error) => return Err(mount_error("unmount", dir)(error)),
                }
            }
        })
    }
}

/// Takes the calling thread into a mount namespace of its own with an empty stage at `at`.
fn open_stage(at: &Path) -> Result<(), MountError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o711)
        .create(at)
        .map_err(mount_error("create", at))?;
    // SAFETY: the thread was started for this and ends after it; descriptors stay shared, only
    // the mount namespace and the file system attributes become its own.
    unsafe { rustix::thread::unshare_unsafe(rustix::thread::UnshareFlags::NEWNS) }
        .map_err(mount_error("leave the host's mounts for", at))?;
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    rustix::mount::mount_change("/", private).map_err(mount_error("make private", Path::new("/")))?;
    // What is made below has exactly the modes that are asked for; the mask is the thread's own.
    rustix::process::umask(rustix::fs::Mode::empty());
    rustix::mount::mount(
        "toft",
        at,
        "tmpfs",
        MountFlags::NOSUID | MountFlags::NOATIME,
        Some(c"mode=0755,size=256k"),
    )
    .map_err(mount_error("mount a stage at", at))
}

fn make_directory(path: &Path) -> Result<(), MountError> {
    fs::DirBuilder::new()
        .mode(0o755)
        .create(path)
        .map_err(mount_error("create", path))
}

#[cfg(test)]
mod tests;

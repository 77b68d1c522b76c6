//! Why a volume is not there, or still is.

use std::io;
use std::path::{Path, PathBuf};

/// Why a volume could not be made, read or removed.
#[derive(Debug, thiserror::Error)]
pub enum VolumeError {
    /// An id that is no directory's name.
    #[error("invalid volume id {id:?}: expected letters, digits and dashes")]
    BadId {
        /// What was given.
        id: String,
    },
    /// A skeleton larger than one has any reason to be.
    #[error("the skeleton {dir} has more than {limit} files")]
    SkeletonTooLarge {
        /// Where it is.
        dir: PathBuf,
        /// The limit.
        limit: usize,
    },
    /// The disk is full.
    #[error("the disk of {dir} is full; delete workspaces or remove images with `toft image gc`")]
    NoSpace {
        /// The volumes' directory.
        dir: PathBuf,
    },
    /// The host has no room for a pool.
    #[error("no room for a pool of homes: {dir} needs {least_mib} MiB free, of which the host keeps a part")]
    NoPoolRoom {
        /// The data directory.
        dir: PathBuf,
        /// What must be free.
        least_mib: u64,
    },
    /// Homes of another kind are there.
    #[error(
        "the homes of {dir} are kept as '{what}' and stay so; serve with '--volumes auto', or with a data directory that has no homes yet"
    )]
    Kept {
        /// The data directory.
        dir: PathBuf,
        /// What they are.
        what: &'static str,
    },
    /// Plain directories cannot do it.
    #[error(
        "{what} needs homes on btrfs, and those of this host are plain directories; `toft doctor` says why"
    )]
    NeedsBtrfs {
        /// What was wanted.
        what: &'static str,
    },
    /// What should be copied is not there.
    #[error("{what} '{id}' is not there")]
    Absent {
        /// A volume or a snapshot.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// Something of btrfs failed.
    #[error("failed to {action}: {source}")]
    Pool {
        /// What was tried.
        action: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file operation failed.
    #[error("failed to {action} {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
}

// === impl VolumeError ===

impl VolumeError {
    pub(crate) fn pool(action: &'static str, error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Pool {
            action,
            source: error.into(),
        }
    }

    /// As [`VolumeError::pool`]; a full file system is told as one.
    pub(crate) fn btrfs(
        action: &'static str,
        dir: &Path,
    ) -> impl FnOnce(toft_effects::btrfs::BtrfsError) -> Self {
        let dir = dir.to_owned();
        move |error| match error.source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace { dir },
            _ => Self::pool(action, error),
        }
    }

    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace { dir: path },
            _ => Self::Io { action, path, source },
        }
    }
}

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
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace { dir: path },
            _ => Self::Io { action, path, source },
        }
    }
}

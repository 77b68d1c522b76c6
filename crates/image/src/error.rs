//! Why an image is not there.

use std::io;
use std::path::{Path, PathBuf};

use crate::path::PathError;

/// Why the store could not do what it was asked for. Messages are shown to people as they are.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The source is not one.
    #[error("invalid {field} {value:?}: expected {expected}")]
    Source {
        /// Which part of it.
        field: &'static str,
        /// What it said.
        value: String,
        /// What it should say.
        expected: &'static str,
    },
    /// A digest of a form that is not used here.
    #[error("not a digest of the form sha256:…: {text:?}")]
    NotADigest {
        /// What was given.
        text: String,
    },
    /// No image of this digest is here.
    #[error("image {digest} is not here; pull it first")]
    Unknown {
        /// The digest asked for.
        digest: String,
    },
    /// The image is needed by something.
    #[error("another process uses the image store {dir}; stop it first")]
    Locked {
        /// The store.
        dir: PathBuf,
    },
    /// The registry refused; its own words.
    #[error("{registry} answered for {reference}: {message}")]
    Registry {
        /// Which registry.
        registry: String,
        /// The image asked for.
        reference: String,
        /// Its error, with its code.
        message: String,
    },
    /// The registry could not be reached, or the connection broke too often.
    #[error("failed to reach {registry} for {reference}: {message}")]
    Unreachable {
        /// Which registry.
        registry: String,
        /// The image asked for.
        reference: String,
        /// The last failure.
        message: String,
    },
    /// Content does not have the digest that it was asked by.
    #[error("{what} is not what was asked for: expected {expected}, got {actual}; nothing of it was kept")]
    Mismatch {
        /// The blob, manifest or layer.
        what: String,
        /// The digest asked for.
        expected: String,
        /// The digest of what came.
        actual: String,
    },
    /// A manifest, index or configuration that cannot be used.
    #[error("{what} of {reference} cannot be used: {reason}")]
    Manifest {
        /// Which document.
        what: &'static str,
        /// The image.
        reference: String,
        /// Why not.
        reason: String,
    },
    /// A layer has an entry that is refused.
    #[error("layer {layer} refused at {path:?}: {reason}; nothing of the image was kept")]
    Layer {
        /// The layer's digest, or the packed root's name.
        layer: String,
        /// The entry.
        path: String,
        /// Why it is refused.
        reason: LayerFault,
    },
    /// The disk is too full.
    #[error(
        "not enough disk space in {dir}: {need_bytes} bytes are needed, {free_bytes} are free; remove images with `toft image gc` or free some space"
    )]
    NoSpace {
        /// The store.
        dir: PathBuf,
        /// What the work needs.
        need_bytes: u64,
        /// What is free.
        free_bytes: u64,
    },
    /// `mmdebstrap` failed.
    #[error("failed to make a Debian base of {suite}: {reason}")]
    Bootstrap {
        /// The release.
        suite: String,
        /// What went wrong, in the tool's words.
        reason: String,
    },
    /// All who waited for it gave up.
    #[error("cancelled")]
    Cancelled,
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

/// Why an entry of a layer is refused.
#[derive(Debug, thiserror::Error)]
pub enum LayerFault {
    /// Its name or its link's target.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The archive itself is broken.
    #[error("malformed archive: {0}")]
    Malformed(String),
    /// Something that no image may bring.
    #[error("{0} are not allowed in an image")]
    Forbidden(&'static str),
    /// More than the limit.
    #[error("exceeds the limit of {limit} {what}")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// It unpacks to far more than it is.
    #[error("unpacks to more than {limit} bytes, far beyond its compressed size (a decompression bomb?)")]
    Bomb {
        /// Bytes at which unpacking ended.
        limit: u64,
    },
    /// The operating system refused.
    #[error("failed to {action}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The reason.
        source: io::Error,
    },
}

// === impl ImageError ===

impl ImageError {
    /// Whether trying again later may help without anybody changing the request.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::NoSpace { .. }
                | Self::Io { .. }
                | Self::Bootstrap { .. }
                | Self::Layer {
                    reason: LayerFault::Io { .. },
                    ..
                }
        )
    }

    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

// === impl LayerFault ===

impl LayerFault {
    pub(crate) fn io(action: &'static str) -> impl FnOnce(rustix::io::Errno) -> Self {
        move |errno| Self::Io {
            action,
            source: errno.into(),
        }
    }
}

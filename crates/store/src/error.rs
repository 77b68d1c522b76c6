//! Why the store did not do what it was asked.

use crate::objects::Key;

/// Any failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is an object of this name.
    #[error("{0} already exists")]
    AlreadyExists(Key),
    /// There is no object of this name.
    #[error("{0} does not exist")]
    NotFound(Key),
    /// The object was changed since it was read.
    #[error(
        "{key} was changed in the meantime: version {expected} was sent, {found} is stored; read it again and repeat the change"
    )]
    Conflict {
        /// The object.
        key: Key,
        /// The version that the writer had read.
        expected: i64,
        /// The version that is stored.
        found: i64,
    },
    /// A watch or list cannot go on from a version that old.
    #[error("version {from} is too old: the changes before {floor} are no longer kept; list again")]
    Expired {
        /// What was asked for.
        from: i64,
        /// The oldest version to go on from.
        floor: i64,
    },
    /// Nothing of what may be allocated is free.
    #[error("no {kind} is free")]
    Exhausted {
        /// The kind of allocation.
        kind: String,
    },
    /// There is too little space to write anything but removals.
    #[error(
        "the disk of the data directory is full: {free_bytes} bytes are left; delete workspaces or images, or free space there"
    )]
    DiskFull {
        /// What is left.
        free_bytes: u64,
    },
    /// Another daemon has this data directory open.
    #[error(
        "the data directory is in use by another daemon (process {0}); stop it first, or use another --data-dir"
    )]
    InUse(String),
    /// A newer Toft wrote this data directory.
    #[error(
        "the data directory was written by a newer Toft (schema {found}; this one knows {known}): use that version, or restore {backup}"
    )]
    Newer {
        /// Its schema.
        found: i64,
        /// The newest schema known here.
        known: i64,
        /// The copy made before the newer one changed it.
        backup: String,
    },
    /// The object is not what an object must be.
    #[error("failed to read an object: {0}")]
    Malformed(String),
    /// A file beside the database could not be used.
    #[error("failed to {doing}: {source}")]
    File {
        /// What was being done.
        doing: String,
        /// The reason.
        source: std::io::Error,
    },
    /// The database said no.
    #[error("failed to {doing}: {source}")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// The reason.
        source: sqlx::Error,
    },
}

/// What every operation returns.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Says what was being done when the database said no.
pub(crate) trait Doing<T> {
    fn doing(self, doing: &'static str) -> Result<T>;
}

impl<T> Doing<T> for std::result::Result<T, sqlx::Error> {
    fn doing(self, doing: &'static str) -> Result<T> {
        self.map_err(|source| StoreError::Database { doing, source })
    }
}

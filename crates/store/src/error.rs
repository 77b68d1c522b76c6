//! Why the store could not do what it was asked.

use std::path::PathBuf;

use crate::key::Key;

/// What went wrong, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No such object.
    #[error("{0} does not exist")]
    NotFound(Key),
    /// The name is taken.
    #[error("{0} exists already; choose another name")]
    Exists(Key),
    /// Somebody else wrote in between.
    #[error("{key} was changed in between: you saw version {expected}, it is at {actual}; read it again")]
    Conflict {
        /// Which object.
        key: Key,
        /// The revision or uid that the caller knew.
        expected: String,
        /// What it is.
        actual: String,
    },
    /// What the caller asks for is no longer in the change log.
    #[error("the state at version {asked} is gone, the oldest kept is {floor}; list again")]
    Expired {
        /// The revision that was asked for.
        asked: i64,
        /// The oldest that can be.
        floor: i64,
    },
    /// A `continue` that this store never gave.
    #[error("'{0}' is not a continue token of this server; list again without it")]
    Continue(String),
    /// An object that cannot be stored or read as what it should be.
    #[error("failed to read {what}: {source}")]
    Malformed {
        /// Which object, or what of one.
        what: String,
        /// Why.
        source: serde_json::Error,
    },
    /// All numbers of a kind are given out.
    #[error("all {count} numbers for '{kind}' are in use; delete something that holds one")]
    Exhausted {
        /// The kind of number.
        kind: String,
        /// How many there are.
        count: i64,
    },
    /// There is no space left on the disk.
    #[error("failed to {action}: the disk that holds the data directory is full; free some space, deleting still works")]
    Full {
        /// What was being done.
        action: &'static str,
    },
    /// Another daemon has the data directory.
    #[error("{dir} is in use by another toft{holder}; stop it or choose another --data-dir")]
    Locked {
        /// The data directory.
        dir: PathBuf,
        /// ` (process N)`, where known.
        holder: String,
    },
    /// A newer release wrote the data directory.
    #[error(
        "{path} has format {found}, this toft knows up to {known}: it was written by a newer release, and is left untouched; install that release or newer"
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest known one.
        known: i64,
    },
    /// A file could not be handled.
    #[error("failed to {action} {path}: {source}")]
    File {
        /// What was being done.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database refused.
    #[error("failed to {action}: {source}")]
    Database {
        /// What was being done.
        action: &'static str,
        /// Why.
        source: sqlx::Error,
    },
}

/// SQLite's own number for a full disk.
const SQLITE_FULL: &str = "13";

// === impl StoreError ===

impl StoreError {
    /// A database error while doing `action`, for `map_err`.
    pub(crate) fn database(action: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| {
            if is_full(&source) {
                Self::Full { action }
            } else {
                Self::Database { action, source }
            }
        }
    }

    /// A file error while doing `action`, for `map_err`.
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }

    /// Whether the disk is full.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }
}

fn is_full(error: &sqlx::Error) -> bool {
    let Some(error) = error.as_database_error() else {
        return false;
    };
    // Extended codes carry the primary one in their low octet: an I/O error of the kind that
    // SQLite reports when the shared memory beside the log cannot grow means the same.
    let code = error.code().and_then(|code| code.parse::<i64>().ok());
    code.is_some_and(|code| code == SQLITE_FULL_CODE || code == IOERR_SHMSIZE || code == IOERR_WRITE_FULL)
        || error.code().as_deref() == Some(SQLITE_FULL)
}

const SQLITE_FULL_CODE: i64 = 13;
/// The shared memory file could not grow.
const IOERR_SHMSIZE: i64 = 10 | (19 << 8);
/// A write failed; over a full disk with delayed allocation that is how it shows.
const IOERR_WRITE_FULL: i64 = 10 | (3 << 8);

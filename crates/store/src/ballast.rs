//! Space set aside beforehand, so that a full disk never stops a delete.
//!
//! A file of 8 MiB lies beside the database. When less than 4 MiB is free and something is to
//! be removed, the file goes first; ordinary writes are refused by then. It comes back when
//! there is space again.

use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, Mode, OFlags};

use crate::error::{Result, StoreError};

/// Size of the file.
const SIZE: u64 = 8 << 20;
/// Below this, ordinary writes are refused and removals use the ballast.
const SHORT: u64 = 4 << 20;

/// The file and the directory whose disk it keeps from being full.
#[derive(Debug)]
pub struct Ballast {
    dir: PathBuf,
}

// === impl Ballast ===

impl Ballast {
    pub(crate) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// Refuses an ordinary write where too little is left.
    pub(crate) fn check(&self) -> Result<()> {
        let free_bytes = self.free();
        if free_bytes < SHORT {
            Err(StoreError::DiskFull { free_bytes })
        } else {
            Ok(())
        }
    }

    /// Gives the space up where too little is left for a removal.
    pub(crate) fn release_if_short(&self) {
        if self.free() < SHORT {
            // A file that is not there has given its space up already.
            let _ = std::fs::remove_file(self.path());
        }
    }

    /// Takes the space again where there is plenty.
    pub(crate) fn restore(&self) {
        let path = self.path();
        if path.exists() || self.free() < SIZE + 2 * SHORT {
            return;
        }
        let flags = OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC;
        let made = rustix::fs::open(&path, flags, Mode::RUSR | Mode::WUSR)
            .and_then(|file| rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, SIZE));
        if made.is_err() {
            let _ = std::fs::remove_file(&path);
        }
    }

    fn path(&self) -> PathBuf {
        self.dir.join("ballast")
    }

    /// Bytes that are left. Where that cannot be told, writes are tried.
    fn free(&self) -> u64 {
        rustix::fs::statvfs(&self.dir).map_or(u64::MAX, |fs| fs.f_bavail.saturating_mul(fs.f_frsize))
    }
}

#[cfg(test)]
mod tests;

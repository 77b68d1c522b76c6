//! One daemon for a data directory.
//!
//! The kernel holds the lock for as long as the file is open, so a killed daemon leaves none.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::error::StoreError;

/// Name of the file that is locked; it holds the daemon's process id for people.
const NAME: &str = "toft.lock";

/// The lock, for as long as it lives.
#[derive(Debug)]
pub(crate) struct DirLock {
    _file: File,
}

// === impl DirLock ===

impl DirLock {
    /// Takes the lock of `dir`, or says who has it.
    pub(crate) fn take(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(NAME);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(StoreError::file("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Locked {
                    dir: dir.to_owned(),
                    holder: holder(&mut file),
                });
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::file("lock", &path)(error)),
        }
        // Only for the message above: a full disk must not keep the daemon from starting.
        let _ = write_holder(&mut file);
        Ok(Self { _file: file })
    }
}

fn write_holder(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "{}", std::process::id())
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let known = file.take(16).read_to_string(&mut text).is_ok();
    let pid = text.trim().parse::<u32>().ok().filter(|_| known);
    pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}

#[cfg(test)]
mod tests;

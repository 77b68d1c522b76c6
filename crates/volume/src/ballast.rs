//! Space held back, so that a full disk never stops a delete.
//!
//! Renaming and unlinking may need a block (a directory that grows, copy-on-write metadata).
//! When the disk is full there is none; giving up the ballast file frees some. It is filled again
//! as soon as there is space.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Enough for the metadata of any one delete, small enough to be missed by nobody.
const BYTES: u64 = 4 << 20;

/// The file that holds the space.
#[derive(Debug)]
pub(crate) struct Ballast {
    path: PathBuf,
}

// === impl Ballast ===

impl Ballast {
    pub(crate) fn new(dir: &Path) -> Self {
        Self {
            path: dir.join("ballast"),
        }
    }

    /// Takes the space, if there is any to take: on a full disk what was held stays given up
    /// until there is.
    pub(crate) fn fill(&self) {
        if fs::metadata(&self.path).is_ok_and(|meta| meta.len() == BYTES) {
            return;
        }
        if let Err(error) = self.allocate() {
            let _ = fs::remove_file(&self.path);
            tracing::debug!(path = %self.path.display(), %error, "no space to hold back now");
        }
    }

    /// Gives the space up.
    pub(crate) fn drop_it(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    fn allocate(&self) -> io::Result<()> {
        let file = File::create(&self.path)?;
        match rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, BYTES) {
            Ok(()) => Ok(()),
            // File systems without it: real bytes then.
            Err(rustix::io::Errno::OPNOTSUPP) => {
                io::copy(&mut io::Read::take(io::repeat(0xa5), BYTES), &mut &file).map(drop)
            }
            Err(errno) => Err(errno.into()),
        }
    }
}

#[cfg(test)]
mod tests;

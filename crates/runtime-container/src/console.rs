//! What a first process says: a file of its own, so that no pipe of the daemon's ends in it.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::error::{Error, file};

/// Most that is kept of a running sandbox's console.
const KEPT: u64 = 1 << 20;
/// How much of the end is looked at for a last line.
const TAIL: u64 = 4_096;

/// A fresh console for a start; the one before stays beside it as `console.log.1`.
pub(crate) fn fresh(path: &Path) -> Result<File, Error> {
    if path.exists() {
        fs::rename(path, path.with_extension("log.1")).map_err(file("rotate", path))?;
    }
    let mut options = File::options();
    // Appending, so that cutting it off leaves no hole.
    options
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map_err(file("create", path))
}

/// Cuts a console off that has grown too long: root inside can write to it as it likes.
pub(crate) fn bound(path: &Path) {
    if fs::metadata(path).is_ok_and(|found| found.len() > KEPT)
        && let Ok(console) = File::options().write(true).open(path)
    {
        // Tried again at the next look.
        let _ = console.set_len(0);
    }
}

/// The end of a console.
pub(crate) fn tail(path: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(mut console) = File::open(path) {
        let length = console.metadata().map_or(0, |found| found.len());
        let _ = console.seek(SeekFrom::Start(length.saturating_sub(TAIL)));
        let _ = console.take(TAIL).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).trim().to_owned()
}

/// The last line of a console.
pub(crate) fn last_line(path: &Path) -> String {
    tail(path).lines().next_back().unwrap_or_default().to_owned()
}

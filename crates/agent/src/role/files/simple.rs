//! Changes of directories.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::refuse;
use crate::wire::Refusal;

/// Makes a directory and those above it.
pub fn mkdir(path: &Path, mode: Option<u32>) -> Result<(), Refusal> {
    let result = DirBuilder::new()
        .recursive(true)
        .mode(mode.unwrap_or(0o777) & 0o7777)
        .create(path);
    result.map_err(|error| refuse("make the directory", path, &error))
}

/// Removes a file or directory.
pub fn remove(path: &Path, recursive: bool) -> Result<(), Refusal> {
    let removed = fs::symlink_metadata(path).and_then(|found| match (found.is_dir(), recursive) {
        (true, true) => remove_all(path),
        (true, false) => fs::remove_dir(path),
        (false, _) => fs::remove_file(path),
    });
    removed.map_err(|error| refuse("remove", path, &error))
}

/// The standard library's walk, which follows no links.
fn remove_all(path: &Path) -> io::Result<()> {
    fs::remove_dir_all(path)
}

/// Renames.
pub fn rename(from: &Path, to: &Path) -> Result<(), Refusal> {
    fs::rename(from, to).map_err(|error| refuse(&format!("rename to {}", to.display()), from, &error))
}

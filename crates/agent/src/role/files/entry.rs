//! Looking at files.

use std::collections::BinaryHeap;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::refuse;
use crate::wire::{EntryKind, FileEntry, FilePage, Refusal};

/// Most bytes of a page's entries, so that it fits a control frame.
const PAGE_BYTES: usize = 48 << 10;

/// About one file.
pub fn stat(path: &Path) -> Result<FileEntry, Refusal> {
    let found = fs::symlink_metadata(path).map_err(|error| refuse("look at", path, &error))?;
    let name = path
        .file_name()
        .map_or_else(|| "/".to_owned(), |name| name.to_string_lossy().into_owned());
    Ok(entry(path, name, &found))
}

/// The entries of a directory whose names come after `after`, as many as fit a page.
pub fn list(path: &Path, after: Option<&str>) -> Result<FilePage, Refusal> {
    let failed = |error: std::io::Error| refuse("list", path, &error);
    // Only the smallest names are held, however large the directory is.
    let mut names: BinaryHeap<(String, std::ffi::OsString)> = BinaryHeap::new();
    for listed in fs::read_dir(path).map_err(failed)? {
        let name = listed.map_err(failed)?.file_name();
        let shown = name.to_string_lossy().into_owned();
        if after.is_none_or(|after| shown.as_str() > after) {
            names.push((shown, name));
            if names.len() > FilePage::LIMIT + 1 {
                names.pop();
            }
        }
    }
    let mut page = FilePage::default();
    let mut bytes = 0;
    for (shown, name) in names.into_sorted_vec() {
        let child = path.join(&name);
        // Gone since it was listed.
        let Ok(found) = fs::symlink_metadata(&child) else {
            continue;
        };
        let entry = entry(&child, shown, &found);
        bytes += serde_json::to_vec(&entry).map_or(0, |json| json.len());
        if page.entries.len() >= FilePage::LIMIT || bytes > PAGE_BYTES {
            page.next = page.entries.last().map(|last| last.name.clone());
            break;
        }
        page.entries.push(entry);
    }
    Ok(page)
}

/// An entry from what the file system says.
pub fn entry(path: &Path, name: String, found: &Metadata) -> FileEntry {
    let kind = found.file_type();
    let target = if kind.is_symlink() {
        fs::read_link(path).ok()
    } else {
        None
    };
    FileEntry {
        name,
        kind: if kind.is_file() {
            EntryKind::File
        } else if kind.is_dir() {
            EntryKind::Directory
        } else if kind.is_symlink() {
            EntryKind::Link
        } else {
            EntryKind::Other
        },
        size: found.len(),
        mode: found.mode() & 0o7777,
        uid: found.uid(),
        gid: found.gid(),
        modified_ms: found
            .mtime()
            .saturating_mul(1000)
            .saturating_add(found.mtime_nsec() / 1_000_000),
        target: target.map(|target| target.to_string_lossy().into_owned()),
        directory: kind.is_dir()
            || (kind.is_symlink() && fs::metadata(path).is_ok_and(|found| found.is_dir())),
    }
}

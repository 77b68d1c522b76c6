//! Messages about files.

use serde::{Deserialize, Serialize};

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A device, socket or pipe.
    #[serde(other)]
    Other,
}

/// About one file. Links are not followed, except that `directory` tells what a link leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its last component; replaced characters where it is not UTF-8.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// Bytes.
    pub size: u64,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Last change, in milliseconds since 1970.
    pub modified_ms: i64,
    /// Where a link leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Whether it is a directory or leads to one.
    #[serde(default)]
    pub directory: bool,
}

/// A part of a directory, ordered by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePage {
    /// At most [`FilePage::LIMIT`] entries.
    pub entries: Vec<FileEntry>,
    /// The name to ask the next page with; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// How to write a file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct WriteRequest {
    /// Absolute, or relative to the user's home.
    pub path: String,
    /// A name or number; the workspace's user if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Permission bits; those of the replaced file, or 0644, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
    /// Makes missing directories above.
    #[serde(default)]
    pub parents: bool,
    /// Refuses to replace a file.
    #[serde(default)]
    pub create_new: bool,
}

/// What an unpacking did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TarSummary {
    /// Entries unpacked.
    pub entries: u64,
    /// Bytes of file content written.
    pub bytes: u64,
}

// === impl FilePage ===

impl FilePage {
    /// Most entries in a page, chosen so that even the longest names fit one control frame.
    pub const LIMIT: usize = 500;
}

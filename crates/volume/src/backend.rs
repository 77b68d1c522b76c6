//! What volumes are on this host: chosen once, found again at every start.
//!
//! Nothing is remembered: a data directory with a pool has a pool, one with homes keeps them as
//! they are, and only an empty one has a choice.

use std::fs;
use std::path::Path;

use toft_effects::Door;
use toft_effects::btrfs::{is_btrfs, is_subvolume};

use crate::error::VolumeError;
use crate::pool::Pool;
use crate::volumes::OWN;

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// Btrfs where it can be had, directories elsewhere.
    #[default]
    Auto,
    /// Btrfs or nothing.
    Btrfs,
    /// Plain directories.
    Directory,
}

/// What volumes are.
#[derive(Debug)]
pub(crate) enum Backend {
    /// Subvolumes of a file system of our own, in a file.
    Pool(Pool),
    /// Subvolumes of the file system that the data directory is on.
    Subvolumes,
    /// Directories, and why.
    Directories(String),
}

/// A text is no choice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no kind of volumes: write auto, btrfs or directory")]
pub struct NoChoice(String);

// === impl Choice ===

impl std::str::FromStr for Choice {
    type Err = NoChoice;

    fn from_str(text: &str) -> Result<Self, NoChoice> {
        match text {
            "auto" => Ok(Self::Auto),
            "btrfs" => Ok(Self::Btrfs),
            "directory" => Ok(Self::Directory),
            _ => Err(NoChoice(text.to_owned())),
        }
    }
}

// === impl Backend ===

impl Backend {
    /// Finds or makes what the data directory's volumes lie on, and mounts it at `dir`.
    pub(crate) async fn open(
        door: &Door,
        data: &Path,
        dir: &Path,
        choice: Choice,
    ) -> Result<Self, VolumeError> {
        let kept = |what| {
            Err(VolumeError::Kept {
                dir: data.to_owned(),
                what,
            })
        };
        if Pool::exists(data) {
            if choice == Choice::Directory {
                return kept("btrfs");
            }
            return Self::pool(door, data, dir);
        }
        Pool::tidy(door, data, dir)?;
        match (homes(dir), choice) {
            (Some(false), Choice::Btrfs) => kept("directory"),
            (Some(true), Choice::Directory) => kept("btrfs"),
            (Some(true), _) => Self::subvolumes(door, dir),
            (Some(false), _) => Ok(Self::Directories(
                "this data directory has homes that are directories, and keeps them".to_owned(),
            )),
            (None, Choice::Directory) => Ok(Self::Directories(
                "it was asked for: --volumes directory".to_owned(),
            )),
            (None, _) if is_btrfs(dir) => Self::subvolumes(door, dir),
            (None, choice) => match Pool::create(door, data, dir).await {
                Ok(()) => Self::pool(door, data, dir),
                Err(error) if choice == Choice::Auto => Ok(Self::Directories(error.to_string())),
                Err(error) => Err(error),
            },
        }
    }

    /// Whether volumes are limited and can be snapshotted.
    pub(crate) fn is_btrfs(&self) -> bool {
        !matches!(self, Self::Directories(_))
    }

    /// As [`Pool::grow`]; elsewhere there is nothing to grow.
    pub(crate) fn grow(&self) -> Result<u64, VolumeError> {
        match self {
            Self::Pool(pool) => pool.grow(),
            _ => Ok(0),
        }
    }

    fn pool(door: &Door, data: &Path, dir: &Path) -> Result<Self, VolumeError> {
        let pool = Pool::open(door, data, dir)?;
        count(door, dir)?;
        Ok(Self::Pool(pool))
    }

    fn subvolumes(door: &Door, dir: &Path) -> Result<Self, VolumeError> {
        count(door, dir)?;
        Ok(Self::Subvolumes)
    }
}

fn count(door: &Door, dir: &Path) -> Result<(), VolumeError> {
    door.btrfs_count(dir)
        .map_err(|error| VolumeError::pool("count what homes take", error))
}

/// Whether there are homes in `dir` and they are subvolumes.
fn homes(dir: &Path) -> Option<bool> {
    let entries = fs::read_dir(dir).ok()?.flatten();
    let mut found = entries
        .filter(|entry| !OWN.iter().any(|own| entry.file_name() == *own))
        .map(|entry| is_subvolume(&entry.path()))
        .peekable();
    found.peek()?;
    Some(found.all(|subvolume| subvolume))
}

//! How much a volume takes, in bounded time.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use toft_effects::btrfs::{is_subvolume, taken};

use crate::error::VolumeError;

/// Files looked at before the count is given as a lower bound.
const MAX_FILES: u64 = 500_000;
/// Time likewise: a figure for people is not worth more of the disk.
const MAX_TIME: Duration = Duration::from_secs(5);

/// What a volume takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Bytes on disk; files with several names count once.
    pub bytes: u64,
    /// Files and directories; 0 where the file system counts bytes.
    pub files: u64,
    /// Whether all was counted: else the figures are lower bounds, as 500,000 files or 5 s were
    /// not enough.
    pub complete: bool,
    /// The most that it may take, where that is held.
    pub limit_bytes: Option<u64>,
}

/// What the volume takes: as the file system counts it, or else as its files do.
pub(super) fn of(volume: &Path) -> Result<Usage, VolumeError> {
    counted(volume).map_or_else(|| measure(volume), Ok)
}

/// What the file system counts; nothing where it does not.
pub(super) fn counted(volume: &Path) -> Option<Usage> {
    let taken = is_subvolume(volume).then(|| taken(volume).ok()).flatten()??;
    Some(Usage {
        bytes: taken.referenced,
        files: 0,
        complete: true,
        limit_bytes: taken.limit,
    })
}

/// Counts below `volume`. Files may come and go meanwhile.
fn measure(volume: &Path) -> Result<Usage, VolumeError> {
    measure_within(volume, MAX_FILES, MAX_TIME)
}

fn measure_within(volume: &Path, max_files: u64, max_time: Duration) -> Result<Usage, VolumeError> {
    let mut usage = Usage {
        complete: true,
        ..Usage::default()
    };
    if !volume.exists() {
        return Ok(usage);
    }
    let device = fs::symlink_metadata(volume)
        .map_err(VolumeError::io("read", volume))?
        .dev();
    let (start, mut linked) = (Instant::now(), HashSet::new());
    let mut pending: Vec<PathBuf> = vec![volume.to_owned()];
    while let Some(dir) = pending.pop() {
        let Ok(entries) = fs::read_dir(&dir) else {
            // Vanished meanwhile, or deeper than a path can name.
            usage.complete = false;
            continue;
        };
        for entry in entries.flatten() {
            let Ok(meta) = entry.metadata() else { continue };
            if usage.files >= max_files || start.elapsed() >= max_time {
                return Ok(Usage {
                    complete: false,
                    ..usage
                });
            }
            if meta.dev() != device {
                continue;
            }
            usage.files += 1;
            if meta.is_dir() || meta.nlink() == 1 || linked.insert(meta.ino()) {
                usage.bytes += meta.blocks() * 512;
            }
            if meta.is_dir() {
                pending.push(entry.path());
            }
        }
    }
    Ok(usage)
}

#[cfg(test)]
mod tests;

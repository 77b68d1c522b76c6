//! Removed volumes on their way out: renamed at once, deleted as soon as it can be.

mod remove;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::error::VolumeError;

/// A removed volume of which files are left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Leftover {
    /// The id of the volume that was removed.
    pub uid: String,
    /// Where its files are.
    pub path: PathBuf,
    /// When it was removed.
    pub since: SystemTime,
}

/// Moves `volume` into the trash under a name that tells whose it was.
pub(crate) fn discard(trash: &Path, volume: &Path, uid: &str) -> io::Result<PathBuf> {
    let stamp = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos());
    let target = trash.join(format!("{uid}.{stamp}"));
    fs::rename(volume, &target)?;
    // The name of a rename that was lost in a crash is found again: the volume would still be
    // there, and removing it again is harmless. So there is nothing to wait for on disk.
    Ok(target)
}

/// Deletes what can be deleted of a discarded volume, and answers with the first failure.
pub(crate) fn delete(path: &Path) -> Result<(), VolumeError> {
    match remove::remove_tree(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(VolumeError::io("delete", path)(error)),
        _ => Ok(()),
    }
}

/// What is in the trash.
pub(crate) fn list(trash: &Path) -> Result<Vec<Leftover>, VolumeError> {
    let mut leftovers = Vec::new();
    for entry in fs::read_dir(trash).map_err(VolumeError::io("read", trash))? {
        let path = entry.map_err(VolumeError::io("read", trash))?.path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let since = fs::symlink_metadata(&path)
            .and_then(|meta| changed(&meta))
            .unwrap_or(SystemTime::UNIX_EPOCH);
        let uid = name
            .rsplit_once('.')
            .map_or(name.clone(), |(uid, _)| uid.to_owned());
        leftovers.push(Leftover { uid, path, since });
    }
    leftovers.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(leftovers)
}

/// A rename changes the inode, not the content.
fn changed(meta: &fs::Metadata) -> io::Result<SystemTime> {
    use std::os::unix::fs::MetadataExt;
    let seconds = u64::try_from(meta.ctime()).map_err(io::Error::other)?;
    Ok(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests;

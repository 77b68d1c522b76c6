//! Making a home: from the image's skeleton, all at once.
//!
//! The skeleton is content of an image and not trusted: links in it are copied as links, what is
//! neither file, directory nor link is left out, and its size is bounded.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};

use crate::error::VolumeError;

/// Most files of a skeleton.
const MAX_FILES: usize = 10_000;
/// The skeletons of Debian and Ubuntu have no more than a few kilobytes.
const MAX_BYTES: u64 = 256 << 20;

/// Who a home belongs to, by the ids inside, which are those on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
}

/// What is left of the bounds.
struct Budget {
    files: usize,
    bytes: u64,
}

// === impl Owner ===

impl Default for Owner {
    /// The person in a workspace.
    fn default() -> Self {
        Self { uid: 1000, gid: 1000 }
    }
}

/// Fills `home`, a directory that was just made, from the skeleton.
pub(crate) fn fill(home: &Path, skeleton: Option<&Path>, owner: Owner) -> Result<(), VolumeError> {
    if let Some(skeleton) = skeleton.filter(|dir| is_real_dir(dir)) {
        let mut budget = Budget {
            files: MAX_FILES,
            bytes: MAX_BYTES,
        };
        let mut pending: Vec<(PathBuf, PathBuf)> = vec![(skeleton.to_owned(), home.to_owned())];
        while let Some((from, to)) = pending.pop() {
            for entry in fs::read_dir(&from).map_err(VolumeError::io("read", &from))? {
                let name = entry.map_err(VolumeError::io("read", &from))?.file_name();
                let (source, target) = (from.join(&name), to.join(&name));
                if copy(&source, &target, skeleton, owner, &mut budget)? {
                    pending.push((source, target));
                }
            }
        }
    }
    own(home, owner, 0o700)
}

/// Copies one object; answers whether it is a directory to go on with.
fn copy(
    from: &Path,
    to: &Path,
    skeleton: &Path,
    owner: Owner,
    budget: &mut Budget,
) -> Result<bool, VolumeError> {
    let meta = fs::symlink_metadata(from).map_err(VolumeError::io("read", from))?;
    budget.spend(meta.len(), skeleton)?;
    // No set-user-id and set-group-id bits: nothing in a home needs them.
    let mode = meta.mode() & 0o777;
    if meta.is_dir() {
        fs::create_dir(to).map_err(VolumeError::io("create", to))?;
        own(to, owner, mode)?;
        return Ok(true);
    }
    if meta.is_file() {
        fs::copy(from, to).map_err(VolumeError::io("copy to", to))?;
        own(to, owner, mode)?;
    } else if meta.is_symlink() {
        let target = fs::read_link(from).map_err(VolumeError::io("read", from))?;
        symlink(target, to).map_err(VolumeError::io("create", to))?;
        lchown(to, Some(owner.uid), Some(owner.gid)).map_err(VolumeError::io("change the owner of", to))?;
    }
    Ok(false)
}

fn own(path: &Path, owner: Owner, mode: u32) -> Result<(), VolumeError> {
    lchown(path, Some(owner.uid), Some(owner.gid)).map_err(VolumeError::io("change the owner of", path))?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .map_err(VolumeError::io("change the mode of", path))
}

/// A link in the skeleton's place is not followed: it would point into the host.
fn is_real_dir(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir())
}

// === impl Budget ===

impl Budget {
    fn spend(&mut self, bytes: u64, skeleton: &Path) -> Result<(), VolumeError> {
        match (self.files.checked_sub(1), self.bytes.checked_sub(bytes)) {
            (Some(files), Some(bytes)) => {
                (self.files, self.bytes) = (files, bytes);
                Ok(())
            }
            _ => Err(VolumeError::SkeletonTooLarge {
                dir: skeleton.to_owned(),
                limit: MAX_FILES,
            }),
        }
    }
}

#[cfg(test)]
mod tests;

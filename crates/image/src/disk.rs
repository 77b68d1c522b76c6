//! Free space, and making writes durable.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::error::{ImageError, LayerFault};

/// Fails unless `need` bytes and the reserve are free in the file system of `dir`.
pub(crate) fn require_space(dir: &Path, need: u64, reserve: u64) -> Result<(), ImageError> {
    let free = free_bytes(dir)?;
    if free < need.saturating_add(reserve) {
        return Err(no_space(dir, need, free.saturating_sub(reserve)));
    }
    Ok(())
}

pub(crate) fn free_bytes(dir: &Path) -> Result<u64, ImageError> {
    let stat = rustix::fs::statvfs(dir)
        .map_err(|errno| ImageError::io("ask for free space of", dir)(errno.into()))?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Puts a full disk into the words that help; other failures pass.
pub(crate) fn explain_full(error: ImageError, dir: &Path, need: u64) -> ImageError {
    let (ImageError::Io { source, .. }
    | ImageError::Layer {
        reason: LayerFault::Io { source, .. },
        ..
    }) = &error
    else {
        return error;
    };
    match source.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            no_space(dir, need, free_bytes(dir).unwrap_or(0))
        }
        _ => error,
    }
}

fn no_space(dir: &Path, need_bytes: u64, free_bytes: u64) -> ImageError {
    ImageError::NoSpace {
        dir: dir.to_owned(),
        need_bytes,
        free_bytes,
    }
}

/// Writes a file so that after a crash either the old or the new content is there.
pub(crate) fn write_durably(path: &Path, content: &[u8]) -> Result<(), ImageError> {
    let fresh = path.with_extension("new");
    let mut file = File::create(&fresh).map_err(ImageError::io("create", &fresh))?;
    file.write_all(content).map_err(ImageError::io("write", &fresh))?;
    file.sync_all().map_err(ImageError::io("write", &fresh))?;
    std::fs::rename(&fresh, path).map_err(ImageError::io("write", path))?;
    match path.parent() {
        Some(dir) => sync_dir(dir),
        None => Ok(()),
    }
}

/// Makes renames in a directory durable.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), ImageError> {
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(ImageError::io("sync", dir))
}

/// Makes everything in the file system of `dir` durable: cheaper than one sync for each of the
/// thousands of files of a root.
pub(crate) fn sync_all(dir: &Path) -> Result<(), ImageError> {
    let handle = File::open(dir).map_err(ImageError::io("open", dir))?;
    rustix::fs::syncfs(&handle).map_err(|errno| ImageError::io("sync", dir)(errno.into()))
}

//! The digest of a tree made here: what makes a Debian base content-addressed.
//!
//! It is the SHA-256 of the tree's canonical manifest: for each object, a directory before
//! what it holds, names in byte order, one record of path, kind, mode, owner, group and, by kind, size and content digest of
//! a file, target of a link, number of a device; then the file capability where there is one.
//! Times and hard-link identity are left out: they do not change what a program sees and differ
//! from one bootstrap to the next.

use std::collections::HashSet;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::cancel::Cancel;
use crate::digest::{Digest, HashingReader};
use crate::error::ImageError;

/// The extended attribute with a file's capabilities, the only one that images keep.
pub(crate) const CAPABILITY: &str = "security.capability";

/// Computes the digest of the tree at `root`.
pub(crate) fn digest(root: &Path, cancel: &Cancel) -> Result<Digest, ImageError> {
    let mut manifest = Sha256::new();
    walk(root, cancel, &mut |path, meta| {
        let name = path.strip_prefix(root).unwrap_or(path).as_os_str().as_bytes();
        record(&mut manifest, name, path, meta).map_err(ImageError::io("read", path))
    })?;
    Ok(Digest::from_hasher(manifest))
}

/// Bytes that the tree at `root` takes on disk; files with several names count once.
pub(crate) fn disk_usage(root: &Path, cancel: &Cancel) -> Result<u64, ImageError> {
    let mut counted = HashSet::new();
    let mut total = 0;
    walk(root, cancel, &mut |_, meta| {
        if meta.is_dir() || meta.nlink() == 1 || counted.insert(meta.ino()) {
            total += meta.blocks() * 512;
        }
        Ok(())
    })?;
    Ok(total)
}

/// Visits every object from `root` down, a directory before its content, names in byte order,
/// links not followed.
pub(crate) fn walk(
    root: &Path,
    cancel: &Cancel,
    visit: &mut impl FnMut(&Path, &Metadata) -> Result<(), ImageError>,
) -> Result<(), ImageError> {
    let mut pending: Vec<PathBuf> = vec![root.to_owned()];
    while let Some(path) = pending.pop() {
        cancel.check()?;
        let meta = std::fs::symlink_metadata(&path).map_err(ImageError::io("read", &path))?;
        visit(&path, &meta)?;
        if meta.is_dir() {
            let mut children = children(&path).map_err(ImageError::io("read", &path))?;
            children.sort_by(|a, b| b.as_os_str().as_bytes().cmp(a.as_os_str().as_bytes()));
            pending.append(&mut children);
        }
    }
    Ok(())
}

fn children(dir: &Path) -> io::Result<Vec<PathBuf>> {
    std::fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect()
}

fn record(manifest: &mut Sha256, name: &[u8], path: &Path, meta: &Metadata) -> io::Result<()> {
    field(manifest, name);
    for number in [meta.mode(), meta.uid(), meta.gid()] {
        manifest.update(number.to_be_bytes());
    }
    if meta.is_file() {
        manifest.update(meta.size().to_be_bytes());
        let mut content = HashingReader::new(File::open(path)?);
        io::copy(&mut content, &mut io::sink())?;
        field(manifest, content.finish().as_str().as_bytes());
        field(manifest, &capability(path)?);
    } else if meta.is_symlink() {
        field(manifest, std::fs::read_link(path)?.as_os_str().as_bytes());
    } else {
        manifest.update(meta.rdev().to_be_bytes());
    }
    Ok(())
}

/// Length first, so that no two manifests run together to the same bytes.
fn field(manifest: &mut Sha256, bytes: &[u8]) {
    manifest.update((bytes.len() as u64).to_be_bytes());
    manifest.update(bytes);
}

/// A file's capabilities; empty without.
pub(crate) fn capability(path: &Path) -> io::Result<Vec<u8>> {
    let mut value = vec![0; 64];
    match rustix::fs::lgetxattr(path, CAPABILITY, &mut value[..]) {
        Ok(length) => {
            value.truncate(length);
            Ok(value)
        }
        Err(rustix::io::Errno::NODATA | rustix::io::Errno::OPNOTSUPP) => Ok(Vec::new()),
        Err(errno) => Err(errno.into()),
    }
}

#[cfg(test)]
mod tests;

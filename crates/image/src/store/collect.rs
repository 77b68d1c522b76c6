//! Removing images, and what belongs to none.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{ImageStore, Inner};
use crate::digest::Digest;
use crate::disk;
use crate::error::ImageError;

/// What a collection removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Collected {
    /// Images.
    pub images: Vec<Digest>,
    /// Bytes on disk, with those of downloads that no image needs any more.
    pub bytes: u64,
}

// === impl ImageStore ===

impl ImageStore {
    /// Removes one image. Who uses it must have ended before: its files vanish under them.
    ///
    /// # Errors
    /// It is not here, or its directory cannot be renamed. Once renamed, it is gone for good,
    /// and files that resist are removed at the next start.
    pub async fn remove(&self, digest: &Digest) -> Result<(), ImageError> {
        let (inner, digest) = (self.inner.clone(), digest.clone());
        blocking(move || {
            if !inner.root_path(&digest).exists() {
                return Err(ImageError::Unknown {
                    digest: digest.to_string(),
                });
            }
            inner.remove_root(&digest)?;
            inner.remove_stray_blobs();
            inner.forget_aliases();
            Ok(())
        })
        .await
    }

    /// Removes all images but those `in_use`, then the blobs and half downloads that no image
    /// and no job needs. Nothing is touched while jobs run: their blobs belong to no image yet.
    ///
    /// # Errors
    /// An image cannot be moved away; those before it are removed.
    pub async fn gc(&self, in_use: &BTreeSet<Digest>) -> Result<Collected, ImageError> {
        let (inner, in_use) = (self.inner.clone(), in_use.clone());
        blocking(move || {
            let mut collected = Collected::default();
            for digest in inner
                .digests()
                .into_iter()
                .filter(|digest| !in_use.contains(digest))
            {
                collected.bytes += inner.record(&digest).map_or(0, |record| record.size_bytes);
                inner.remove_root(&digest)?;
                collected.images.push(digest);
            }
            collected.bytes += inner.remove_stray_blobs();
            inner.forget_aliases();
            Ok(collected)
        })
        .await
    }

    pub(super) fn sweep(&self) -> Result<(), ImageError> {
        let tmp = self.inner.tmp();
        for entry in fs::read_dir(&tmp).map_err(ImageError::io("read", &tmp))? {
            let path = entry.map_err(ImageError::io("read", &tmp))?.path();
            let removed = if path.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            if let Err(error) = removed {
                // It takes space, but stops nothing; the next start tries again.
                tracing::warn!(path = %path.display(), %error, "failed to remove a leftover");
            }
        }
        Ok(())
    }
}

// === impl Inner ===

impl Inner {
    fn remove_root(&self, digest: &Digest) -> Result<(), ImageError> {
        let root = self.root_path(digest);
        let trash = self.tmp().join(format!("removed-{}", digest.hex()));
        // A leftover of an earlier removal of the same image.
        let _ = fs::remove_dir_all(&trash);
        fs::rename(&root, &trash).map_err(ImageError::io("remove", &root))?;
        disk::sync_dir(&self.dir.join("roots"))?;
        if let Err(error) = fs::remove_dir_all(&trash) {
            tracing::warn!(path = %trash.display(), %error, "an image is gone, but not all its files; they are removed at the next start");
        }
        Ok(())
    }

    /// Removes blobs and partial downloads that no image names; answers how many bytes.
    fn remove_stray_blobs(&self) -> u64 {
        if self.flights.busy() {
            return 0;
        }
        let kept: BTreeSet<Digest> = self
            .digests()
            .iter()
            .filter_map(|digest| self.record(digest))
            .flat_map(|record| record.blobs)
            .collect();
        let kept: BTreeSet<&str> = kept.iter().map(Digest::hex).collect();
        let blobs = files(&self.dir.join("blobs/sha256"));
        let partial = files(&self.dir.join("partial"));
        let stray = blobs
            .into_iter()
            .filter(|path| !named(path, &kept))
            .chain(partial);
        stray.map(|path| remove_file(&path)).sum()
    }

    /// Drops what sources stand for when that is no longer here.
    fn forget_aliases(&self) {
        for path in files(&self.dir.join("sources")) {
            let digest = fs::read_to_string(&path)
                .ok()
                .and_then(|text| text.trim().parse::<Digest>().ok());
            if !digest.is_some_and(|digest| self.root_path(&digest).exists()) {
                remove_file(&path);
            }
        }
    }
}

fn named(path: &Path, names: &BTreeSet<&str>) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| names.contains(name))
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

fn remove_file(path: &Path) -> u64 {
    let bytes = fs::metadata(path).map_or(0, |meta| meta.len());
    match fs::remove_file(path) {
        Ok(()) => bytes,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "failed to remove a file that no image needs");
            0
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ImageError> + Send + 'static,
) -> Result<T, ImageError> {
    // A panic in there is a bug that was already reported; the caller sees an ended job.
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(ImageError::Cancelled))
}

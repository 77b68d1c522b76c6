//! One job: from a source to a published root.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toft_effects::Door;

use super::Inner;
use crate::cancel::{Cancel, Staging};
use crate::digest::Digest;
use crate::error::ImageError;
use crate::limits::Limits;
use crate::progress::{Reporter, Step};
use crate::record::{ImageRoot, Record};
use crate::source::ImageSource;
use crate::{debian, disk, oci};

/// What a job works with. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) store: Arc<Inner>,
    pub(crate) source: ImageSource,
    pub(crate) report: Reporter,
    pub(crate) cancel: Cancel,
}

// === impl Job ===

impl Job {
    pub(crate) async fn run(self, fresh: bool) -> Result<ImageRoot, ImageError> {
        match self.source.clone() {
            ImageSource::Debian(recipe) => debian::make(self, recipe, fresh).await,
            ImageSource::Oci(reference) => oci::pull(self, reference).await,
        }
    }

    pub(crate) fn door(&self) -> &Door {
        &self.store.door
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.store.dir
    }

    /// Where finished bases are packed, if anywhere.
    pub(crate) fn cache(&self) -> Option<PathBuf> {
        self.store.options.cache.clone()
    }

    /// An image that is here already.
    pub(crate) fn known(&self, digest: &Digest) -> Option<ImageRoot> {
        let record = self.record(digest)?;
        self.touch(digest);
        Some(record.root(self.root_path(digest).join("rootfs")))
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.store.options.limits
    }

    /// Makes the root in `staging` visible, whole: everything is on disk before the one rename.
    /// Where the same digest is here already, that one is taken and the new one dropped.
    pub(crate) fn publish(&self, staging: &Staging, record: &Record) -> Result<ImageRoot, ImageError> {
        self.cancel.check()?;
        self.report.say(Step::Verify, "writing everything to disk");
        let text = serde_json::to_vec_pretty(record)
            .map_err(|error| ImageError::io("describe", staging.path())(std::io::Error::other(error)))?;
        disk::write_durably(&staging.path().join("image.json"), &text)?;
        disk::sync_all(staging.path())?;
        let target = self.root_path(&record.digest);
        if self.record(&record.digest).is_none() {
            discard(&target)?;
            let publish = || fs::rename(staging.path(), &target);
            let published = self.door().pass("image.publish", record.digest.as_str(), publish);
            published.map_err(ImageError::io("publish", &target))?;
            disk::sync_dir(&self.dir.join("roots"))?;
        }
        let remember = || self.remember(&self.source, &record.digest);
        self.door()
            .pass("image.remember", record.digest.as_str(), remember)?;
        self.known(&record.digest).ok_or_else(|| ImageError::Unknown {
            digest: record.digest.to_string(),
        })
    }
}

/// A root without a readable record is no image: its place is needed.
fn discard(target: &Path) -> Result<(), ImageError> {
    match fs::remove_dir_all(target) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(ImageError::io("replace", target)(error))
        }
        _ => Ok(()),
    }
}

impl Deref for Job {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.store
    }
}

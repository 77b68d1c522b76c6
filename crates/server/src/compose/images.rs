//! The image store as the engine sees it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use toft_engine::ports::{Cause, ImageProgress, Images, OnProgress, PreparedImage};
use toft_image::{DebianRecipe, ImageRoot, ImageStore, OciReference, Progress};
use toft_model::ImageSource;
use toft_runtime::Root;

/// The person inside a Debian base that is made here.
const USER: &str = "toft";

/// The images of this host. Cheap to clone.
#[derive(Clone)]
pub(super) struct ImagePort {
    store: ImageStore,
    /// Sources that are to be asked for anew, as JSON.
    renewed: Arc<Mutex<HashSet<String>>>,
}

// === impl ImagePort ===

impl ImagePort {
    pub(super) fn new(store: ImageStore) -> Self {
        Self {
            store,
            renewed: Arc::default(),
        }
    }

    /// The store itself.
    pub(super) fn store(&self) -> &ImageStore {
        &self.store
    }

    /// Makes the next preparation of this source ask for it anew.
    pub(super) fn renew(&self, source: &ImageSource) {
        self.renewed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key(source));
    }

    fn is_renewed(&self, source: &ImageSource) -> bool {
        self.renewed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&key(source))
    }
}

#[async_trait]
impl Images for ImagePort {
    fn find(&self, source: &ImageSource) -> Option<PreparedImage> {
        self.store.find(&convert(source)?).map(prepared)
    }

    fn get(&self, digest: &str) -> Option<PreparedImage> {
        self.store.get(&digest.parse().ok()?).map(prepared)
    }

    async fn prepare(
        &self,
        source: &ImageSource,
        mut on_progress: OnProgress,
    ) -> Result<PreparedImage, Cause> {
        let converted = convert(source).ok_or("the image names no source")?;
        let report = |progress: Progress| on_progress(told(&progress));
        let outcome = if self.is_renewed(source) {
            self.store.pull(&converted, report).await
        } else {
            self.store.ensure(&converted, report).await
        };
        Ok(prepared(outcome?))
    }
}

fn key(source: &ImageSource) -> String {
    serde_json::to_string(source).unwrap_or_default()
}

/// A source of the model as the image store has it.
pub(super) fn convert(source: &ImageSource) -> Option<toft_image::ImageSource> {
    if let Some(oci) = &source.oci {
        return Some(toft_image::ImageSource::Oci(OciReference {
            reference: oci.reference.clone(),
        }));
    }
    let debian = source.debian.as_ref()?;
    Some(toft_image::ImageSource::Debian(DebianRecipe {
        suite: debian.suite.clone(),
        packages: debian.packages.clone(),
        user: Some(USER.to_owned()),
    }))
}

fn prepared(image: ImageRoot) -> PreparedImage {
    PreparedImage {
        digest: image.digest.to_string(),
        root: Root::Directory(image.root),
        size_bytes: image.size_bytes,
        env: image.config.env,
    }
}

fn told(progress: &Progress) -> ImageProgress {
    let share = |total: u64| (progress.done_bytes.saturating_mul(100)).checked_div(total);
    let percent = progress
        .total_bytes
        .and_then(share)
        .and_then(|percent| u8::try_from(percent.min(100)).ok());
    ImageProgress {
        message: progress.message.clone(),
        percent,
    }
}

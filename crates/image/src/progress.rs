//! What a person sees while an image is made ready.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Which part of the work is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// Asking where the image is and what it consists of.
    Resolve,
    /// Fetching packages or layers.
    Download,
    /// Writing the tree.
    Unpack,
    /// Setting packages up.
    Configure,
    /// Computing and checking the digest, making all durable.
    Verify,
}

/// One report. Reports may be skipped, the last state is always delivered before the result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// The part under way.
    pub step: Step,
    /// Bytes done in this step; 0 where bytes do not measure it.
    pub done_bytes: u64,
    /// Bytes of this step, where they are known.
    pub total_bytes: Option<u64>,
    /// For people: `unpacking git (31 of 120)`.
    pub message: String,
}

/// Where a job reports. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reporter(Arc<dyn Fn(Progress) + Send + Sync>);

// === impl Reporter ===

impl Reporter {
    pub(crate) fn new(report: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self(Arc::new(report))
    }

    pub(crate) fn send(&self, progress: Progress) {
        (self.0)(progress);
    }

    /// A step that is not measured in bytes.
    pub(crate) fn say(&self, step: Step, message: impl Into<String>) {
        (self.0)(Progress {
            step,
            done_bytes: 0,
            total_bytes: None,
            message: message.into(),
        });
    }

    /// A step that is.
    pub(crate) fn bytes(&self, step: Step, done: u64, total: Option<u64>, message: impl Into<String>) {
        (self.0)(Progress {
            step,
            done_bytes: done,
            total_bytes: total,
            message: message.into(),
        });
    }
}

//! Making the pool grow before it is full.

use std::time::Duration;

use super::{Volumes, blocking};
use crate::backend::Backend;

/// How often it is looked at: within this time and that of a growth nobody writes what is kept free.
const EVERY: Duration = Duration::from_millis(100);
/// The pause after a growth that failed.
const PAUSE: Duration = Duration::from_secs(10);

// === impl Volumes ===

impl Volumes {
    /// Keeps the pool from running full as long as the host has room to give; for ever. Where
    /// there is no pool there is nothing to do.
    pub async fn keep(self) {
        if !matches!(&*self.backend, Backend::Pool(_)) {
            return;
        }
        loop {
            let this = self.clone();
            if let Err(error) = blocking(&self.dir, move || this.backend.grow()).await {
                tracing::warn!(%error, "the pool of homes does not grow; tried again");
                tokio::time::sleep(PAUSE).await;
            }
            tokio::time::sleep(EVERY).await;
        }
    }
}

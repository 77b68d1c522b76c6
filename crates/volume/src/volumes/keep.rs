//! Making the pool grow before it is full.

use std::time::Duration;

use super::{Volumes, blocking};
use crate::backend::Backend;

/// How soon it is looked at again while somebody writes: within this time and that of a growth nobody
/// writes what is kept free.
const BUSY: Duration = Duration::from_millis(100);
/// And while nobody does: a look costs a third of a millisecond or so, whatever is found.
const IDLE: Duration = Duration::from_millis(200);
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
        let mut before = 0;
        loop {
            let this = self.clone();
            let pause = match blocking(&self.dir, move || this.backend.grow()).await {
                Ok(free) => {
                    let written = free < std::mem::replace(&mut before, free);
                    if written { BUSY } else { IDLE }
                }
                Err(error) => {
                    tracing::warn!(%error, "the pool of homes does not grow; tried again");
                    PAUSE
                }
            };
            tokio::time::sleep(pause).await;
        }
    }
}

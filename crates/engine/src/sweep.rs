//! What belongs to nobody any more: stray sandboxes and homes, old changes, events and codes.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;
use toft_model::Kind;
use toft_store::{Page, Selection};
use tracing::{debug, warn};

use crate::driver::Driver;
use crate::observe::line;

// === impl Driver ===

impl Driver {
    /// Removes sandboxes and homes that belong to no workspace: what a delete could not remove,
    /// or what a crash left.
    pub(crate) async fn sweep(&self) {
        let sandboxes = match self.ports.runtime.list().await {
            Ok(sandboxes) => sandboxes,
            Err(error) => return warn!(%error, "failed to list the sandboxes of this host"),
        };
        let known = match self
            .store
            .list(&Selection::all(Kind::Workspace), &Page::default())
            .await
        {
            Ok(list) => list.items,
            Err(error) => return warn!(%error, "failed to list the workspaces"),
        };
        let known: HashSet<String> = known
            .iter()
            .filter_map(|object| object["metadata"]["uid"].as_str().map(str::to_owned))
            .collect();
        for id in sandboxes
            .into_iter()
            .filter(|id| !known.contains(&id.to_string()))
        {
            let left = self.ports.runtime.remove(id).await;
            let volume = self.ports.volumes.remove(id).await;
            match (left.first(), volume) {
                (None, Ok(())) => debug!(%id, "removed a stray sandbox"),
                (Some(first), _) => {
                    warn!(%id, path = %first.path.display(), reason = %first.reason, "a stray sandbox cannot be removed yet")
                }
                (None, Err(cause)) => warn!(%id, error = %line(&cause), "a stray home cannot be removed yet"),
            }
        }
    }

    /// Forgets old changes, events, sessions and codes.
    pub(crate) async fn tidy(&self, (age, keep): (Duration, i64)) {
        let pruned = self.store.prune_events(Timestamp::now()).await.map(|_| ());
        let compacted = self.store.compact(age, keep).await;
        let expired = self.store.forget_expired().await;
        for error in [pruned, compacted, expired].into_iter().filter_map(Result::err) {
            warn!(%error, "failed to tidy the store");
        }
    }
}

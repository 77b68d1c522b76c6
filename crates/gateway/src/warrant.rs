//! By what right a request reaches an app, and its end: a right that is taken back ends what it
//! opened, without anybody asking again and again.

use std::sync::Arc;

use crate::api::{AppRoute, Credential};
use crate::serve::Core;

/// What a right rests on.
#[derive(Debug)]
pub(crate) enum Right {
    /// Everybody may.
    Public,
    /// A session on this authority.
    Cookie { value: String, authority: String },
    /// An API token.
    Bearer(String),
}

/// A right to an app, as it was found at a moment.
pub(crate) struct Warrant {
    core: Arc<Core>,
    right: Right,
    route: AppRoute,
    /// How often rights had been taken back when this one was looked at.
    seen: u64,
}

// === impl Warrant ===

impl Warrant {
    pub(crate) fn new(core: Arc<Core>, right: Right, route: AppRoute, seen: u64) -> Self {
        Self {
            core,
            right,
            route,
            seen,
        }
    }

    /// Whether somebody's right was taken back since, so that this one is to be looked at again.
    pub(crate) fn is_stale(&self) -> bool {
        !matches!(self.right, Right::Public) && *self.core.changes.borrow() != self.seen
    }

    /// Ends when this right does.
    pub(crate) async fn revoked(&self) {
        let mut changes = self.core.changes.clone();
        let mut seen = self.seen;
        loop {
            let credential = match &self.right {
                Right::Public => return std::future::pending().await,
                Right::Cookie { value, authority } => Credential::Cookie { value, authority },
                Right::Bearer(token) => Credential::Bearer(token),
            };
            // The other side lives as long as the gateway serves.
            let changed = changes.wait_for(|now| *now != seen).await.map(|now| *now);
            match changed {
                Ok(now) => seen = now,
                Err(_) => return std::future::pending().await,
            }
            let sessions = &self.core.sessions;
            let allowed = match sessions.identity(credential).await {
                Some(identity) => sessions.allowed(&identity, &self.route).await,
                None => false,
            };
            if !allowed {
                return;
            }
        }
    }
}

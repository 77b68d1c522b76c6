//! People as the gateway sees them.

use async_trait::async_trait;
use toft_gateway::{AppRoute, Credential, HostSession, Identity, Sessions};

use tokio::sync::watch;

use super::routes::Routes;
use crate::people::accounts::{Purpose, SESSION_LIFE};
use crate::people::policy::{Act, Caller, Subject, Verdict, Via, decide};
use crate::state::App;

/// Who is signed in, and what apps they may use.
pub(super) struct SessionPort {
    app: App,
    known: Routes,
}

// === impl SessionPort ===

impl SessionPort {
    pub(super) fn new(app: App, known: Routes) -> Self {
        Self { app, known }
    }
}

#[async_trait]
impl Sessions for SessionPort {
    async fn identity(&self, credential: Credential<'_>) -> Option<Identity> {
        let accounts = self.app.accounts();
        let found = match credential {
            Credential::Cookie { value, authority } => accounts.session(value, authority).await,
            Credential::Bearer(token) => accounts.token(token).await,
        };
        let caller = found.unwrap_or_else(|error| {
            tracing::error!(error = %toft_model::cause::chain(&error), "cannot tell who sends a request to an app");
            None
        })?;
        // A token for reading does not open a way to write inside.
        (!caller.read_only).then_some(Identity {
            user: caller.user,
            session: caller.credential,
        })
    }

    async fn allowed(&self, identity: &Identity, route: &AppRoute) -> bool {
        let Some(known) = self.known.by_uid(&route.workspace) else {
            return false;
        };
        let Ok(Some(role)) = self.app.accounts().role(&identity.user).await else {
            return false;
        };
        let caller = Caller {
            user: identity.user.clone(),
            role,
            via: Via::Session,
            credential: identity.session.clone(),
            read_only: false,
        };
        decide(&caller, Act::Write, Subject::Owned(&known.owner)) == Verdict::Allow
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.app.accounts().changes()
    }

    async fn redeem(&self, code: &str, authority: &str) -> Option<HostSession> {
        let accounts = self.app.accounts();
        let redeemed = accounts.redeem(code, Purpose::Host).await.ok()??;
        let parent = redeemed.session.filter(|_| redeemed.target == authority)?;
        match accounts.sign_in_on(&redeemed.user, &parent, authority).await {
            Ok(value) => Some(HostSession {
                value,
                max_age: SESSION_LIFE,
            }),
            Err(error) => {
                tracing::warn!(error = %toft_model::cause::chain(&error), "failed to begin a session on an app's host");
                None
            }
        }
    }
}

//! Open `WebSocket`s: bytes both ways, for as long as both sides stay and the visitor may.

use std::sync::Arc;

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional_with_sizes;
use tokio::time::{MissedTickBehavior, interval};

use crate::api::{AppRoute, Credential};
use crate::serve::{Client, Core};

/// Bytes on their way in one direction.
const BUFFER: usize = 64 * 1024;

/// The two ends, before the switch is complete.
pub(crate) struct Ends {
    pub client: OnUpgrade,
    pub app: OnUpgrade,
}

/// By what right a request reaches an app.
#[derive(Clone, Debug)]
pub(crate) enum Warrant {
    /// Everybody may.
    Public,
    /// A session on this authority.
    Cookie { value: String, authority: String },
    /// An API token.
    Bearer(String),
}

/// Carries bytes between the ends until one closes, the visitor's right ends, or the gateway does.
pub(crate) fn spawn(client: &Client, ends: Ends, warrant: Warrant, route: AppRoute) {
    let core = Arc::clone(&client.core);
    let cut = core.cut.clone();
    client.core.tunnels.spawn(async move {
        tokio::select! {
            () = carry(ends) => (),
            () = cut.cancelled() => (),
            () = revoked(&core, &warrant, &route) => (),
        }
    });
}

async fn carry(ends: Ends) {
    let Ok((client, app)) = tokio::try_join!(ends.client, ends.app) else {
        return;
    };
    let (mut client, mut app) = (TokioIo::new(client), TokioIo::new(app));
    // How it ended, both sides have seen themselves.
    let _ = copy_bidirectional_with_sizes(&mut client, &mut app, BUFFER, BUFFER).await;
}

/// Ends when the visitor may no longer.
async fn revoked(core: &Core, warrant: &Warrant, route: &AppRoute) {
    let mut clock = interval(core.limits.recheck);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        clock.tick().await;
        let credential = match warrant {
            Warrant::Public => return std::future::pending().await,
            Warrant::Cookie { value, authority } => Credential::Cookie { value, authority },
            Warrant::Bearer(token) => Credential::Bearer(token),
        };
        let allowed = match core.sessions.identity(credential).await {
            Some(identity) => core.sessions.allowed(&identity, route).await,
            None => false,
        };
        if !allowed {
            return;
        }
    }
}

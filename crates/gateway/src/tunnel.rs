//! Open `WebSocket`s: bytes both ways, for as long as both sides stay and the visitor may.

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional_with_sizes;

use crate::serve::Client;
use crate::warrant::Warrant;

/// Bytes on their way in one direction.
const BUFFER: usize = 64 * 1024;

/// The two ends, before the switch is complete.
pub(crate) struct Ends {
    pub client: OnUpgrade,
    pub app: OnUpgrade,
    /// By what right.
    pub warrant: Warrant,
}

/// Carries bytes between the ends until one closes, the visitor's right ends, or the gateway does.
pub(crate) fn spawn(client: &Client, ends: Ends) {
    let cut = client.core.cut.clone();
    client.core.tunnels.spawn(async move {
        tokio::select! {
            () = carry(ends.client, ends.app) => (),
            () = cut.cancelled() => (),
            () = ends.warrant.revoked() => (),
        }
    });
}

async fn carry(client: OnUpgrade, app: OnUpgrade) {
    let Ok((client, app)) = tokio::try_join!(client, app) else {
        return;
    };
    let (mut client, mut app) = (TokioIo::new(client), TokioIo::new(app));
    // How it ended, both sides have seen themselves.
    let _ = copy_bidirectional_with_sizes(&mut client, &mut app, BUFFER, BUFFER).await;
}

//! A WebSocket that brings as much as it can: through the gateway, beside nginx.

use std::time::Instant;

use futures_util::StreamExt;
use tokio_tungstenite::tungstenite::Message;

use super::of_peer;
use crate::app::MESSAGE;
use crate::client::{Aim, Client};
use crate::failure::{Context, Failure};
use crate::row::{Row, Side};
use crate::samples::{Samples, Unit};
use crate::site::Site;
use crate::terminal;
use crate::world::World;

/// Messages a turn: half a gigabyte.
const MESSAGES: usize = 8192;

/// See the module.
pub async fn run(world: &World) -> Result<Vec<Row>, Failure> {
    let toft = world.toft().await?;
    let site = Site::open(&toft, "websocket").await?;
    let nginx = world.nginx().await;
    let peer = nginx.as_ref().ok().map(|nginx| nginx.aim(&site.app.host));
    let (mut ours, mut theirs) = <(Samples, Samples)>::default();
    // The first turn only warms up.
    for turn in 0..=world.rounds().min(7) {
        let sample = take(&site.client, &site.app).await?;
        let other = match &peer {
            Some(aim) => Some(take(&site.client, aim).await?),
            None => None,
        };
        if turn > 0 {
            ours.push(sample);
            theirs.extend(other);
        }
    }
    site.close(&toft).await?;
    Ok(vec![Row::times(
        "WebSocket, 64 KiB messages to the browser",
        Unit::MegabytesPerSecond,
        Side::AtLeast,
        (0.9, "nginx"),
        ours.median(),
        of_peer(&nginx, || theirs.median()),
    )])
}

/// Megabytes a second.
#[allow(clippy::cast_precision_loss, reason = "far fewer than 2^52 octets")]
async fn take(client: &Client, aim: &Aim) -> Result<f64, Failure> {
    let doing = || format!("read a WebSocket of {}", aim.name);
    let mut socket = terminal::open(client, aim, &format!("/ws?{MESSAGES}"), None).await?;
    let (began, mut count) = (Instant::now(), 0);
    while let Some(message) = socket.next().await {
        match message.context(doing)? {
            Message::Binary(bytes) => count += bytes.len(),
            Message::Close(_) => break,
            _ => {}
        }
    }
    let took = began.elapsed();
    if count != MESSAGES * MESSAGE {
        return Err(Failure::new(format!("{} brought {count} octets only", aim.name)));
    }
    // The other end may be gone already.
    let _ = socket.close(None).await;
    Ok(count as f64 / took.as_secs_f64() / 1e6)
}

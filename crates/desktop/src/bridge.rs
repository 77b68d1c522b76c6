//! A WebSocket and a socket of the workspace, joined: bytes both ways, with bounded memory.
//!
//! What one side does not take is not read from the other: a page on a thin line slows the screen
//! down, which then sends fewer and larger changes.

use std::io;
use std::sync::Mutex;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

/// Most bytes that are taken from the screen at once.
const CHUNK: usize = 64 << 10;
/// Largest message of a page: the clipboard's largest text, and what is around it.
const MESSAGE: usize = (1 << 20) + (64 << 10);
/// How often a page is asked whether it is there.
const BEAT: Duration = Duration::from_secs(20);
/// How long it may be silent, or not take what it is sent.
const SILENCE: Duration = Duration::from_secs(70);

/// The WebSocket of an upgraded connection.
pub type Page = WebSocketStream<TokioIo<Upgraded>>;

/// Makes a WebSocket of a connection whose handshake is done.
pub async fn page(upgraded: Upgraded) -> Page {
    let config = WebSocketConfig::default()
        .read_buffer_size(16 << 10)
        .write_buffer_size(0)
        .max_write_buffer_size(4 * CHUNK)
        .max_message_size(Some(MESSAGE))
        .max_frame_size(Some(MESSAGE));
    WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await
}

/// Carries bytes until one side ends.
pub async fn join(page: Page, inside: UnixStream) -> io::Result<()> {
    let (mut sink, mut messages) = page.split();
    let (mut from, mut to) = inside.into_split();
    let heard = Mutex::new(Instant::now());
    let down = async {
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut buffer = BytesMut::new();
        loop {
            buffer.reserve(CHUNK);
            let message = tokio::select! {
                read = from.read_buf(&mut buffer) => match read? {
                    0 => break,
                    _ => Message::Binary(buffer.split().freeze()),
                },
                _ = beat.tick() => {
                    if silent(&heard) > SILENCE {
                        return Err(io::ErrorKind::TimedOut.into());
                    }
                    Message::Ping(bytes::Bytes::new())
                }
            };
            timeout(SILENCE, sink.send(message))
                .await
                .map_err(|_| io::ErrorKind::TimedOut)?
                .map_err(io::Error::other)?;
        }
        // The page then asks what has become of the session.
        let _ = timeout(SILENCE, sink.close()).await;
        Ok(())
    };
    let up = async {
        while let Some(message) = messages.next().await {
            let message = message.map_err(io::Error::other)?;
            if let Ok(mut heard) = heard.lock() {
                *heard = Instant::now();
            }
            match message {
                Message::Binary(bytes) => to.write_all(&bytes).await?,
                Message::Text(_) | Message::Close(_) => break,
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
        Ok(())
    };
    tokio::select! {
        ended = down => ended,
        ended = up => ended,
    }
}

/// How long nothing was heard.
fn silent(heard: &Mutex<Instant>) -> Duration {
    heard.lock().map_or(Duration::ZERO, |heard| heard.elapsed())
}

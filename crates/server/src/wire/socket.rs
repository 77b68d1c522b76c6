//! `WebSockets` to browsers and command lines: bounded in what they send, and given up when they
//! neither read nor answer.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde::Serialize;
use tokio::time::{Instant, timeout};

/// Most bytes of one message from a client.
pub const MESSAGE_MAX: usize = 1 << 20;
/// How long a client may leave what it is sent unread.
const SEND_LIMIT: Duration = Duration::from_secs(30);
/// How often a silent connection is asked whether it is still there.
const PING_EVERY: Duration = Duration::from_secs(30);
/// How long a client may be silent, answers to pings included.
const SILENCE_LIMIT: Duration = Duration::from_secs(95);

/// Why a connection is closed, as a close code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// All is said.
    Done,
    /// This daemon is going away: connect again, with session and offset.
    GoingAway,
    /// The other end of the bridge is restarting: connect again, with session and offset.
    Reconnect,
    /// A message made no sense.
    Nonsense,
    /// The session is not known (any more).
    UnknownSession,
    /// The client did not read.
    TooSlow,
    /// The workspace does not run.
    NotRunning,
    /// What the client proved itself with was taken back.
    SignedOut,
}

/// The connection is of no use any more.
#[derive(Debug, thiserror::Error)]
pub enum Gone {
    /// It broke or was closed.
    #[error("the client is gone")]
    Closed,
    /// The client did not read in time.
    #[error("the client did not read for {} s", SEND_LIMIT.as_secs())]
    TooSlow,
}

/// What a client sent.
#[derive(Debug)]
pub enum Incoming {
    /// JSON.
    Text(String),
    /// Bytes.
    Binary(Bytes),
}

/// The way to the client.
#[derive(Debug)]
pub struct Outlet {
    sink: SplitSink<WebSocket, Message>,
    next_ping: Instant,
}

/// The way from the client.
#[derive(Debug)]
pub struct Inlet {
    stream: SplitStream<WebSocket>,
}

/// Both ways of a connection.
pub fn split(socket: WebSocket) -> (Outlet, Inlet) {
    let (sink, stream) = socket.split();
    (
        Outlet {
            sink,
            next_ping: Instant::now() + PING_EVERY,
        },
        Inlet { stream },
    )
}

// === impl Close ===

impl Close {
    /// The code on the wire.
    pub const fn code(self) -> u16 {
        match self {
            Self::Done => 1000,
            Self::GoingAway => 1001,
            Self::Reconnect => 1012,
            Self::Nonsense => 4400,
            Self::SignedOut => 4401,
            Self::UnknownSession => 4404,
            Self::TooSlow => 4408,
            Self::NotRunning => 4503,
        }
    }
}

// === impl Outlet ===

impl Outlet {
    /// Sends bytes.
    ///
    /// # Errors
    /// The client is gone, or does not read.
    pub async fn binary(&mut self, bytes: Bytes) -> Result<(), Gone> {
        self.send(Message::Binary(bytes)).await
    }

    /// Sends a message of text.
    ///
    /// # Errors
    /// The client is gone, or does not read.
    pub async fn json(&mut self, message: &impl Serialize) -> Result<(), Gone> {
        let text = serde_json::to_string(message).map_err(|_| Gone::Closed)?;
        self.send(Message::Text(text.into())).await
    }

    /// Waits for `act`, and asks the client meanwhile whether it is still there. `act` must not
    /// lose anything when it is dropped.
    ///
    /// # Errors
    /// The client is gone, or does not read.
    pub async fn while_waiting<T>(&mut self, act: impl Future<Output = T>) -> Result<T, Gone> {
        tokio::pin!(act);
        loop {
            match tokio::time::timeout_at(self.next_ping, &mut act).await {
                Ok(result) => return Ok(result),
                Err(_) => {
                    self.next_ping = Instant::now() + PING_EVERY;
                    self.send(Message::Ping(Bytes::new())).await?;
                }
            }
        }
    }

    /// Says why, and ends the connection. Nothing is left to do where that fails.
    pub async fn close(mut self, why: Close, reason: &str) {
        // A close frame holds 125 bytes, two of them the code.
        let reason: String = reason.chars().take(40).collect();
        let frame = CloseFrame {
            code: why.code(),
            reason: reason.into(),
        };
        let _ = timeout(SEND_LIMIT, self.sink.send(Message::Close(Some(frame)))).await;
    }

    async fn send(&mut self, message: Message) -> Result<(), Gone> {
        match timeout(SEND_LIMIT, self.sink.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Gone::Closed),
            Err(_) => Err(Gone::TooSlow),
        }
    }
}

// === impl Inlet ===

impl Inlet {
    /// The next message. Dropping a pending call loses nothing.
    ///
    /// # Errors
    /// The client is gone, or does not even answer pings.
    pub async fn recv(&mut self) -> Result<Incoming, Gone> {
        loop {
            match timeout(SILENCE_LIMIT, self.stream.next()).await {
                Ok(Some(Ok(Message::Text(text)))) => return Ok(Incoming::Text(text.to_string())),
                Ok(Some(Ok(Message::Binary(bytes)))) => return Ok(Incoming::Binary(bytes)),
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
                Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) | Err(_) => return Err(Gone::Closed),
            }
        }
    }
}

//! A client's connection: frames in and out of a unix socket.

use std::io;

use bytes::BytesMut;
use serde::Serialize;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use crate::frame::{self, FrameReader, Kind};
use crate::wire::{Code, Refusal, Reply};

/// What the client says.
pub type FromClient = FrameReader<OwnedReadHalf>;

/// A connection whose hello was read.
#[derive(Debug)]
pub struct Connection {
    from: FromClient,
    to: ToClient,
}

/// What the client is told.
#[derive(Debug)]
pub struct ToClient {
    half: OwnedWriteHalf,
    buffer: BytesMut,
}

// === impl Connection ===

impl Connection {
    /// A connection at its start.
    pub fn new(stream: UnixStream) -> Self {
        let (read, write) = stream.into_split();
        Self {
            from: FrameReader::new(read),
            to: ToClient {
                half: write,
                buffer: BytesMut::new(),
            },
        }
    }

    /// The next frame.
    pub async fn next(&mut self) -> io::Result<Option<frame::Frame>> {
        self.from.next().await
    }

    /// Its two halves.
    pub fn split(self) -> (FromClient, ToClient) {
        (self.from, self.to)
    }

    /// The stream itself, and what was read ahead of it.
    pub fn into_raw(self) -> io::Result<(UnixStream, BytesMut)> {
        let (read, ahead) = self.from.into_parts();
        let stream = read.reunite(self.to.half).map_err(io::Error::other)?;
        Ok((stream, ahead))
    }

    /// Answers, and ends.
    pub async fn answer<T: Serialize>(mut self, result: Result<T, Refusal>) -> io::Result<()> {
        self.reply(result).await?;
        self.to.end().await
    }

    /// Refuses, and ends.
    pub async fn refuse(self, refusal: Refusal) -> io::Result<()> {
        self.answer::<()>(Err(refusal)).await
    }

    /// Answers, and goes on.
    pub async fn reply<T: Serialize>(&mut self, result: Result<T, Refusal>) -> io::Result<()> {
        self.to.reply(result).await
    }
}

// === impl ToClient ===

impl ToClient {
    /// Sends a control frame.
    pub async fn control(&mut self, message: &impl Serialize) -> io::Result<()> {
        let bytes = serde_json::to_vec(message).map_err(io::Error::other)?;
        if bytes.len() > frame::MAX_CONTROL {
            let refusal = Refusal::new(Code::Exhausted, "the answer does not fit one message");
            let bytes = serde_json::to_vec(&Reply::<()>::Error(refusal)).map_err(io::Error::other)?;
            return self.frame(Kind::Control, &bytes).await;
        }
        self.frame(Kind::Control, &bytes).await
    }

    /// Sends the answer to a hello, or the last word of a transfer.
    pub async fn reply<T: Serialize>(&mut self, result: Result<T, Refusal>) -> io::Result<()> {
        let reply = match result {
            Ok(value) => Reply::Ok(value),
            Err(refusal) => Reply::Error(refusal),
        };
        self.control(&reply).await
    }

    /// Sends a frame, which must be within its bound.
    pub async fn frame(&mut self, kind: Kind, payload: &[u8]) -> io::Result<()> {
        self.buffer.clear();
        frame::put(&mut self.buffer, kind, payload);
        self.half.write_all(&self.buffer).await
    }

    /// Says that nothing follows.
    pub async fn end(mut self) -> io::Result<()> {
        self.half.shutdown().await
    }
}

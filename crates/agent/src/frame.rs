//! Frames: what both sides cut a connection into.
//!
//! ```text
//! ┌──────┬───────────────────┬─────────────┐
//! │ kind │ length, big endian│ payload     │   kind 1 byte, length 4 bytes
//! └──────┴───────────────────┴─────────────┘
//! ```
//! A control frame holds one JSON object of at most 64 KiB, any other at most 1 MiB. A reader skips
//! kinds that it does not know: that is how later versions may add some (see [`crate::wire`]).
//! [`decode`] is pure and total, and is what the fuzz target drives.

use std::io;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Most bytes in a frame of data.
pub const MAX_DATA: usize = 1 << 20;
/// Most bytes in a control frame.
pub const MAX_CONTROL: usize = 64 << 10;
/// Bytes before the payload.
pub const HEADER: usize = 5;
/// How much data one frame carries when this crate writes it.
pub const CHUNK: usize = 32 << 10;

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One JSON object.
    Control,
    /// Bytes of the stream: standard input, standard output, a terminal, a file.
    Data,
    /// Bytes of standard error.
    Stderr,
    /// Bytes that paint a terminal's screen anew; they do not count in its offset.
    Repaint,
    /// The end of the data in this direction.
    End,
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it carries.
    pub kind: Kind,
    /// Its payload.
    pub payload: Bytes,
}

/// Bytes that are not this protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A length beyond the bound of its kind.
    #[error("a frame of kind {kind} announces {length} bytes, {limit} are allowed")]
    TooLong {
        /// The kind's number.
        kind: u8,
        /// What it announced.
        length: usize,
        /// What is allowed.
        limit: usize,
    },
}

// === impl Kind ===

impl Kind {
    const fn number(self) -> u8 {
        match self {
            Self::Control => 0,
            Self::Data => 1,
            Self::Stderr => 2,
            Self::Repaint => 3,
            Self::End => 4,
        }
    }

    const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Control),
            1 => Some(Self::Data),
            2 => Some(Self::Stderr),
            3 => Some(Self::Repaint),
            4 => Some(Self::End),
            _ => None,
        }
    }
}

// === impl Frame ===

impl Frame {
    /// A frame of `kind`. Its payload must be within the kind's bound.
    pub fn new(kind: Kind, payload: impl Into<Bytes>) -> Self {
        Self {
            kind,
            payload: payload.into(),
        }
    }

    /// The frame's bytes on the wire.
    pub fn encode(&self) -> Bytes {
        let mut bytes = BytesMut::with_capacity(HEADER + self.payload.len());
        put(&mut bytes, self.kind, &self.payload);
        bytes.freeze()
    }
}

/// Appends a frame's bytes to `out`.
pub fn put(out: &mut BytesMut, kind: Kind, payload: &[u8]) {
    debug_assert!(payload.len() <= limit(kind.number()));
    out.put_u8(kind.number());
    out.put_u32(u32::try_from(payload.len()).unwrap_or(u32::MAX));
    out.put_slice(payload);
}

/// Takes the next whole frame off the front of `buffer`; `None` until there is one. Frames of
/// unknown kind are dropped.
pub fn decode(buffer: &mut BytesMut) -> Result<Option<Frame>, FrameError> {
    loop {
        let Some(header) = buffer.first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let [kind, a, b, c, d] = *header;
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let limit = limit(kind);
        if length > limit {
            return Err(FrameError::TooLong { kind, length, limit });
        }
        if buffer.len() < HEADER + length {
            buffer.reserve(HEADER + length - buffer.len());
            return Ok(None);
        }
        buffer.advance(HEADER);
        let payload = buffer.split_to(length).freeze();
        if let Some(kind) = Kind::from_number(kind) {
            return Ok(Some(Frame { kind, payload }));
        }
    }
}

const fn limit(kind: u8) -> usize {
    if kind == 0 { MAX_CONTROL } else { MAX_DATA }
}

/// Reads frames off a stream. Dropping a pending [`FrameReader::next`] loses nothing.
#[derive(Debug)]
pub struct FrameReader<R> {
    stream: R,
    buffer: BytesMut,
}

// === impl FrameReader ===

impl<R: AsyncRead + Unpin> FrameReader<R> {
    /// A reader at the start of a frame.
    pub fn new(stream: R) -> Self {
        Self {
            stream,
            buffer: BytesMut::new(),
        }
    }

    /// A reader that goes on where another stopped (see [`FrameReader::into_parts`]).
    pub fn resume(stream: R, read_ahead: BytesMut) -> Self {
        Self {
            stream,
            buffer: read_ahead,
        }
    }

    /// The stream, and what was read from it beyond the last frame.
    pub fn into_parts(self) -> (R, BytesMut) {
        (self.stream, self.buffer)
    }

    /// The stream, to write to.
    pub fn stream_mut(&mut self) -> &mut R {
        &mut self.stream
    }

    /// The next frame, or `None` when the other side ended between two frames.
    pub async fn next(&mut self) -> io::Result<Option<Frame>> {
        loop {
            match decode(&mut self.buffer) {
                Ok(Some(frame)) => return Ok(Some(frame)),
                Ok(None) => {}
                Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
            }
            if self.buffer.capacity() == self.buffer.len() {
                self.buffer.reserve(8 << 10);
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return if self.buffer.is_empty() {
                    Ok(None)
                } else {
                    Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "the stream ended inside a frame",
                    ))
                };
            }
        }
    }
}

/// Reads exactly one frame and not a byte more, for connections that turn into something else
/// after it.
pub async fn read_one(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Frame> {
    let mut buffer = BytesMut::zeroed(HEADER);
    loop {
        stream.read_exact(&mut buffer[..]).await?;
        let length = u32::from_be_bytes([buffer[1], buffer[2], buffer[3], buffer[4]]) as usize;
        // The bound is checked before anything is allocated.
        if let Err(error) = decode(&mut buffer.clone()) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        buffer.resize(HEADER + length, 0);
        stream.read_exact(&mut buffer[HEADER..]).await?;
        if let Some(frame) =
            decode(&mut buffer).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?
        {
            return Ok(frame);
        }
        buffer = BytesMut::zeroed(HEADER);
    }
}

/// Writes one frame; large data is cut into several.
pub async fn write(stream: &mut (impl AsyncWrite + Unpin), kind: Kind, payload: &[u8]) -> io::Result<()> {
    if payload.len() > limit(kind.number()) {
        for piece in payload.chunks(MAX_DATA) {
            stream
                .write_all(&Frame::new(kind, piece.to_vec()).encode())
                .await?;
        }
        return stream.flush().await;
    }
    let mut bytes = BytesMut::with_capacity(HEADER + payload.len());
    put(&mut bytes, kind, payload);
    stream.write_all(&bytes).await?;
    stream.flush().await
}

#[cfg(test)]
mod tests;

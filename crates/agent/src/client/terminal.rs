//! A terminal, seen from outside.

use bytes::Bytes;
use tokio::io::{ReadHalf, split};

use super::writer::{self, Frames};
use super::{BoxStream, Error, broken, check, encode_control, nonsense};
use crate::frame::{FrameReader, Kind};
use crate::wire::{FromTerminal, ToTerminal};

pub(super) const DOING: &str = "attach to a terminal";

/// What a terminal says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalEvent {
    /// The client fell so far behind that the screen is painted anew: reset the screen, expect
    /// `repaint` bytes of [`TerminalEvent::Repaint`], then output from `offset` on.
    Attached {
        /// The offset of the next byte of output.
        offset: u64,
        /// Whether the screen must be reset first.
        reset: bool,
        /// How many bytes of repaint follow.
        repaint: u64,
    },
    /// Bytes that paint the screen; they do not count in the offset.
    Repaint(Bytes),
    /// Output; [`TerminalReader::offset`] has advanced by its length.
    Output(Bytes),
    /// What ran in it has ended with this exit code; nothing follows.
    Exit(i32),
}

/// A connection to a terminal.
#[derive(Debug)]
pub struct TerminalStream {
    /// The terminal's name, for attaching again.
    pub session: String,
    /// What it says. The first event is [`TerminalEvent::Attached`].
    pub reader: TerminalReader,
    /// What it is told.
    pub writer: TerminalWriter,
}

/// The reading half of a [`TerminalStream`].
pub struct TerminalReader {
    frames: FrameReader<Joined>,
    first: Option<TerminalEvent>,
    offset: u64,
    repaint: u64,
    exited: bool,
    /// Keeps the connection open when the writing half is dropped.
    _open: Frames,
}

/// The writing half of a [`TerminalStream`].
#[derive(Clone, Debug)]
pub struct TerminalWriter {
    frames: Frames,
}

/// What was read ahead, then the rest.
pub(super) type Joined = ReadHalf<BoxStream>;

// === impl TerminalStream ===

impl TerminalStream {
    pub(super) fn new(attached: FromTerminal, stream: FrameReader<BoxStream>) -> Result<Self, Error> {
        let FromTerminal::Attached {
            session,
            offset,
            reset,
            repaint,
        } = attached
        else {
            return Err(nonsense(DOING, "a reply of another kind".to_owned()));
        };
        check::session(DOING, &session)?;
        let (stream, read_ahead) = stream.into_parts();
        let (read, write) = split(stream);
        let frames = FrameReader::resume(read, read_ahead);
        let (sender, _acks) = writer::start(write, (0, 0));
        let first = Some(TerminalEvent::Attached {
            offset,
            reset,
            repaint,
        });
        let reader = TerminalReader {
            frames,
            first,
            offset,
            repaint,
            exited: false,
            _open: sender.clone(),
        };
        Ok(Self {
            session,
            reader,
            writer: TerminalWriter { frames: sender },
        })
    }
}

// === impl TerminalReader ===

impl std::fmt::Debug for TerminalReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TerminalReader")
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

impl TerminalReader {
    /// How much of the terminal's output has been read, over all connections: what to attach with.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The next event; `None` after [`TerminalEvent::Exit`]. A connection that breaks before that is
    /// an error: attach again. Dropping a pending call loses nothing.
    pub async fn recv(&mut self) -> Result<Option<TerminalEvent>, Error> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        while !self.exited {
            let frame = self.frames.next().await.map_err(|source| broken(DOING, source))?;
            let frame = frame.ok_or(Error::Ended { doing: DOING })?;
            match frame.kind {
                Kind::Data => {
                    self.offset = self.offset.saturating_add(frame.payload.len() as u64);
                    return Ok(Some(TerminalEvent::Output(frame.payload)));
                }
                Kind::Repaint => {
                    let length = frame.payload.len() as u64;
                    self.repaint = self
                        .repaint
                        .checked_sub(length)
                        .ok_or_else(|| nonsense(DOING, "more repaint than announced".to_owned()))?;
                    return Ok(Some(TerminalEvent::Repaint(frame.payload)));
                }
                Kind::Control => {
                    if let Some(event) = self.control(&frame.payload)? {
                        return Ok(Some(event));
                    }
                }
                Kind::Stderr | Kind::End => {}
            }
        }
        Ok(None)
    }

    fn control(&mut self, payload: &[u8]) -> Result<Option<TerminalEvent>, Error> {
        let event = serde_json::from_slice(payload).map_err(|error| nonsense(DOING, error.to_string()))?;
        Ok(match event {
            FromTerminal::Attached {
                offset,
                reset,
                repaint,
                ..
            } => {
                self.offset = offset;
                self.repaint = repaint;
                Some(TerminalEvent::Attached {
                    offset,
                    reset,
                    repaint,
                })
            }
            FromTerminal::Exit { code } => {
                self.exited = true;
                Some(TerminalEvent::Exit(check::exit_code(DOING, code)?))
            }
            FromTerminal::Unknown => None,
        })
    }
}

// === impl TerminalWriter ===

impl TerminalWriter {
    /// Types bytes.
    pub async fn input(&self, bytes: impl Into<Bytes>) -> Result<(), Error> {
        let mut bytes: Bytes = bytes.into();
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(crate::frame::CHUNK));
            self.send(Kind::Data, piece).await?;
        }
        Ok(())
    }

    /// Tells the size of the client's window; the last one told counts.
    pub async fn resize(&self, cols: u16, rows: u16) -> Result<(), Error> {
        self.send(
            Kind::Control,
            encode_control(DOING, &ToTerminal::Resize { cols, rows })?,
        )
        .await
    }

    async fn send(&self, kind: Kind, payload: impl Into<Bytes>) -> Result<(), Error> {
        self.frames
            .send((kind, payload.into()))
            .await
            .map_err(|_| Error::Ended { doing: DOING })
    }
}

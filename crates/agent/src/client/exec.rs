//! A command, seen from outside.
//!
//! Both directions are bounded end to end: the agent sends no more output than a window beyond what
//! was acknowledged and keeps that for a connection that breaks; the client sends no more input
//! than a window beyond what the command took. So neither side ever stops reading, and nothing can lock up.

use bytes::Bytes;
use tokio::io::split;
use tokio::sync::watch;

use super::terminal::Joined;
use super::writer::{self, Acks, Frames};
use super::{BoxStream, Error, broken, check, encode_control, nonsense};
use crate::frame::{CHUNK, FrameReader, Kind};
use crate::wire::{ExecStarted, FromExec, Signal, ToExec};

pub(super) const DOING: &str = "run a command";

/// Output is acknowledged after so many bytes at the latest.
const ACK_EVERY: u64 = 32 << 10;

/// What a command says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecEvent {
    /// Standard output, or the terminal's.
    Stdout(Bytes),
    /// Standard error.
    Stderr(Bytes),
    /// It has ended with this code (128 + n when killed by signal n); nothing follows.
    Exit(i32),
}

/// A connection to a command.
#[derive(Debug)]
pub struct ExecStream {
    /// What to attach with if this connection breaks.
    pub session: String,
    /// How many bytes of standard input have arrived so far, over all connections: who sent more must
    /// send the rest again.
    pub stdin_received: u64,
    /// What it says. Must be read while input is sent.
    pub reader: ExecReader,
    /// What it is told.
    pub writer: ExecWriter,
}

/// The reading half of an [`ExecStream`].
pub struct ExecReader {
    frames: FrameReader<Joined>,
    acks: Acks,
    manual: bool,
    acked: (u64, u64),
    stdout: u64,
    stderr: u64,
    consumed: watch::Sender<u64>,
    exited: bool,
}

/// The writing half of an [`ExecStream`].
#[derive(Debug)]
pub struct ExecWriter {
    frames: Frames,
    acks: Acks,
    sent: u64,
    window: u64,
    consumed: watch::Receiver<u64>,
}

// === impl ExecStream ===

impl ExecStream {
    pub(super) fn new(started: ExecStarted, stream: FrameReader<BoxStream>) -> Result<Self, Error> {
        check::session(DOING, &started.session)?;
        if started.stdin_window == 0 {
            return Err(nonsense(DOING, "no window for standard input".to_owned()));
        }
        let offsets = (started.stdout, started.stderr);
        let (stream, read_ahead) = stream.into_parts();
        let (read, write) = split(stream);
        let (frames, acks) = writer::start(write, offsets);
        let (consumed, consumed_in) = watch::channel(started.stdin_consumed.min(started.stdin));
        let reader = ExecReader {
            frames: FrameReader::resume(read, read_ahead),
            acks: acks.clone(),
            manual: false,
            acked: offsets,
            stdout: offsets.0,
            stderr: offsets.1,
            consumed,
            exited: false,
        };
        let writer = ExecWriter {
            frames,
            acks,
            sent: started.stdin,
            window: started.stdin_window,
            consumed: consumed_in,
        };
        Ok(Self {
            session: started.session,
            stdin_received: started.stdin,
            reader,
            writer,
        })
    }
}

// === impl ExecReader ===

impl std::fmt::Debug for ExecReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let offsets = (self.stdout, self.stderr);
        f.debug_struct("ExecReader")
            .field("offsets", &offsets)
            .finish_non_exhaustive()
    }
}

impl ExecReader {
    /// Leaves acknowledging to [`ExecWriter::ack`], for who hands output on and wants it kept until it
    /// has arrived there. Without acknowledgements the command is held up after a window of output.
    pub fn acknowledge_manually(&mut self) {
        self.manual = true;
    }

    /// How much of standard output and standard error has been read, over all connections.
    pub fn offsets(&self) -> (u64, u64) {
        (self.stdout, self.stderr)
    }

    /// The next event; `None` after [`ExecEvent::Exit`]. A connection that breaks before that is an
    /// error: attach again. Dropping a pending call loses nothing.
    pub async fn recv(&mut self) -> Result<Option<ExecEvent>, Error> {
        // Everything returned before is now in the caller's hands.
        self.acknowledge();
        while !self.exited {
            let frame = self.frames.next().await.map_err(|source| broken(DOING, source))?;
            let frame = frame.ok_or(Error::Ended { doing: DOING })?;
            let length = frame.payload.len() as u64;
            match frame.kind {
                Kind::Data => {
                    self.stdout = self.stdout.saturating_add(length);
                    return Ok(Some(ExecEvent::Stdout(frame.payload)));
                }
                Kind::Stderr => {
                    self.stderr = self.stderr.saturating_add(length);
                    return Ok(Some(ExecEvent::Stderr(frame.payload)));
                }
                Kind::Control => {
                    if let Some(event) = self.control(&frame.payload)? {
                        return Ok(Some(event));
                    }
                }
                Kind::Repaint | Kind::End => {}
            }
        }
        Ok(None)
    }

    fn control(&mut self, payload: &[u8]) -> Result<Option<ExecEvent>, Error> {
        let event = serde_json::from_slice(payload).map_err(|error| nonsense(DOING, error.to_string()))?;
        Ok(match event {
            FromExec::Stdin { consumed } => {
                self.consumed.send_if_modified(|known| {
                    let newer = consumed > *known;
                    *known = consumed.max(*known);
                    newer
                });
                None
            }
            FromExec::Exit { code } => {
                self.exited = true;
                // Nobody reads standard input any more: who waits to send some must not wait for ever.
                self.consumed.send_replace(u64::MAX);
                Some(ExecEvent::Exit(check::exit_code(DOING, code)?))
            }
            FromExec::Unknown => None,
        })
    }

    fn acknowledge(&mut self) {
        let unacked = (self.stdout - self.acked.0).max(self.stderr - self.acked.1);
        if !self.manual && unacked >= ACK_EVERY {
            self.acked = (self.stdout, self.stderr);
            self.acks.send_replace(self.acked);
        }
    }
}

// === impl ExecWriter ===

impl ExecWriter {
    /// Sends standard input; waits while the command does not take it. Who drops a pending call can
    /// tell from [`ExecWriter::sent`] how much has gone.
    pub async fn stdin(&mut self, bytes: impl Into<Bytes>) -> Result<(), Error> {
        let mut bytes: Bytes = bytes.into();
        while !bytes.is_empty() {
            let room = self.room().await?;
            let length = bytes.len().min(CHUNK).min(usize::try_from(room).unwrap_or(CHUNK));
            let permit = self
                .frames
                .reserve()
                .await
                .map_err(|_| Error::Ended { doing: DOING })?;
            permit.send((Kind::Data, bytes.split_to(length)));
            self.sent = self.sent.saturating_add(length as u64);
        }
        Ok(())
    }

    /// How many bytes of standard input were sent, over all connections.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Ends standard input.
    pub async fn close_stdin(&self) -> Result<(), Error> {
        self.send(Kind::End, Bytes::new()).await
    }

    /// Sends a signal to the command's process group.
    pub async fn signal(&self, signal: Signal) -> Result<(), Error> {
        self.send(Kind::Control, encode_control(DOING, &ToExec::Signal { signal })?)
            .await
    }

    /// Tells another size of the command's terminal.
    pub async fn resize(&self, cols: u16, rows: u16) -> Result<(), Error> {
        self.send(
            Kind::Control,
            encode_control(DOING, &ToExec::Resize { cols, rows })?,
        )
        .await
    }

    /// Acknowledges output up to these offsets (see [`ExecReader::acknowledge_manually`]).
    pub fn ack(&self, stdout: u64, stderr: u64) {
        self.acks.send_replace((stdout, stderr));
    }

    /// Waits until the window has room, and says how much.
    async fn room(&mut self) -> Result<u64, Error> {
        let (sent, window) = (self.sent, self.window);
        let room = |consumed: u64| window.saturating_sub(sent.saturating_sub(consumed));
        let consumed = self.consumed.wait_for(|consumed| room(*consumed) > 0).await;
        consumed
            .map(|consumed| room(*consumed))
            .map_err(|_| Error::Ended { doing: DOING })
    }

    async fn send(&self, kind: Kind, payload: impl Into<Bytes>) -> Result<(), Error> {
        self.frames
            .send((kind, payload.into()))
            .await
            .map_err(|_| Error::Ended { doing: DOING })
    }
}

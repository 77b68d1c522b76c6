//! Between a program's streams and the rings.

use std::cell::RefCell;
use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use tokio::net::unix::pipe;

use super::{Exec, Output};
use crate::role::pty::Pty;
use crate::role::reaper::Exit;
use crate::role::spawn::{self, Streams};
use crate::wire::ExecRequest;

/// End of transmission: what Ctrl-D sends.
const EOT: u8 = 4;

/// Where a program's output comes from.
#[derive(Debug)]
pub enum Source {
    /// A pipe.
    Pipe(pipe::Receiver),
    /// A terminal.
    Terminal(Rc<Pty>),
    /// Nowhere: on a terminal there is no standard error.
    Nothing,
}

/// Where its input goes.
#[derive(Debug)]
pub enum Sink {
    /// A pipe.
    Pipe(pipe::Sender),
    /// A terminal.
    Terminal(Rc<Pty>),
    /// Nowhere.
    Nothing,
}

/// The agent's ends of a program's streams.
#[derive(Debug)]
pub struct Ends {
    pub stdin: Sink,
    pub stdout: Source,
    pub stderr: Source,
}

// === impl Ends ===

impl Ends {
    /// Both ends of what the request asks for.
    pub fn new(request: &ExecRequest, uid: u32) -> io::Result<(Self, Streams)> {
        if request.tty {
            let or = |size: u16, default: u16| if size == 0 { default } else { size.min(1000) };
            let (pty, slave) = Pty::open(or(request.cols, 80), or(request.rows, 24), uid)?;
            let pty = Rc::new(pty);
            let ends = Self {
                stdin: Sink::Terminal(Rc::clone(&pty)),
                stdout: Source::Terminal(pty),
                stderr: Source::Nothing,
            };
            return Ok((ends, Streams::Terminal(slave)));
        }
        let (stdout, stdout_in) = source()?;
        let (stderr, stderr_in) = source()?;
        let (stdin, stdin_out) = if request.stdin {
            let (read, write) = spawn::pipe()?;
            (Sink::Pipe(pipe::Sender::from_owned_fd(write)?), Some(read))
        } else {
            (Sink::Nothing, None)
        };
        let streams = Streams::Three {
            stdin: stdin_out,
            stdout: stdout_in,
            stderr: stderr_in,
        };
        Ok((
            Self {
                stdin,
                stdout,
                stderr,
            },
            streams,
        ))
    }

    /// The terminal, if it is one.
    pub fn pty(&self) -> Option<Rc<Pty>> {
        match &self.stdout {
            Source::Terminal(pty) => Some(Rc::clone(pty)),
            Source::Pipe(_) | Source::Nothing => None,
        }
    }
}

fn source() -> io::Result<(Source, OwnedFd)> {
    let (read, write) = spawn::pipe()?;
    Ok((Source::Pipe(pipe::Receiver::from_owned_fd(read)?), write))
}

// === impl Source ===

impl Source {
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Pipe(pipe) => pipe.try_read(buffer),
            Self::Terminal(pty) => pty.try_read(buffer),
            Self::Nothing => Ok(0),
        }
    }

    async fn readable(&self) -> io::Result<()> {
        match self {
            Self::Pipe(pipe) => pipe.readable().await,
            Self::Terminal(pty) => pty.readable().await,
            Self::Nothing => Ok(()),
        }
    }
}

/// Moves output into its ring as long as there is room, until its end; or, when the program has ended,
/// until nothing is left: what it left running may hold the stream open for ever.
pub async fn output(exec: &Exec, output: &RefCell<Output>, source: Source, mut exit: Exit) {
    let mut changed = exec.changed.subscribe();
    loop {
        changed.borrow_and_update();
        let room = output.borrow().room();
        if room == 0 {
            if changed.changed().await.is_err() {
                return;
            }
            continue;
        }
        // Asked before reading: what was written before the end is then read after it.
        let ended = exit.borrow().is_some();
        match read(output, &source, room) {
            Ok(0) => return,
            Ok(_) => {
                exec.changed.send_replace(());
                tokio::task::yield_now().await;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && !ended => {
                tokio::select! {
                    readable = source.readable() => if readable.is_err() { return },
                    _ = exit.wait_for(Option::is_some) => {}
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// Reads once, with a buffer that lives no longer than that.
fn read(output: &RefCell<Output>, source: &Source, room: usize) -> io::Result<usize> {
    let mut buffer = [0; 16 << 10];
    let limit = buffer.len().min(room);
    let length = source.try_read(&mut buffer[..limit])?;
    output.borrow_mut().ring.push(&buffer[..length]);
    Ok(length)
}

/// Moves input to the program until it ends or nobody reads it.
pub async fn input(exec: Rc<Exec>, sink: Sink) {
    let mut changed = exec.changed.subscribe();
    loop {
        changed.borrow_and_update();
        let (piece, ended) = {
            let input = exec.stdin.borrow();
            (input.queue.as_slices().0.to_vec(), input.ended)
        };
        if piece.is_empty() {
            if ended {
                if let Sink::Terminal(pty) = &sink {
                    // A terminal has no end of its own: say it as a person would.
                    let _ = pty.write(&[EOT]).await;
                }
                return;
            }
            if changed.changed().await.is_err() {
                return;
            }
            continue;
        }
        let written = match &sink {
            Sink::Pipe(pipe) => write_pipe(pipe, &piece).await,
            Sink::Terminal(pty) => pty.write(&piece).await,
            Sink::Nothing => Ok(piece.len()),
        };
        let Ok(written) = written else {
            return exec.close_input();
        };
        let mut input = exec.stdin.borrow_mut();
        let written = written.min(input.queue.len());
        input.queue.drain(..written);
        input.consumed += written as u64;
        drop(input);
        exec.changed.send_replace(());
    }
}

async fn write_pipe(pipe: &pipe::Sender, bytes: &[u8]) -> io::Result<usize> {
    loop {
        pipe.writable().await?;
        match pipe.try_write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            result => return result,
        }
    }
}

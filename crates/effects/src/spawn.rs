//! Running other programs: argument vectors only, bounded output, a time limit, killed with
//! their group when the caller gives up.

mod program;

use std::process::{ExitStatus, Stdio};

use bytes::Bytes;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::Child;

pub use program::Program;

use crate::Door;

/// Most of a program's output that is kept, in bytes; the rest is read and dropped.
const OUTPUT_LIMIT: u64 = 4 << 20;

/// What a finished program left behind.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output, at most 4 MiB.
    pub stdout: Vec<u8>,
    /// Its standard error, at most 4 MiB.
    pub stderr: Vec<u8>,
}

/// Why a program did not do what it was run for.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// The program is not installed or cannot be executed.
    #[error("failed to start {program}: {source}")]
    Start {
        /// Its name.
        program: String,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// Its streams broke.
    #[error("failed to talk to {program}: {source}")]
    Talk {
        /// Its name.
        program: String,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// It ended with an error; `stderr` is the end of what it said.
    #[error("{program} failed ({status}): {stderr}")]
    Failed {
        /// Its name.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// The last 2,000 bytes of what it said.
        stderr: String,
    },
    /// It did not end in time and was killed.
    #[error("{program} did not finish within {timeout_s} s and was killed")]
    TimedOut {
        /// Its name.
        program: String,
        /// The limit, in seconds.
        timeout_s: u64,
    },
}

// === impl Door ===

impl Door {
    /// Runs a program to its end and returns what it left, whatever its exit status.
    ///
    /// # Errors
    /// It cannot be started, its streams break, or it outlives its time limit (then it and its
    /// process group are killed).
    pub async fn run_any(&self, program: Program) -> Result<Finished, SpawnError> {
        let subject = program.name();
        self.pass_async(program.effect, &subject, run(&program)).await
    }

    /// Runs a program that must succeed.
    ///
    /// # Errors
    /// As [`Door::run_any`], and when its exit status is not zero.
    pub async fn run(&self, program: Program) -> Result<Finished, SpawnError> {
        let name = program.name();
        let finished = self.run_any(program).await?;
        if finished.status.success() {
            Ok(finished)
        } else {
            Err(failed(name, finished.status, &finished.stderr))
        }
    }

    /// Runs a program that must succeed, handing each line of its output (both streams) to
    /// `line` as it comes: for progress of long steps.
    ///
    /// # Errors
    /// As [`Door::run`].
    pub async fn run_lines(&self, program: Program, line: impl FnMut(&str) + Send) -> Result<(), SpawnError> {
        let subject = program.name();
        self.pass_async(program.effect, &subject, run_lines(&program, line))
            .await
    }

    /// Starts a program that writes where the daemon writes and goes on without it: its successor.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn spawn_beside(&self, program: Program) -> Result<Child, SpawnError> {
        let subject = program.name();
        self.pass(program.effect, &subject, || {
            let mut command = program.command();
            command
                .stdout(Stdio::inherit())
                .stderr(Stdio::inherit())
                .kill_on_drop(false);
            program.start(command)
        })
    }

    /// Starts a program in a session of its own that outlives the daemon; its output goes to
    /// `log`, so that no pipe of the daemon's ends in it. Returns its process id.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn spawn_detached(&self, program: Program, log: std::fs::File) -> Result<u32, SpawnError> {
        let subject = program.name();
        self.pass(program.effect, &subject, || {
            let mut command = program.command();
            let out = log.try_clone().map_err(|source| SpawnError::Start {
                program: subject.clone(),
                source,
            })?;
            command
                .stdin(Stdio::null())
                .stdout(out)
                .stderr(log)
                .kill_on_drop(false);
            // A session of its own is a process group of its own, too.
            // SAFETY: setsid is async-signal-safe and touches no memory of the parent's.
            unsafe {
                command.pre_exec(|| {
                    rustix::process::setsid()?;
                    Ok(())
                });
            }
            let child = program.start(command)?;
            Ok(child.id().unwrap_or_default())
        })
    }
}

async fn run(program: &Program) -> Result<Finished, SpawnError> {
    let mut command = program.command();
    command.process_group(0);
    if let Some(file) = &program.output {
        let copy = || {
            file.try_clone().map_err(|source| SpawnError::Start {
                program: program.name(),
                source,
            })
        };
        command.stdout(copy()?).stderr(copy()?);
    } else {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
    }
    let mut child = program.start(command)?;
    let talk = |source| SpawnError::Talk {
        program: program.name(),
        source,
    };
    let work = async {
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let feed = feed(child.stdin.take(), program.stdin.clone());
        let ((), out, err) = tokio::try_join!(feed, collect(stdout), collect(stderr)).map_err(talk)?;
        let status = child.wait().await.map_err(talk)?;
        Ok(Finished {
            status,
            stdout: out,
            stderr: err,
        })
    };
    let outcome = tokio::time::timeout(program.timeout, work).await;
    match outcome {
        Ok(result) => result,
        Err(_) => {
            kill_group(&child);
            Err(SpawnError::TimedOut {
                program: program.name(),
                timeout_s: program.timeout.as_secs(),
            })
        }
    }
}

async fn run_lines(program: &Program, mut line: impl FnMut(&str) + Send) -> Result<(), SpawnError> {
    let mut command = program.command();
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let mut child = program.start(command)?;
    let talk = |source| SpawnError::Talk {
        program: program.name(),
        source,
    };
    let mut tail: Vec<u8> = Vec::new();
    let work = async {
        let mut out = lines(child.stdout.take());
        let mut err = lines(child.stderr.take());
        let (mut out_open, mut err_open) = (true, true);
        while out_open || err_open {
            let text = tokio::select! {
                text = out.next_line(), if out_open => { let text = text.map_err(talk)?; out_open = text.is_some(); text }
                text = err.next_line(), if err_open => { let text = text.map_err(talk)?; err_open = text.is_some(); text }
            };
            if let Some(text) = text {
                tail.extend_from_slice(text.as_bytes());
                tail.push(b'\n');
                if tail.len() > 8_000 {
                    tail.drain(..4_000);
                }
                line(&text);
            }
        }
        child.wait().await.map_err(talk)
    };
    match tokio::time::timeout(program.timeout, work).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(failed(program.name(), status, &tail)),
        Ok(Err(error)) => Err(error),
        Err(_) => {
            kill_group(&child);
            Err(SpawnError::TimedOut {
                program: program.name(),
                timeout_s: program.timeout.as_secs(),
            })
        }
    }
}

type Lines = tokio::io::Lines<BufReader<Box<dyn AsyncRead + Send + Unpin>>>;

fn lines(stream: Option<impl AsyncRead + Send + Unpin + 'static>) -> Lines {
    let stream: Box<dyn AsyncRead + Send + Unpin> = match stream {
        Some(stream) => Box::new(stream),
        None => Box::new(tokio::io::empty()),
    };
    BufReader::new(stream).lines()
}

async fn feed(
    stdin: Option<impl tokio::io::AsyncWrite + Unpin>,
    input: Option<Bytes>,
) -> std::io::Result<()> {
    if let (Some(mut stdin), Some(input)) = (stdin, input) {
        match stdin.write_all(&input).await {
            // A program may end without reading all: its exit status tells what that meant.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
            other => other?,
        }
        let _ = stdin.shutdown().await;
    }
    Ok(())
}

async fn collect(stream: Option<impl AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    if let Some(mut stream) = stream {
        (&mut stream).take(OUTPUT_LIMIT).read_to_end(&mut kept).await?;
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    }
    Ok(kept)
}

fn kill_group(child: &Child) {
    let group = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

fn failed(program: String, status: ExitStatus, stderr: &[u8]) -> SpawnError {
    let tail = &stderr[stderr.len().saturating_sub(2_000)..];
    SpawnError::Failed {
        program,
        status,
        stderr: String::from_utf8_lossy(tail).trim().to_owned(),
    }
}

#[cfg(test)]
mod tests;

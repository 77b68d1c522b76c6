//! Running other programs: argument vectors only, bounded output, a time limit, killed with
//! their group when the caller gives up.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::Child;

use crate::Door;

/// Most of a program's output that is kept, in bytes; the rest is read and dropped.
const OUTPUT_LIMIT: u64 = 4 << 20;

/// A program to run, by name or path, with everything it gets. Inherits no environment but
/// `PATH`; its standard streams are pipes or nothing, never the daemon's own.
#[derive(Debug)]
pub struct Program {
    effect: &'static str,
    program: OsString,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    cwd: Option<PathBuf>,
    stdin: Option<Bytes>,
    fds: Vec<OwnedFd>,
    mounts: Option<OwnedFd>,
    output: Option<std::fs::File>,
    timeout: Duration,
}

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

// === impl Program ===

impl Program {
    /// `effect` is the fail point's name (`spawn.runc.create`), `program` a name in `PATH` or a path.
    pub fn new(effect: &'static str, program: impl Into<OsString>) -> Self {
        Self {
            effect,
            program: program.into(),
            args: Vec::new(),
            env: Vec::new(),
            cwd: None,
            stdin: None,
            fds: Vec::new(),
            mounts: None,
            output: None,
            timeout: Duration::from_mins(1),
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<S: Into<OsString>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env
            .push((key.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Sets its working directory.
    #[must_use]
    pub fn cwd(mut self, dir: impl Into<PathBuf>) -> Self {
        self.cwd = Some(dir.into());
        self
    }

    /// What it reads on standard input; nothing otherwise.
    #[must_use]
    pub fn stdin(mut self, input: impl Into<Bytes>) -> Self {
        self.stdin = Some(input.into());
        self
    }

    /// Passes descriptors as 3, 4, … in this order.
    #[must_use]
    pub fn fds(mut self, fds: Vec<OwnedFd>) -> Self {
        self.fds = fds;
        self
    }

    /// Starts it in this mount namespace ([`Door::stage`]).
    #[must_use]
    pub fn mounts(mut self, namespace: OwnedFd) -> Self {
        self.mounts = Some(namespace);
        self
    }

    /// Sends what it says to a file, so that what it leaves running holds no pipe of ours;
    /// [`Finished`] has none of it then. For [`Door::run`] and [`Door::run_any`].
    #[must_use]
    pub fn output(mut self, file: std::fs::File) -> Self {
        self.output = Some(file);
        self
    }

    /// How long it may take; 60 s otherwise.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    fn name(&self) -> String {
        self.program.to_string_lossy().into_owned()
    }

    // The door itself is where the ban of clippy.toml ends.
    #[allow(clippy::disallowed_methods)]
    fn command(&self) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(&self.program);
        command.args(&self.args).env_clear().kill_on_drop(true);
        command.env(
            "PATH",
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        );
        command.envs(self.env.iter().map(|(key, value)| (key, value)));
        if let Some(dir) = &self.cwd {
            command.current_dir(dir);
        }
        command.stdin(if self.stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        });
        enter_mounts(&mut command, self.mounts.as_ref());
        pass_fds(&mut command, &self.fds);
        command
    }

    fn start(&self, mut command: tokio::process::Command) -> Result<Child, SpawnError> {
        command.spawn().map_err(|source| SpawnError::Start {
            program: self.name(),
            source,
        })
    }
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

/// Takes the child into a mount namespace before it becomes the program.
fn enter_mounts(command: &mut tokio::process::Command, namespace: Option<&OwnedFd>) {
    let Some(namespace) = namespace.map(AsRawFd::as_raw_fd) else {
        return;
    };
    // SAFETY: setns is one system call, and the descriptor lives until the child has started.
    unsafe {
        command.pre_exec(move || {
            if libc::setns(namespace, libc::CLONE_NEWNS) < 0 {
                return Err(std::io::Error::last_os_error());
            }
            Ok(())
        });
    }
}

/// Places `fds` at 3, 4, … in the child. They are first moved above the target range, so that
/// no source is overwritten before it was copied.
fn pass_fds(command: &mut tokio::process::Command, fds: &[OwnedFd]) {
    // Pairs of source and its copy; allocated here, as the child must not allocate before exec.
    let mut moved: Vec<(i32, i32)> = fds.iter().map(|fd| (fd.as_raw_fd(), -1)).collect();
    if moved.is_empty() {
        return;
    }
    let floor = 3 + i32::try_from(moved.len()).unwrap_or(i32::MAX);
    // SAFETY: between fork and exec only fcntl and dup2 are called, both async-signal-safe; the
    // vector is the child's copy, and the descriptors live until the child has started.
    unsafe {
        command.pre_exec(move || {
            for (source, copy) in &mut moved {
                *copy = libc::fcntl(*source, libc::F_DUPFD_CLOEXEC, floor);
                if *copy < 0 {
                    return Err(std::io::Error::last_os_error());
                }
            }
            for (target, (_, copy)) in (3..).zip(&moved) {
                if libc::dup2(*copy, target) < 0 {
                    return Err(std::io::Error::last_os_error());
                }
            }
            Ok(())
        });
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

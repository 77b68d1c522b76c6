//! What is to be run: an argument vector, its environment, streams, descriptors and mounts.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use tokio::process::Child;

use super::SpawnError;

/// A program to run, by name or path, with everything it gets. Inherits no environment but
/// `PATH`; its standard streams are pipes or nothing, never the daemon's own.
#[derive(Debug)]
pub struct Program {
    pub(super) effect: &'static str,
    pub(super) program: OsString,
    pub(super) args: Vec<OsString>,
    pub(super) env: Vec<(OsString, OsString)>,
    pub(super) cwd: Option<PathBuf>,
    pub(super) stdin: Option<Bytes>,
    pub(super) fds: Vec<OwnedFd>,
    pub(super) mounts: Option<OwnedFd>,
    pub(super) output: Option<std::fs::File>,
    pub(super) timeout: Duration,
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

    pub(super) fn name(&self) -> String {
        self.program.to_string_lossy().into_owned()
    }

    // The door itself is where the ban of clippy.toml ends.
    #[allow(clippy::disallowed_methods)]
    pub(super) fn command(&self) -> tokio::process::Command {
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

    pub(super) fn start(&self, mut command: tokio::process::Command) -> Result<Child, SpawnError> {
        command.spawn().map_err(|source| SpawnError::Start {
            program: self.name(),
            source,
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

//! Starting an agent for a test, and waiting for what it does.

use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use toft_agent::wire::{ExecRequest, OpenTerminal};
use toft_agent::{Client, ExecEvent, ExecStream, TerminalEvent, TerminalStream, UnixDialer};

/// How long anything in these tests may take. Never what a test measures.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// An agent that ends with its test.
pub struct Agent {
    pub child: Child,
    pub dir: TempDir,
    pub client: Client,
}

pub fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_toft-agent"))
}

impl Agent {
    /// Beside the test, for root.
    pub fn start() -> Self {
        Self::launch(Command::new(binary()).args(["--beside", "--user", "root"]))
    }

    /// As the first process of a pid namespace with a `/proc` of its own.
    pub fn start_first() -> Self {
        let mut command = Command::new("unshare");
        command
            .args(["--pid", "--fork", "--mount-proc", "--kill-child"])
            .arg(binary())
            .args(["--user", "root"]);
        Self::launch(&mut command)
    }

    /// By any command that hands descriptor 3 down.
    pub fn launch(command: &mut Command) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("agent.sock");
        let listener = OwnedFd::from(UnixListener::bind(&path).unwrap());
        let child = spawn_with(command, listener);
        let client = Client::new(UnixDialer::new(path)).with_timeout(PATIENCE);
        Self { child, dir, client }
    }

    pub fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().unwrap().to_owned()
    }
}

/// Starts a command that finds the listener as descriptor 3.
pub fn spawn_with(command: &mut Command, listener: OwnedFd) -> Child {
    // SAFETY: one system call between fork and exec; the listener lives until the child has it.
    unsafe {
        let fd = listener.as_raw_fd();
        command.pre_exec(move || {
            let result = if fd == 3 {
                libc::fcntl(3, libc::F_SETFD, 0)
            } else {
                libc::dup2(fd, 3)
            };
            if result < 0 {
                Err(std::io::Error::last_os_error())
            } else {
                Ok(())
            }
        });
    }
    let child = command.stdin(Stdio::null()).spawn().unwrap();
    drop(listener);
    child
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Fails a test that waits for what never comes.
pub async fn within<T>(act: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, act).await.expect("waited in vain")
}

/// Asks again until the answer is the wanted one.
pub async fn until<T, F: Future<Output = Option<T>>>(mut ask: impl FnMut() -> F) -> T {
    within(async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
}

pub fn command(words: &[&str]) -> ExecRequest {
    ExecRequest {
        command: words.iter().map(ToString::to_string).collect(),
        ..ExecRequest::default()
    }
}

pub fn shell(script: &str) -> ExecRequest {
    command(&["bash", "-c", script])
}

/// What a command said until its end.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub code: i32,
}

pub async fn finish(exec: &mut ExecStream) -> Said {
    let mut said = Said::default();
    within(async {
        while let Some(event) = exec.reader.recv().await.unwrap() {
            match event {
                ExecEvent::Stdout(bytes) => said.stdout.extend_from_slice(&bytes),
                ExecEvent::Stderr(bytes) => said.stderr.extend_from_slice(&bytes),
                ExecEvent::Exit(code) => said.code = code,
            }
        }
    })
    .await;
    said
}

pub async fn run(client: &Client, request: ExecRequest) -> Said {
    finish(&mut client.exec(request).await.unwrap()).await
}

pub fn bash() -> OpenTerminal {
    OpenTerminal {
        command: ["bash", "--norc", "--noprofile"].map(str::to_owned).to_vec(),
        env: [("PS1".to_owned(), "$ ".to_owned())].into(),
        cols: 80,
        rows: 24,
        ..OpenTerminal::default()
    }
}

/// Reads a terminal's bytes (repaint and output) until `wanted` is among them.
pub async fn read_until(terminal: &mut TerminalStream, wanted: &str) -> Vec<u8> {
    let mut all = Vec::new();
    within(async {
        while !contains(&all, wanted.as_bytes()) {
            match terminal.reader.recv().await.unwrap() {
                Some(TerminalEvent::Output(bytes) | TerminalEvent::Repaint(bytes)) => {
                    all.extend_from_slice(&bytes);
                }
                Some(TerminalEvent::Attached { .. }) => {}
                other => panic!(
                    "{other:?} before {wanted:?}; so far {:?}",
                    String::from_utf8_lossy(&all)
                ),
            }
        }
    })
    .await;
    all
}

pub fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// The kernel's word on a process, by key of `/proc/PID/status`.
pub fn status_of(pid: u32, key: &str) -> Option<String> {
    let status = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(key))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// One line after another.
pub fn lines(numbers: std::ops::RangeInclusive<u32>, line: impl Fn(u32) -> String) -> String {
    numbers.fold(String::new(), |all, number| all + &line(number) + "\n")
}

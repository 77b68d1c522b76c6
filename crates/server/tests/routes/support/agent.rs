//! A real agent, a process of its own, behind every simulated sandbox.

use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use tempfile::TempDir;
use toft_runtime::sim::World;
use tokio::io::AsyncWriteExt;

/// The process; it ends with its test.
pub struct Agent {
    child: Child,
    pub dir: TempDir,
}

/// Cargo builds examples before tests, beside their folder.
fn binary() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests
        .parent()
        .and_then(|deps| deps.parent())
        .unwrap()
        .join("examples/test-agent")
}

impl Agent {
    pub fn start(world: &World) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("agent.sock");
        let listener = OwnedFd::from(UnixListener::bind(&path).unwrap());
        let child = spawn(listener);
        let path = Arc::new(path);
        world.answer_with(move |_, stream| {
            let path = path.clone();
            tokio::spawn(async move {
                let agent = tokio::net::UnixStream::connect(&*path).await.unwrap();
                let (mut from_agent, mut to_agent) = agent.into_split();
                let (mut from_client, mut to_client) = tokio::io::split(stream);
                // Each way ends by itself: what the agent said last must arrive though it reads no more.
                let inward = tokio::spawn(async move {
                    let _ = tokio::io::copy(&mut from_client, &mut to_agent).await;
                    let _ = to_agent.shutdown().await;
                });
                let _ = tokio::io::copy(&mut from_agent, &mut to_client).await;
                let _ = to_client.shutdown().await;
                inward.abort();
            });
        });
        Self { child, dir }
    }

    /// Ends the process, as a workspace that dies does.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().unwrap().to_owned()
    }
}

fn spawn(listener: OwnedFd) -> Child {
    let mut command = Command::new(binary());
    command.args(["--beside", "--user", "root"]).stdin(Stdio::null());
    let fd = listener.as_raw_fd();
    // SAFETY: one system call between fork and exec; the listener lives until the child has it.
    unsafe {
        command.pre_exec(move || {
            let done = if fd == 3 {
                libc::fcntl(3, libc::F_SETFD, 0)
            } else {
                libc::dup2(fd, 3)
            };
            if done < 0 {
                Err(std::io::Error::last_os_error())
            } else {
                Ok(())
            }
        });
    }
    let child = command.spawn().unwrap();
    drop(listener);
    child
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

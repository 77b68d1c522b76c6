//! Waiting for children: the agent's own, and as the first process everybody's.
//!
//! One place waits. As process 1 it waits for whatever has ended; the status of a child that somebody
//! registered goes to them, that of a stranger (an orphan handed down by the kernel) is dropped. A child
//! cannot end unseen between its start and its registration, because both happen without a wait between
//! them on the one thread that also reaps.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// A child's exit code, once it has ended.
pub type Exit = watch::Receiver<Option<i32>>;

/// Waits for children.
#[derive(Debug)]
pub struct Reaper {
    children: RefCell<HashMap<i32, watch::Sender<Option<i32>>>>,
    everybody: bool,
}

// === impl Reaper ===

impl Reaper {
    /// A reaper of registered children, and with `everybody` of orphans too.
    pub fn new(everybody: bool) -> Self {
        Self {
            children: RefCell::default(),
            everybody,
        }
    }

    /// Registers a child that was just started.
    pub fn register(&self, pid: i32) -> Exit {
        let (sender, receiver) = watch::channel(None);
        self.children.borrow_mut().insert(pid, sender);
        receiver
    }

    /// The process ids of all registered children that live.
    pub fn pids(&self) -> Vec<i32> {
        self.children.borrow().keys().copied().collect()
    }

    /// Reaps whenever a child ends. Never returns but with an error.
    pub async fn run(&self) -> io::Result<()> {
        let mut ended = signal(SignalKind::child())?;
        loop {
            self.reap();
            if ended.recv().await.is_none() {
                return Ok(());
            }
        }
    }

    fn reap(&self) {
        if self.everybody {
            while let Some((pid, code)) = wait(-1) {
                self.tell(pid, code);
            }
        } else {
            for pid in self.pids() {
                if let Some((pid, code)) = wait(pid) {
                    self.tell(pid, code);
                }
            }
        }
    }

    fn tell(&self, pid: i32, code: i32) {
        if let Some(sender) = self.children.borrow_mut().remove(&pid) {
            sender.send_replace(Some(code));
        }
    }
}

/// One child that has ended, and its exit code as shells tell it.
fn wait(pid: i32) -> Option<(i32, i32)> {
    let mut status = 0;
    // SAFETY: `status` is a valid place for the status.
    let pid = unsafe { libc::waitpid(pid, &raw mut status, libc::WNOHANG) };
    let code = if libc::WIFEXITED(status) {
        libc::WEXITSTATUS(status)
    } else {
        128 + libc::WTERMSIG(status)
    };
    (pid > 0).then_some((pid, code))
}

/// The code of an [`Exit`], when it has come.
pub async fn exited(exit: &mut Exit) -> i32 {
    match exit.wait_for(Option::is_some).await {
        Ok(code) => code.unwrap_or(255),
        // The reaper is gone only when the agent ends.
        Err(_) => 255,
    }
}

/// Sends a signal to a child's process group; one that has ended is no error.
pub fn kill_group(pid: i32, signal: i32) {
    if pid > 1 {
        // SAFETY: plain system call on numbers.
        unsafe { libc::kill(-pid, signal) };
    }
}

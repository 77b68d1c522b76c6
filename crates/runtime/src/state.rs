//! What a runtime observes of a sandbox.

use std::path::PathBuf;
use std::time::SystemTime;

/// Where a sandbox stands, as it is observed now, never as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SandboxState {
    /// Nothing of it is here.
    Absent,
    /// Its durable parts are here; nothing runs, nothing is mounted.
    Prepared,
    /// Its first process is alive. Whether the agent answers is for the caller to ask.
    Running {
        /// The first process on this host, where there is such a thing.
        pid: Option<u32>,
        /// When it began.
        started_at: SystemTime,
    },
    /// Its first process ended without being told to; `start` or `stop` cleans up.
    Exited(Exit),
}

/// How a sandbox ended by itself, as far as can be told: its first process is nobody's child
/// here, so that the daemon may die without harm, and leaves no exit status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exit {
    /// Exit status, if anybody saw it.
    pub code: Option<i32>,
    /// Whether anything of it ever ran: a start that was cut off has not.
    pub started: bool,
    /// Whether the memory limit ended processes in it.
    pub out_of_memory: bool,
    /// What is known in words, such as the last line on its console.
    pub message: String,
}

/// What a sandbox uses and has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time since it started, in nanoseconds.
    pub cpu_ns: u64,
    /// Time that its processor limit held it back, in nanoseconds.
    pub cpu_throttled_ns: u64,
    /// Memory that it holds and that cannot simply be dropped.
    pub memory_bytes: u64,
    /// The limit on it, if there is one.
    pub memory_limit_bytes: Option<u64>,
    /// Processes and threads.
    pub pids: u64,
    /// Processes ended by the memory limit since it started.
    pub oom_kills: u64,
}

/// Something that [`crate::Runtime::remove`] could not remove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// What it is (`mount`, `directory`, `cgroup`, `process`).
    pub kind: &'static str,
    /// Where it is.
    pub path: PathBuf,
    /// What it takes up on disk, if it does.
    pub bytes: Option<u64>,
    /// Why it is still there.
    pub reason: String,
}

// === impl SandboxState ===

impl SandboxState {
    /// Whether its first process is alive.
    pub fn is_running(&self) -> bool {
        matches!(self, Self::Running { .. })
    }
}

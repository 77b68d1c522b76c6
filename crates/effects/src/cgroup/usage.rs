//! What a group uses and has used.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Hierarchies, Version};

/// Above this a version 1 limit means that there is none.
const NO_LIMIT: u64 = 1 << 62;

/// The counters of a group. What the host does not count is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Processor time, in nanoseconds.
    pub cpu_ns: u64,
    /// Time that the limit held it back, in nanoseconds.
    pub cpu_throttled_ns: u64,
    /// Memory without the file cache that can simply be dropped.
    pub memory_bytes: u64,
    /// The limit on memory.
    pub memory_limit_bytes: Option<u64>,
    /// Processes and threads.
    pub pids: u64,
    /// Processes killed by the memory limit.
    pub oom_kills: u64,
}

// === impl Hierarchies ===

impl Hierarchies {
    /// The counters of `group`; none when it is not there.
    pub fn counters(&self, group: &str) -> Option<Counters> {
        let dir = |controller| self.directory(group, controller).filter(|dir| dir.is_dir());
        if self.directories(group).is_empty() {
            return None;
        }
        let mut counters = match self.version() {
            Version::V1 => version_1(dir("cpu"), dir("cpuacct"), dir("memory")),
            Version::V2 => version_2(dir("cpu").or_else(|| self.directories(group).pop()), dir("memory")),
        };
        counters.pids = dir("pids").and_then(|dir| number(&dir, "pids.current")).unwrap_or(0);
        Some(counters)
    }
}

fn version_1(cpu: Option<PathBuf>, cpuacct: Option<PathBuf>, memory: Option<PathBuf>) -> Counters {
    let mut counters = Counters::default();
    counters.cpu_ns = cpuacct.and_then(|dir| number(&dir, "cpuacct.usage")).unwrap_or(0);
    counters.cpu_throttled_ns = cpu.and_then(|dir| keyed(&dir, "cpu.stat", "throttled_time")).unwrap_or(0);
    if let Some(dir) = memory {
        let dropped = keyed(&dir, "memory.stat", "total_inactive_file").unwrap_or(0);
        let held = number(&dir, "memory.usage_in_bytes").unwrap_or(0);
        counters.memory_bytes = held.saturating_sub(dropped);
        counters.memory_limit_bytes = number(&dir, "memory.limit_in_bytes").filter(|limit| *limit < NO_LIMIT);
        counters.oom_kills = keyed(&dir, "memory.oom_control", "oom_kill").unwrap_or(0);
    }
    counters
}

fn version_2(cpu: Option<PathBuf>, memory: Option<PathBuf>) -> Counters {
    let mut counters = Counters::default();
    if let Some(dir) = cpu {
        counters.cpu_ns = keyed(&dir, "cpu.stat", "usage_usec").unwrap_or(0) * 1_000;
        counters.cpu_throttled_ns = keyed(&dir, "cpu.stat", "throttled_usec").unwrap_or(0) * 1_000;
    }
    if let Some(dir) = memory {
        let dropped = keyed(&dir, "memory.stat", "inactive_file").unwrap_or(0);
        counters.memory_bytes = number(&dir, "memory.current").unwrap_or(0).saturating_sub(dropped);
        counters.memory_limit_bytes = number(&dir, "memory.max");
        counters.oom_kills = keyed(&dir, "memory.events", "oom_kill").unwrap_or(0);
    }
    counters
}

fn number(dir: &Path, file: &str) -> Option<u64> {
    fs::read_to_string(dir.join(file)).ok()?.trim().parse().ok()
}

fn keyed(dir: &Path, file: &str, key: &str) -> Option<u64> {
    let text = fs::read_to_string(dir.join(file)).ok()?;
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok())
}

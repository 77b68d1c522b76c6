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
        let memory = dir("memory");
        let mut counters = match self.version() {
            Version::V1 => version_1(
                dir("cpu").as_deref(),
                dir("cpuacct").as_deref(),
                memory.as_deref(),
            ),
            // Processor time is counted in every group, whether or not the controller limits it.
            Version::V2 => version_2(
                self.directories(group).first().map(PathBuf::as_path),
                memory.as_deref(),
            ),
        };
        counters.pids = dir("pids")
            .and_then(|dir| number(&dir, "pids.current"))
            .unwrap_or(0);
        Some(counters)
    }

    /// Whether any process has ever run in `group`. Where the host does not count their time it
    /// is taken to be so.
    pub fn has_run(&self, group: &str) -> bool {
        let spent = match self.version() {
            Version::V1 => self
                .directory(group, "cpuacct")
                .and_then(|dir| number(&dir, "cpuacct.usage")),
            Version::V2 => self
                .directories(group)
                .first()
                .and_then(|dir| keyed(dir, "cpu.stat", "usage_usec")),
        };
        spent.is_none_or(|time| time > 0)
    }
}

fn version_1(cpu: Option<&Path>, cpuacct: Option<&Path>, memory: Option<&Path>) -> Counters {
    let in_memory = |file, key| memory.and_then(|dir| keyed(dir, file, key)).unwrap_or(0);
    let held = memory
        .and_then(|dir| number(dir, "memory.usage_in_bytes"))
        .unwrap_or(0);
    let limit = memory.and_then(|dir| number(dir, "memory.limit_in_bytes"));
    Counters {
        cpu_ns: cpuacct.and_then(|dir| number(dir, "cpuacct.usage")).unwrap_or(0),
        cpu_throttled_ns: cpu
            .and_then(|dir| keyed(dir, "cpu.stat", "throttled_time"))
            .unwrap_or(0),
        memory_bytes: held.saturating_sub(in_memory("memory.stat", "total_inactive_file")),
        memory_limit_bytes: limit.filter(|limit| *limit < NO_LIMIT),
        oom_kills: in_memory("memory.oom_control", "oom_kill"),
        pids: 0,
    }
}

fn version_2(cpu: Option<&Path>, memory: Option<&Path>) -> Counters {
    let time_us = |key| cpu.and_then(|dir| keyed(dir, "cpu.stat", key)).unwrap_or(0);
    let in_memory = |file, key| memory.and_then(|dir| keyed(dir, file, key)).unwrap_or(0);
    let held = memory.and_then(|dir| number(dir, "memory.current")).unwrap_or(0);
    Counters {
        cpu_ns: time_us("usage_usec") * 1_000,
        cpu_throttled_ns: time_us("throttled_usec") * 1_000,
        memory_bytes: held.saturating_sub(in_memory("memory.stat", "inactive_file")),
        memory_limit_bytes: memory.and_then(|dir| number(dir, "memory.max")),
        oom_kills: in_memory("memory.events", "oom_kill"),
        pids: 0,
    }
}

fn number(dir: &Path, file: &str) -> Option<u64> {
    fs::read_to_string(dir.join(file)).ok()?.trim().parse().ok()
}

fn keyed(dir: &Path, file: &str, key: &str) -> Option<u64> {
    let text = fs::read_to_string(dir.join(file)).ok()?;
    text.lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok())
}

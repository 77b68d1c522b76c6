//! What a group may use, written as either version wants it.

use std::fs;
use std::io;
use std::path::Path;

use super::{CgroupError, Hierarchies, Version, at};

/// The period over which processor time is handed out, in microseconds.
const PERIOD_US: u64 = 100_000;

/// What a group may use. Nothing named means no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Its weight against others when the processors are busy, in thousandths of a core.
    pub cpu_weight_millis: u64,
    /// At most so many thousandths of a core.
    pub cpu_millis: Option<u64>,
    /// At most so many bytes of memory; no swap beyond it, so that the limit is one number.
    pub memory_bytes: Option<u64>,
    /// At most so many processes and threads.
    pub pids: Option<u64>,
}

// === impl Limits ===

impl Limits {
    pub(super) fn apply(&self, hierarchies: &Hierarchies, group: &str) -> Result<(), CgroupError> {
        let files = match hierarchies.version() {
            Version::V1 => self.version_1(),
            Version::V2 => self.version_2(),
        };
        for setting in files {
            if let Some(dir) = hierarchies.directory(group, setting.controller) {
                setting.write(&dir)?;
            }
        }
        Ok(())
    }

    /// Shares as version 1 counts them: 1,024 for a core.
    fn shares(&self) -> u64 {
        (self.cpu_weight_millis * 1_024 / 1_000).clamp(2, 262_144)
    }

    fn quota_us(&self) -> Option<u64> {
        self.cpu_millis
            .map(|millis| (millis * PERIOD_US / 1_000).max(1_000))
    }

    fn version_1(&self) -> Vec<Setting> {
        let number = |value: Option<u64>| value.map_or_else(|| "-1".to_owned(), |value| value.to_string());
        let any = |value: Option<u64>| value.map_or_else(|| "max".to_owned(), |value| value.to_string());
        vec![
            Setting::new("cpu", "cpu.shares", self.shares().to_string()),
            Setting::new("cpu", "cpu.cfs_period_us", PERIOD_US.to_string()),
            Setting::new("cpu", "cpu.cfs_quota_us", number(self.quota_us())),
            // First, so that a lowered limit goes below the sum with swap; a raised one is refused
            // here and comes after the sum, which is absent where swap is not accounted.
            Setting::new("memory", "memory.limit_in_bytes", number(self.memory_bytes)).optional(),
            Setting::new("memory", "memory.memsw.limit_in_bytes", number(self.memory_bytes)).optional(),
            Setting::new("memory", "memory.limit_in_bytes", number(self.memory_bytes)),
            Setting::new("pids", "pids.max", any(self.pids)),
        ]
    }

    fn version_2(&self) -> Vec<Setting> {
        let any = |value: Option<u64>| value.map_or_else(|| "max".to_owned(), |value| value.to_string());
        // The kernel's own mapping of shares (2..=262144) to weights (1..=10000).
        let weight = 1 + (self.shares() - 2) * 9_999 / 262_142;
        let no_swap = self.memory_bytes.map_or("max", |_| "0").to_owned();
        vec![
            Setting::new("cpu", "cpu.weight", weight.to_string()),
            Setting::new("cpu", "cpu.max", format!("{} {PERIOD_US}", any(self.quota_us()))),
            Setting::new("memory", "memory.max", any(self.memory_bytes)),
            Setting::new("memory", "memory.swap.max", no_swap).optional(),
            Setting::new("pids", "pids.max", any(self.pids)),
        ]
    }
}

/// One value in one file.
#[derive(Debug, PartialEq, Eq)]
struct Setting {
    controller: &'static str,
    file: &'static str,
    value: String,
    optional: bool,
}

// === impl Setting ===

impl Setting {
    fn new(controller: &'static str, file: &'static str, value: String) -> Self {
        Self {
            controller,
            file,
            value,
            optional: false,
        }
    }

    fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    fn write(&self, dir: &Path) -> Result<(), CgroupError> {
        let path = dir.join(self.file);
        match fs::OpenOptions::new()
            .write(true)
            .open(&path)
            .and_then(|mut file| io::Write::write_all(&mut file, self.value.as_bytes()))
        {
            Err(_) if self.optional => Ok(()),
            // The controller is not enabled here; the caller was told.
            Err(error) if error.kind() == io::ErrorKind::NotFound && dir.is_dir() => Ok(()),
            other => other.map_err(at("limit", &path)),
        }
    }
}

#[cfg(test)]
mod tests;

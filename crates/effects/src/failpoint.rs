//! Fail points: where a test may end the process around an effect.
//!
//! - `TOFT_FAILPOINT_RECORD=FILE` appends one line `N EFFECT SUBJECT` for each effect, in order.
//! - `TOFT_FAILPOINT=WHEN:EFFECT:N` (`before:mount.overlay:1`) ends the process with `SIGKILL`
//!   at the N-th passage of that effect. `WHEN:#:N` counts all effects together.
//!
//! A killed process runs no destructor and flushes nothing, as in a real crash. Without these
//! variables a passage costs two atomic additions.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// The fail points of one process.
#[derive(Debug, Default)]
pub struct FailPoints {
    total: AtomicU64,
    counts: Mutex<HashMap<&'static str, u64>>,
    record: Option<Mutex<File>>,
    trap: Option<Trap>,
}

/// The one passage at which the process ends.
#[derive(Debug, PartialEq, Eq)]
struct Trap {
    before: bool,
    effect: String,
    nth: u64,
}

// === impl FailPoints ===

impl FailPoints {
    pub(crate) fn from_env() -> Self {
        let record = std::env::var_os("TOFT_FAILPOINT_RECORD")
            .and_then(|path| File::options().create(true).append(true).open(path).ok())
            .map(Mutex::new);
        let trap = std::env::var("TOFT_FAILPOINT")
            .ok()
            .as_deref()
            .and_then(Trap::parse);
        Self {
            record,
            trap,
            ..Self::default()
        }
    }

    pub(crate) fn before(&self, effect: &'static str, subject: &str) {
        let total = self.total.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(record) = &self.record
            && let Ok(mut file) = record.lock()
        {
            // A record that cannot be written fails the test that reads it, not the daemon.
            let _ = writeln!(file, "{total} {effect} {subject}");
        }
        if self.trap.is_some() {
            if let Ok(mut counts) = self.counts.lock() {
                *counts.entry(effect).or_default() += 1;
            }
            self.spring(true, effect);
        }
    }

    pub(crate) fn after(&self, effect: &'static str, _subject: &str) {
        if self.trap.is_some() {
            self.spring(false, effect);
        }
    }

    fn spring(&self, before: bool, effect: &'static str) {
        let Some(trap) = &self.trap else { return };
        let passed = self
            .counts
            .lock()
            .map_or(0, |counts| counts.get(effect).copied().unwrap_or(0));
        if trap.hits(before, effect, passed, self.total.load(Ordering::Relaxed)) {
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
    }
}

// === impl Trap ===

impl Trap {
    fn parse(text: &str) -> Option<Self> {
        let (when, rest) = text.split_once(':')?;
        let (effect, nth) = rest.rsplit_once(':')?;
        let before = match when {
            "before" => true,
            "after" => false,
            _ => return None,
        };
        Some(Self {
            before,
            effect: effect.to_owned(),
            nth: nth.parse().ok()?,
        })
    }

    fn hits(&self, before: bool, effect: &str, passed: u64, total: u64) -> bool {
        let count = if self.effect == "#" { total } else { passed };
        self.before == before && (self.effect == "#" || self.effect == effect) && count == self.nth
    }
}

#[cfg(test)]
mod tests;

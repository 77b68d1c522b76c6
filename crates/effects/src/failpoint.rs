//! Fail points: where a test may end the process around an effect.
//!
//! - `TOFT_FAILPOINT_RECORD=FILE` appends one line `N EFFECT SUBJECT` for each effect, in order.
//! - `TOFT_FAILPOINT=WHEN:EFFECT:N` (`before:mount.overlay:1`) ends the process with `SIGKILL`
//!   at the N-th passage of that effect. `WHEN:#:N` counts all effects together.
//! - `TOFT_FAILPOINT_FILE=FILE` takes the same words from a file, which may appear, change and
//!   vanish while the process runs: it counts from when it read them. So a test can arm a trap in
//!   a daemon that has started and is at rest.
//!
//! The passage that ends the process is appended to the record as `! WHEN N EFFECT SUBJECT`. A
//! killed process runs no destructor and flushes nothing, as in a real crash. Without these
//! variables a passage costs an atomic addition.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// The fail points of one process.
#[derive(Debug, Default)]
pub struct FailPoints {
    total: AtomicU64,
    record: Option<Mutex<File>>,
    armed: Option<Mutex<Armed>>,
}

/// A trap, and how much has passed since it was laid.
#[derive(Debug, Default)]
struct Armed {
    /// Where its words come from, when they may change.
    file: Option<PathBuf>,
    words: String,
    trap: Option<Trap>,
    total: u64,
    counts: HashMap<&'static str, u64>,
}

/// The one passage at which the process ends.
#[derive(Debug, PartialEq, Eq)]
struct Trap {
    before: bool,
    effect: String,
    nth: u64,
}

/// One effect on its way through the door.
pub(crate) struct Passage<'a> {
    effect: &'static str,
    subject: &'a str,
    /// Whether the process ends when it is through.
    last: bool,
    total: u64,
}

// === impl FailPoints ===

impl FailPoints {
    pub(crate) fn from_env() -> Self {
        let record = std::env::var_os("TOFT_FAILPOINT_RECORD")
            .and_then(|path| File::options().create(true).append(true).open(path).ok())
            .map(Mutex::new);
        let file = std::env::var_os("TOFT_FAILPOINT_FILE").map(PathBuf::from);
        let words = std::env::var("TOFT_FAILPOINT").unwrap_or_default();
        let armed = (file.is_some() || !words.is_empty()).then(|| {
            Mutex::new(Armed {
                trap: Trap::parse(&words),
                file,
                words,
                ..Armed::default()
            })
        });
        Self {
            total: AtomicU64::new(0),
            record,
            armed,
        }
    }

    pub(crate) fn before<'a>(&self, effect: &'static str, subject: &'a str) -> Passage<'a> {
        let total = self.total.fetch_add(1, Ordering::Relaxed) + 1;
        self.note(format_args!("{total} {effect} {subject}"));
        let mut passage = Passage {
            effect,
            subject,
            last: false,
            total,
        };
        if let Some(armed) = &self.armed {
            let mut armed = armed.lock().unwrap_or_else(PoisonError::into_inner);
            match armed.pass(effect) {
                Some(true) => self.end("before", &passage),
                Some(false) => passage.last = true,
                None => {}
            }
        }
        passage
    }

    pub(crate) fn after(&self, passage: &Passage<'_>) {
        if passage.last {
            self.end("after", passage);
        }
    }

    fn note(&self, line: std::fmt::Arguments<'_>) {
        if let Some(record) = &self.record
            && let Ok(mut file) = record.lock()
        {
            // In one piece, as other processes may append too. One that cannot be written fails
            // the test that reads it, not the daemon.
            let _ = file.write_all(format!("{line}\n").as_bytes());
        }
    }

    fn end(&self, when: &str, passage: &Passage<'_>) {
        let Passage {
            effect,
            subject,
            total,
            ..
        } = passage;
        self.note(format_args!("! {when} {total} {effect} {subject}"));
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

// === impl Armed ===

impl Armed {
    /// Counts a passage; says whether the process ends before it, after it, or not at all.
    fn pass(&mut self, effect: &'static str) -> Option<bool> {
        self.read();
        let trap = self.trap.as_ref()?;
        self.total += 1;
        let count = self.counts.entry(effect).or_default();
        *count += 1;
        trap.hits(effect, *count, self.total).then_some(trap.before)
    }

    fn read(&mut self) {
        let Some(file) = &self.file else { return };
        let words = std::fs::read_to_string(file).unwrap_or_default();
        if words != self.words {
            *self = Self {
                file: self.file.take(),
                trap: Trap::parse(words.trim()),
                words,
                ..Self::default()
            };
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

    fn hits(&self, effect: &str, passed: u64, total: u64) -> bool {
        match self.effect.as_str() {
            "#" => total == self.nth,
            name => name == effect && passed == self.nth,
        }
    }
}

#[cfg(test)]
mod tests;

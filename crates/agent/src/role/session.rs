//! What terminals and commands have in common: a name, and an end that is kept until it was told.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// How long the end of a session is kept for somebody to ask.
const UNTOLD: Duration = Duration::from_mins(10);
/// How long when it was told: long enough for the one who was told to fall over and ask again.
const TOLD: Duration = Duration::from_mins(1);

/// How a session ended, if it did, and whether anybody was told.
#[derive(Debug, Default)]
pub struct Ending {
    code: Cell<Option<i32>>,
    at: Cell<Option<Instant>>,
    told: Cell<bool>,
}

// === impl Ending ===

impl Ending {
    /// Notes the end.
    pub fn set(&self, code: i32) {
        self.code.set(Some(code));
        self.at.set(Some(Instant::now()));
    }

    /// The exit code, once it has ended.
    pub fn code(&self) -> Option<i32> {
        self.code.get()
    }

    /// Notes that a client was told.
    pub fn tell(&self) {
        if !self.told.replace(true) {
            self.at.set(Some(Instant::now()));
        }
    }

    /// Since when it could be forgotten, for choosing among several.
    pub fn rank(&self) -> Option<(bool, Instant)> {
        self.at.get().map(|at| (!self.told.get(), at))
    }

    /// Whether nobody will ask for it any more.
    pub fn is_over(&self, now: Instant) -> bool {
        let keep = if self.told.get() { TOLD } else { UNTOLD };
        self.code().is_some() && self.at.get().is_some_and(|at| now.duration_since(at) >= keep)
    }
}

/// A new random name.
pub fn name() -> String {
    let mut bytes = [0_u8; 8];
    // SAFETY: the buffer is valid for its length.
    let got = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    if got != 8 {
        // Names need not be secret, only different.
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        bytes = u64::try_from(now.as_nanos() & u128::from(u64::MAX))
            .unwrap_or(0)
            .to_be_bytes();
    }
    format!("{:016x}", u64::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests;

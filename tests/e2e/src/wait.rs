//! Waiting for a condition, never for a time.

use std::time::{Duration, Instant};

/// How long anything may take on a slow, shared machine before a test gives up.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// Tries until `check` gives something; panics with `what` when patience ends.
pub fn eventually<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = check() {
            return found;
        }
        assert!(Instant::now() < deadline, "never happened: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

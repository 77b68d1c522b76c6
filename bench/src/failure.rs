//! How a measurement fails: one sentence that says what failed on what.

/// Why something could not be measured.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

/// Adds what was being done to a foreign error.
pub trait Context<T> {
    /// `doing` reads as in “failed to {doing}”.
    fn context(self, doing: impl FnOnce() -> String) -> Result<T, Failure>;
}

// === impl Failure ===

impl Failure {
    /// `message` is lower-case and says what failed on what.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl<T, E: std::fmt::Display> Context<T> for Result<T, E> {
    fn context(self, doing: impl FnOnce() -> String) -> Result<T, Failure> {
        self.map_err(|error| Failure(format!("failed to {}: {error}", doing())))
    }
}

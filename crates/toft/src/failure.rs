//! How a verb fails: one line that says what failed on what, one that says what to do.

use std::process::ExitCode;

use toft_model::cause::chain;

/// Exit code of a verb that did not get what it was to do done.
const FAILED: u8 = 1;
/// Exit code of a `--wait` whose time ran out; what was asked goes on.
const TIMED_OUT: u8 = 4;
/// Exit code of a verb that was interrupted, as shells have it for Ctrl-C.
const INTERRUPTED: u8 = 130;

/// Why a verb failed.
#[derive(Debug)]
pub struct Failure {
    message: String,
    hint: Option<String>,
    code: u8,
    /// Nobody answered: there was no way to the daemon, or it broke off.
    unanswered: bool,
}

/// What every verb returns.
pub type Outcome<T> = Result<T, Failure>;

// === impl Failure ===

impl Failure {
    /// `message` is lower-case and says what failed on what.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            code: FAILED,
            unanswered: false,
        }
    }

    /// What to do about it; a command to copy where there is one.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A wait that ran out of time.
    #[must_use]
    pub fn timed_out(mut self) -> Self {
        self.code = TIMED_OUT;
        self
    }

    /// Ctrl-C ended it.
    #[must_use]
    pub fn interrupted(mut self) -> Self {
        self.code = INTERRUPTED;
        self
    }

    /// There was no way to the daemon, or it broke off: it may be restarting.
    #[must_use]
    pub fn unanswered(mut self) -> Self {
        self.unanswered = true;
        self
    }

    /// Whether it may be that the daemon is restarting.
    pub fn is_unanswered(&self) -> bool {
        self.unanswered
    }

    /// Whether a daemon that was there broke off before it answered: to who finds none a way is said.
    pub fn broke_off(&self) -> bool {
        self.unanswered && self.hint.is_none()
    }

    /// What to do when the daemon broke off before it answered a change, so that nobody knows
    /// whether it was made.
    #[must_use]
    pub fn if_unanswered(self, hint: impl FnOnce() -> String) -> Self {
        if self.broke_off() {
            return self.hint(hint());
        }
        self
    }

    /// Ends the process with another code than 1.
    #[must_use]
    pub fn code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }

    /// Puts what was being done before the message.
    #[must_use]
    pub fn while_doing(mut self, doing: &str) -> Self {
        self.message = format!("{doing}: {}", self.message);
        self
    }

    /// Writes it to standard error.
    pub fn print(&self) {
        crate::output::error(&self.message, self.hint.as_deref());
    }

    /// What the process ends with.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Adds what was being done to a foreign error.
pub trait Context<T> {
    /// `doing` reads as in “failed to {doing}”.
    fn context(self, doing: impl FnOnce() -> String) -> Outcome<T>;
}

impl<T, E: std::error::Error> Context<T> for Result<T, E> {
    fn context(self, doing: impl FnOnce() -> String) -> Outcome<T> {
        self.map_err(|error| Failure::new(format!("failed to {}: {}", doing(), chain(&error))))
    }
}

//! The person's terminal: raw while a command has it, and as it was afterwards.

use std::io::IsTerminal;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

use crate::failure::{Context, Failure, Outcome};

/// Standard input in raw mode until dropped.
pub struct RawTerminal {
    before: Termios,
}

// === impl RawTerminal ===

impl RawTerminal {
    /// # Errors
    /// Standard input is no terminal.
    pub fn enter() -> Outcome<Self> {
        let stdin = std::io::stdin();
        if !stdin.is_terminal() {
            return Err(Failure::new("-t needs a terminal on standard input")
                .hint("leave -t out when input comes from a pipe or file"));
        }
        let before = tcgetattr(&stdin).context(|| "read the terminal's mode".to_owned())?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(&stdin, OptionalActions::Now, &raw).context(|| "set the terminal's mode".to_owned())?;
        Ok(Self { before })
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.before);
    }
}

/// Columns and rows, where standard input is a terminal.
pub fn size() -> Option<(u16, u16)> {
    let size = tcgetwinsize(std::io::stdin()).ok()?;
    Some((size.ws_col, size.ws_row))
}

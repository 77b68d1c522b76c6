//! Messages of terminals and commands: sessions that outlive their connections.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Opens a terminal, or attaches to one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OpenTerminal {
    /// The terminal to attach to; a new one if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// How much of its output the client has; everything is painted anew if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Columns; 0 leaves the size as it is (80 for a new one).
    pub cols: u16,
    /// Rows; 0 leaves the size as it is (24 for a new one).
    pub rows: u16,
    /// What runs in a new one; the user's login shell if empty.
    pub command: Vec<String>,
    /// Where; the user's home if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Added to the user's environment.
    pub env: BTreeMap<String, String>,
    /// As whom; the workspace's user if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// What a client tells a terminal, beside the data typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToTerminal {
    /// The client's window has another size.
    Resize {
        /// Columns.
        cols: u16,
        /// Rows.
        rows: u16,
    },
    /// Something of a later version.
    #[serde(other)]
    Unknown,
}

/// What a terminal tells its client, beside its output. [`FromTerminal::Attached`] is the reply, and
/// comes again when the client was too slow and the screen is painted anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromTerminal {
    /// Where the output that follows stands.
    Attached {
        /// The terminal.
        session: String,
        /// The offset of the next byte of output.
        offset: u64,
        /// Whether the client's screen must be reset first.
        reset: bool,
        /// How many bytes of repaint come before the output; they do not count in the offset.
        #[serde(default)]
        repaint: u64,
    },
    /// What ran in it has ended, and no output follows.
    Exit {
        /// Its exit code, 128 + n when killed by signal n.
        code: i32,
    },
    /// Something of a later version.
    #[serde(other)]
    Unknown,
}

/// A terminal that lives, or has ended untold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalInfo {
    /// Its name for attaching.
    pub session: String,
    /// What the program inside calls its window.
    pub title: String,
    /// What runs in it.
    pub command: Vec<String>,
    /// Columns.
    pub cols: u16,
    /// Rows.
    pub rows: u16,
    /// Connections attached.
    pub clients: u32,
    /// Seconds since it was opened.
    pub age_s: u64,
    /// Seconds since its last output.
    pub idle_s: u64,
    /// How it ended, if it did.
    #[serde(default)]
    pub exit_code: Option<i32>,
}

/// Runs a command, or attaches to one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ExecRequest {
    /// The session to attach to; a new one if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// When attaching: how much of standard output (or of the terminal) the client has.
    pub stdout: u64,
    /// When attaching: how much of standard error the client has.
    pub stderr: u64,
    /// Program and arguments.
    pub command: Vec<String>,
    /// Added to the user's environment.
    pub env: BTreeMap<String, String>,
    /// Where; the user's home if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// As whom; the workspace's user if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// On a terminal: one stream instead of three.
    pub tty: bool,
    /// Columns of that terminal.
    pub cols: u16,
    /// Rows of that terminal.
    pub rows: u16,
    /// Whether standard input is open; else it is empty.
    pub stdin: bool,
    /// For how many seconds the command goes on without a client before it is hung up; a day if
    /// absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_s: Option<u64>,
}

/// The reply to an [`ExecRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecStarted {
    /// Its name for attaching.
    pub session: String,
    /// The offset of the next byte of standard output.
    #[serde(default)]
    pub stdout: u64,
    /// The offset of the next byte of standard error.
    #[serde(default)]
    pub stderr: u64,
    /// How many bytes of standard input have arrived, over all connections.
    #[serde(default)]
    pub stdin: u64,
    /// How many of those have gone to the command.
    #[serde(default)]
    pub stdin_consumed: u64,
    /// How many bytes of standard input may be on their way beyond those consumed.
    #[serde(default)]
    pub stdin_window: u64,
}

/// What a client tells a command, beside its standard input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToExec {
    /// Output up to here will not be asked for again.
    Ack {
        /// Of standard output.
        stdout: u64,
        /// Of standard error.
        stderr: u64,
    },
    /// A signal for the command's process group.
    Signal {
        /// Which.
        signal: Signal,
    },
    /// Another size of its terminal.
    Resize {
        /// Columns.
        cols: u16,
        /// Rows.
        rows: u16,
    },
    /// Something of a later version.
    #[serde(other)]
    Unknown,
}

/// What a command tells its client, beside its output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromExec {
    /// Standard input up to here has gone to the command.
    Stdin {
        /// In bytes since its start.
        consumed: u64,
    },
    /// It has ended, and all its output is sent.
    Exit {
        /// Its exit code, 128 + n when killed by signal n.
        code: i32,
    },
    /// Something of a later version.
    #[serde(other)]
    Unknown,
}

/// A signal by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Signal {
    /// The terminal is gone.
    Hup,
    /// Ctrl-C.
    Int,
    /// Ctrl-\.
    Quit,
    /// At once.
    Kill,
    /// Please.
    Term,
    /// For the program's own use.
    Usr1,
    /// For the program's own use.
    Usr2,
    /// Pause.
    Stop,
    /// Ctrl-Z.
    Tstp,
    /// Go on.
    Cont,
    /// The window's size has changed.
    Winch,
}

// === impl Signal ===

impl Signal {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Hup,
        Self::Int,
        Self::Quit,
        Self::Kill,
        Self::Term,
        Self::Usr1,
        Self::Usr2,
        Self::Stop,
        Self::Tstp,
        Self::Cont,
        Self::Winch,
    ];

    /// The number that the kernel knows it by.
    pub const fn number(self) -> i32 {
        match self {
            Self::Hup => libc::SIGHUP,
            Self::Int => libc::SIGINT,
            Self::Quit => libc::SIGQUIT,
            Self::Kill => libc::SIGKILL,
            Self::Term => libc::SIGTERM,
            Self::Usr1 => libc::SIGUSR1,
            Self::Usr2 => libc::SIGUSR2,
            Self::Stop => libc::SIGSTOP,
            Self::Tstp => libc::SIGTSTP,
            Self::Cont => libc::SIGCONT,
            Self::Winch => libc::SIGWINCH,
        }
    }

    /// The signal of a name such as `INT`, `int` or `SIGINT`, or of a number.
    pub fn parse(name: &str) -> Option<Self> {
        let upper = name.to_ascii_uppercase();
        let short = upper.strip_prefix("SIG").unwrap_or(&upper);
        Self::ALL.into_iter().find(|signal| {
            short == format!("{signal:?}").to_ascii_uppercase() || short.parse() == Ok(signal.number())
        })
    }
}

//! What the frames say: the messages of version 1.
//!
//! One connection is one operation. The client's first frame is a control frame with a [`Hello`],
//! the agent answers with a control frame holding a [`Reply`]; what follows depends on the operation.
//!
//! # Compatibility
//! A workspace keeps the agent that it was started with, and the daemon is upgraded around it. So
//! within version 1: fields may be added and both sides ignore those they do not know; a missing
//! field has a default; nothing is renamed, retyped or removed; new operations, frame kinds and
//! event types may be added, readers skip unknown kinds and types, and an unknown operation is refused
//! with the list of known ones. What cannot be said that way becomes version 2, which an agent speaks
//! *beside* version 1. `tests/golden.rs` holds the bytes of version 1 as first released.

use serde::{Deserialize, Serialize};

mod apps;
mod files;
mod sessions;

pub use apps::{AppSpec, AppState, AppStatus, Apps, ReadyCheck, Restart};
pub use files::{EntryKind, FileEntry, FilePage, TarSummary, WriteRequest};
pub use sessions::{
    ExecRequest, ExecStarted, FromExec, FromTerminal, OpenTerminal, Signal, TerminalInfo, ToExec, ToTerminal,
};

/// The version that this crate's client speaks.
pub const VERSION: u32 = 1;
/// The versions that this crate's agent answers.
pub const VERSIONS: &[u32] = &[1];

/// The first frame of every connection.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hello {
    /// The protocol's version.
    pub v: u32,
    /// The operation and its arguments.
    #[serde(flatten)]
    pub op: Op,
}

/// An operation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Op {
    /// Who the agent is.
    Info,
    /// What goes on in the workspace.
    Activity,
    /// Which ports something listens on.
    Ports,
    /// Makes the supervised apps those in the list.
    Configure {
        /// The apps.
        apps: Vec<AppSpec>,
    },
    /// The state of the apps, at once or when it is no longer that of `after`.
    Apps {
        /// A revision that the client knows.
        #[serde(default)]
        after: Option<u64>,
        /// How long to wait for a change.
        #[serde(default)]
        wait_ms: u64,
    },
    /// An app's output.
    Logs {
        /// Which app.
        app: String,
        /// Whether to go on with what comes.
        #[serde(default)]
        follow: bool,
        /// From which byte on; the oldest kept if that is gone.
        #[serde(default)]
        offset: u64,
    },
    /// Opens or attaches to a terminal.
    Terminal(OpenTerminal),
    /// The terminals that live.
    Terminals,
    /// Ends a terminal and what runs in it.
    CloseTerminal {
        /// Which.
        session: String,
    },
    /// Runs a command, or attaches to one that runs.
    Exec(Box<ExecRequest>),
    /// About one file.
    Stat(PathArgs),
    /// One page of a directory.
    List {
        /// Which directory.
        #[serde(flatten)]
        at: PathArgs,
        /// The name after which the page begins.
        #[serde(default)]
        after: Option<String>,
    },
    /// Reads a file.
    Read {
        /// Which file.
        #[serde(flatten)]
        at: PathArgs,
        /// From which byte on.
        #[serde(default)]
        offset: u64,
        /// At most so many bytes.
        #[serde(default)]
        length: Option<u64>,
    },
    /// Writes a file, whole or not at all.
    Write(WriteRequest),
    /// Makes a directory and those above it.
    Mkdir {
        /// Which directory.
        #[serde(flatten)]
        at: PathArgs,
        /// The mode of those that are made.
        #[serde(default)]
        mode: Option<u32>,
    },
    /// Removes a file or a directory.
    Remove {
        /// What.
        #[serde(flatten)]
        at: PathArgs,
        /// With all that is in it.
        #[serde(default)]
        recursive: bool,
    },
    /// Renames.
    Rename {
        /// What.
        #[serde(flatten)]
        at: PathArgs,
        /// Its new path.
        to: String,
    },
    /// Packs a file or directory.
    TarOut(PathArgs),
    /// Unpacks into a directory.
    TarIn(PathArgs),
    /// Turns this connection into one to a port inside.
    Connect {
        /// Which port.
        port: u16,
    },
    /// Ends everything.
    Shutdown {
        /// How long programs get to end by themselves.
        grace_ms: u64,
    },
}

/// The names of all operations, told to who asks for another.
pub const OPS: &[&str] = &[
    "info",
    "activity",
    "ports",
    "configure",
    "apps",
    "logs",
    "terminal",
    "terminals",
    "close_terminal",
    "exec",
    "stat",
    "list",
    "read",
    "write",
    "mkdir",
    "remove",
    "rename",
    "tar_out",
    "tar_in",
    "connect",
    "shutdown",
];

/// A path and on whose behalf it is touched.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PathArgs {
    /// Absolute, or relative to the user's home.
    pub path: String,
    /// A name or number; the workspace's user if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// The answer to a [`Hello`], and the last word of a transfer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply<T> {
    /// Done, or begun.
    Ok(T),
    /// Not done, and why.
    Error(Refusal),
}

/// An empty answer, `{}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {}

/// Why an operation was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// For programs.
    pub code: Code,
    /// For people.
    pub message: String,
    /// With [`Code::Unsupported`]: what would have been understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supported: Option<Supported>,
}

/// Why, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// A version or operation that this agent does not know.
    Unsupported,
    /// Arguments that make no sense.
    Invalid,
    /// No such session, app, user, file or program.
    NotFound,
    /// The user inside may not do that.
    Denied,
    /// Something of that name is there already, or is not empty.
    Exists,
    /// Nothing listens there.
    Refused,
    /// A bound of the agent's is reached.
    Exhausted,
    /// Anything else.
    #[serde(other)]
    Failed,
}

/// What an agent understands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supported {
    /// Versions.
    pub versions: Vec<u32>,
    /// Operations.
    pub ops: Vec<String>,
}

/// Who the agent is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {
    /// Toft's version when the agent was started.
    pub version: String,
    /// The protocol's versions that it answers.
    pub protocols: Vec<u32>,
    /// Random, new at every start of the agent: sessions of another instance are gone.
    pub instance: String,
    /// Its process id inside.
    pub pid: u32,
    /// Seconds since it started.
    pub uptime_s: u64,
    /// The workspace's user.
    pub user: String,
    /// That user's home.
    pub home: String,
}

/// Figures about what goes on; what follows from them is decided elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// Seconds since somebody typed into a terminal.
    pub terminal_input_s: Option<u64>,
    /// Seconds since a terminal showed something.
    pub terminal_output_s: Option<u64>,
    /// Terminals that live.
    pub terminals: u32,
    /// Connections attached to terminals.
    pub terminal_clients: u32,
    /// Commands of `exec` that run.
    pub execs: u32,
    /// Connections open to ports inside.
    pub port_connections: u32,
    /// Bytes that went through connections to ports, both ways.
    pub port_bytes: u64,
    /// Processor time of everything inside, in milliseconds.
    pub cpu_ms: u64,
    /// Bytes read from and written to storage by everything that runs inside.
    pub io_bytes: u64,
}

/// A port that something listens on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Port {
    /// Its number.
    pub port: u16,
    /// Whether only loopback addresses are bound.
    pub loopback: bool,
}

/// Where a stream of bytes begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamStart {
    /// The offset of its first byte.
    pub offset: u64,
}

// === impl Refusal ===

impl Refusal {
    /// A refusal with a message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            supported: None,
        }
    }
}

/// Reads a [`Hello`], telling an unknown version or operation apart from a malformed one.
pub fn parse_hello(payload: &[u8]) -> Result<Op, Refusal> {
    #[derive(Deserialize)]
    struct Head {
        v: u32,
        op: String,
    }
    let invalid = |error: serde_json::Error| {
        Refusal::new(Code::Invalid, format!("failed to read the request: {error}"))
    };
    let head: Head = serde_json::from_slice(payload).map_err(invalid)?;
    let unsupported = |what: String| Refusal {
        code: Code::Unsupported,
        message: format!(
            "{what} is not supported by this agent (Toft {})",
            env!("CARGO_PKG_VERSION")
        ),
        supported: Some(Supported {
            versions: VERSIONS.to_vec(),
            ops: OPS.iter().map(ToString::to_string).collect(),
        }),
    };
    if !VERSIONS.contains(&head.v) {
        return Err(unsupported(format!("protocol version {}", head.v)));
    }
    if !OPS.contains(&head.op.as_str()) {
        return Err(unsupported(format!(
            "operation {:?}",
            head.op.chars().take(40).collect::<String>()
        )));
    }
    serde_json::from_slice::<Hello>(payload)
        .map(|hello| hello.op)
        .map_err(invalid)
}

#[cfg(test)]
mod tests;

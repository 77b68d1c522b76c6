//! Messages about apps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An app to supervise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppSpec {
    /// Its name in the workspace.
    pub name: String,
    /// Program and arguments.
    pub command: Vec<String>,
    /// The port that it listens on, handed to it as `PORT`.
    #[serde(default)]
    pub port: Option<u16>,
    /// Added to the user's environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Where it runs; the user's home if absent.
    #[serde(default)]
    pub cwd: Option<String>,
    /// As whom; the workspace's user if absent.
    #[serde(default)]
    pub user: Option<String>,
    /// When it is started again.
    #[serde(default)]
    pub restart: Restart,
    /// How to tell that it is ready; a running process is, if absent.
    #[serde(default)]
    pub ready: Option<ReadyCheck>,
}

/// When an app is started again after it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// However it ended.
    #[default]
    Always,
    /// When it ended with an error.
    OnFailure,
    /// Never.
    Never,
}

/// How to tell that an app is ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadyCheck {
    /// A connection to the port is accepted.
    Tcp {
        /// Which port.
        port: u16,
    },
    /// A request is answered with a status below 500.
    Http {
        /// Which port.
        port: u16,
        /// Which path.
        path: String,
    },
    /// The same at a unix socket.
    Unix {
        /// Where it is inside.
        socket: String,
        /// Which path is asked for; a connection that is accepted is enough, if absent.
        path: Option<String>,
    },
}

/// The apps and what they are at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Apps {
    /// Grows with every change.
    pub revision: u64,
    /// In the order of their configuration.
    pub apps: Vec<AppStatus>,
}

/// What an app is at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppStatus {
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: AppState,
    /// Why, in a few words; empty when there is nothing to say.
    #[serde(default)]
    pub reason: String,
    /// Its process, while there is one.
    #[serde(default)]
    pub pid: Option<u32>,
    /// How it last ended.
    #[serde(default)]
    pub exit_code: Option<i32>,
    /// How often it was started again.
    #[serde(default)]
    pub restarts: u32,
    /// Seconds in this state.
    #[serde(default)]
    pub since_s: u64,
}

/// The state of an app.
///
/// ```text
/// starting ──check passes──▶ ready ──ends──▶ failed ──backoff──▶ starting
///     └────────ends────────────┴──────────▶ exited (not started again)
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppState {
    /// Started, not ready.
    Starting,
    /// Ready.
    Ready,
    /// Ended or could not be started; will be started again.
    Failed,
    /// Ended and will stay so.
    Exited,
    /// A state that this version does not know.
    #[serde(other)]
    Unknown,
}

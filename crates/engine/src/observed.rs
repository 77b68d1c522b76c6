//! What is, as far as the planner needs to know.

use jiff::Timestamp;
use toft_model::template::AppKind;
use toft_model::workspace::AppStatus;

/// Everything observed about one workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Each is a fact of its own; any combination can be met.
pub struct Observed {
    /// Whether room on the host is reserved for it.
    pub admitted: bool,
    /// Its image.
    pub image: ImageView,
    /// Whether its home exists.
    pub volume: bool,
    /// Whether it is connected to its owner's network.
    pub network: bool,
    /// Whether anything of that connection is there: its cable goes with its sandbox, rules and
    /// name do not.
    pub network_traces: bool,
    /// Its sandbox.
    pub sandbox: SandboxView,
    /// Whether its agent answers; only asked where the sandbox runs.
    pub agent: bool,
    /// Its apps; only asked where the agent answers.
    pub apps: AppsView,
    /// Whether addresses and ids are allocated to it.
    pub allocated: bool,
    /// Whether what runs is held to the limits that its spec says by now.
    pub fitted: bool,
    /// Whether a restore that was asked for was done.
    pub restored: bool,
    /// The last step that failed, while it is to be waited for or given up.
    pub failed: Option<Attempt>,
}

/// An image, seen from a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageView {
    /// Not there and not on its way.
    Absent,
    /// On its way.
    Preparing {
        /// What is being done.
        message: String,
        /// How much of it.
        percent: Option<u8>,
    },
    /// There.
    Ready,
    /// The last try failed, and it is too early for another.
    Failed {
        /// Why.
        message: String,
        /// When it is tried again.
        until: Timestamp,
    },
}

/// A sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SandboxView {
    /// Nothing of it is there.
    Absent,
    /// Its files are there; it does not run.
    Stopped,
    /// It runs.
    Running {
        /// Since when.
        started_at: Timestamp,
    },
    /// It ended by itself.
    Exited {
        /// How.
        message: String,
        /// Whether it ever ran: a start that was cut off left it like this, too.
        started: bool,
    },
}

/// The apps of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppsView {
    /// Not those of the template, or not asked.
    Unconfigured,
    /// Configured; how they are.
    Configured {
        /// Each of them.
        apps: Vec<AppStatus>,
        /// Grows with every change.
        revision: u64,
        /// The first that failed, and why.
        failed: Option<(String, String)>,
    },
}

/// A step that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which.
    pub step: crate::plan::Step,
    /// How often, one after another.
    pub count: u32,
    /// When it may be tried again.
    pub until: Timestamp,
    /// Why.
    pub message: String,
}

// === impl Observed ===

impl Default for Observed {
    fn default() -> Self {
        Self {
            admitted: false,
            image: ImageView::Absent,
            volume: false,
            network: false,
            network_traces: false,
            sandbox: SandboxView::Absent,
            agent: false,
            apps: AppsView::Unconfigured,
            allocated: false,
            fitted: true,
            restored: true,
            failed: None,
        }
    }
}

impl Observed {
    /// Whether its processes run.
    pub fn runs(&self) -> bool {
        matches!(self.sandbox, SandboxView::Running { .. })
    }
}

// === impl AppsView ===

impl AppsView {
    /// Whether every app answers. Terminals are the agent's own and always do.
    pub fn ready(&self) -> bool {
        match self {
            Self::Unconfigured => false,
            Self::Configured { apps, .. } => {
                apps.iter().all(|app| app.ready || app.kind == AppKind::Terminal)
            }
        }
    }
}

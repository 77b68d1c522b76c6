//! Why a runtime could not do what it was asked.

use crate::spec::SandboxId;

/// Any error of a runtime's own, kept as the cause.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What went wrong, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// There is no such sandbox here.
    #[error("sandbox {0} does not exist on this host; create it first")]
    Absent(SandboxId),
    /// It is there, but nothing runs in it.
    #[error("sandbox {0} is not running; start it first")]
    NotRunning(SandboxId),
    /// This runtime can never run this specification: repeating does not help.
    #[error("sandbox {id} cannot be run as specified: {reason}")]
    Invalid {
        /// Which one.
        id: SandboxId,
        /// Which part of the specification, and why.
        reason: String,
    },
    /// It runs, but nothing inside listens there (yet).
    #[error("nothing inside sandbox {id} listens on port {port}")]
    NotListening {
        /// Which one.
        id: SandboxId,
        /// Where.
        port: u16,
    },
    /// This runtime reaches ports through the agent only.
    #[error("the ports of sandbox {0} are reached through its agent")]
    AgentOnly(SandboxId),
    /// A step on a sandbox failed; repeating it is safe and may help.
    #[error("failed to {action} sandbox {id}: {source}")]
    Failed {
        /// The step (`start`).
        action: &'static str,
        /// Which one.
        id: SandboxId,
        /// Why.
        source: Cause,
    },
    /// Something that concerns no single sandbox failed.
    #[error("failed to {action}: {source}")]
    Host {
        /// The step (`list the sandboxes`).
        action: &'static str,
        /// Why.
        source: Cause,
    },
}

// === impl RuntimeError ===

impl RuntimeError {
    /// A failed step on a sandbox, for `map_err`.
    pub fn failed<E: Into<Cause>>(action: &'static str, id: SandboxId) -> impl FnOnce(E) -> Self {
        move |source| Self::Failed {
            action,
            id,
            source: source.into(),
        }
    }

    /// Whether repeating cannot help: the specification itself is refused.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Invalid { .. })
    }
}

//! The trait that every runtime implements.

use std::time::Duration;

use async_trait::async_trait;
pub use toft_agent::BoxStream;

use crate::check::Check;
use crate::error::RuntimeError;
use crate::spec::{Init, Nesting, Resources, SandboxId, SandboxSpec};
use crate::state::{Leftover, SandboxState, Usage};

/// What a runtime brings itself, so that the engine need not prepare it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Provides {
    /// Root file systems, by reference ([`crate::Root::Image`]).
    pub image: bool,
    /// Homes, by size ([`crate::HomeSource::Provided`]).
    pub volume: bool,
    /// Networks and addresses.
    pub network: bool,
}

/// What to connect to inside a sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The agent.
    Agent,
    /// A TCP port on its loopback addresses, IPv4 before IPv6, without a detour through the agent.
    /// A runtime that has no such way says [`RuntimeError::AgentOnly`].
    Port(u16),
}

/// Runs sandboxes on one host or one cluster.
///
/// # Guarantees
/// - Every operation is idempotent: what is already so is success.
/// - Every operation may be cut off anywhere (its future dropped, the process killed, the host
///   rebooted) and repeated; the repetition finds and finishes or removes what was half done.
/// - Nothing is remembered that can be observed: a new value of the same runtime over the same
///   host sees the same sandboxes.
/// - What runs does not depend on the process that started it.
///
/// # Assumptions
/// One caller at a time per sandbox. Different sandboxes need no coordination.
#[async_trait]
pub trait Runtime: Send + Sync {
    /// Its name in a specification: `container`, `vm`, …
    fn name(&self) -> &'static str;

    /// What it brings itself.
    fn provides(&self) -> Provides;

    /// Where it places sandboxes, for `status.host`.
    fn host(&self) -> String;

    /// What it finds on its host, for `toft doctor`. Changes nothing.
    async fn probe(&self) -> Vec<Check>;

    /// Why it can run nothing of this kind here, for people, with what to do about it; none where it
    /// can. Asked before anything is begun.
    async fn refuses(&self, init: Init, nesting: Nesting) -> Option<String> {
        let _ = (init, nesting);
        None
    }

    /// All sandboxes of which anything is here, whatever their state.
    ///
    /// # Errors
    /// The host cannot be asked.
    async fn list(&self) -> Result<Vec<SandboxId>, RuntimeError>;

    /// Where a sandbox stands.
    ///
    /// # Errors
    /// The host cannot be asked; a sandbox that is not there is [`SandboxState::Absent`].
    async fn inspect(&self, id: SandboxId) -> Result<SandboxState, RuntimeError>;

    /// Prepares what is durable, so that [`Runtime::start`] can follow.
    ///
    /// # Errors
    /// The specification is refused, or the host cannot do it.
    async fn create(&self, spec: &SandboxSpec) -> Result<(), RuntimeError>;

    /// Starts it; it is prepared first where it is not. Returns when its first process runs; the
    /// agent answers a moment later.
    ///
    /// # Errors
    /// The specification is refused, or the host cannot do it. Nothing runs then.
    async fn start(&self, spec: &SandboxSpec) -> Result<(), RuntimeError>;

    /// Holds what runs to these limits from now on; what it already has beyond them stays. One that
    /// does not run gets them with its next start.
    ///
    /// # Errors
    /// The host refuses: then some may hold already; repeat.
    async fn resize(&self, id: SandboxId, resources: &Resources) -> Result<(), RuntimeError>;

    /// Ends its processes, kindly for `grace`, then by force, and gives back what only a running
    /// sandbox needs. One that does not run or exist is stopped.
    ///
    /// # Errors
    /// Something volatile could not be given back; repeat.
    async fn stop(&self, id: SandboxId, grace: Duration) -> Result<(), RuntimeError>;

    /// Removes it, from whatever state. What could not be removed is returned, to be shown and
    /// tried again; nothing returned means that nothing remains. Never touches what it does not
    /// provide: images and homes given by path stay.
    async fn remove(&self, id: SandboxId) -> Vec<Leftover>;

    /// A new connection into a running sandbox.
    ///
    /// # Errors
    /// It does not run, or nobody listens (yet), or there is no such way.
    async fn connect(&self, id: SandboxId, target: Target) -> Result<BoxStream, RuntimeError>;

    /// What it uses.
    ///
    /// # Errors
    /// It does not run, or the host cannot tell.
    async fn usage(&self, id: SandboxId) -> Result<Usage, RuntimeError>;
}

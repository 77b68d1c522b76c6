//! A runtime in memory, with faults on demand.
//!
//! It is the second implementation behind the trait: it provides image, volume and network
//! itself (or says that it does not), passes the conformance suite, and lets a test cut its
//! caller off before, in the middle of, or after any call.
//!
//! A [`World`] is the host: it outlives every [`SimRuntime`] over it, as a host outlives a
//! daemon. A call that *dies* never returns; the test waits for [`World::died`], drops whatever
//! made the call, and goes on with a new value over the same world.

mod fault;
mod world;

use std::time::Duration;

use async_trait::async_trait;
use tokio::io::duplex;

pub use fault::{Failure, Operation, When};
pub use world::World;

use crate::check::Check;
use crate::error::RuntimeError;
use crate::runtime::{BoxStream, Provides, Runtime, Target};
use crate::spec::{HomeSource, Resources, Root, SandboxId, SandboxSpec};
use crate::state::{Leftover, SandboxState, Usage};

/// Sandboxes that exist in a [`World`] only.
#[derive(Clone, Debug)]
pub struct SimRuntime {
    world: World,
    provides: Provides,
}

// === impl SimRuntime ===

impl SimRuntime {
    /// One that provides image, volume and network itself, as Kubernetes and Incus do.
    pub fn new(world: World) -> Self {
        Self::providing(
            world,
            Provides {
                image: true,
                volume: true,
                network: true,
            },
        )
    }

    /// One that provides what is said and refuses specifications made for another.
    pub fn providing(world: World, provides: Provides) -> Self {
        Self { world, provides }
    }

    fn check(&self, spec: &SandboxSpec) -> Result<(), RuntimeError> {
        let by_name = matches!(spec.root, Root::Image(_));
        let by_size = matches!(spec.home.source, HomeSource::Provided { .. });
        let reason = if by_name != self.provides.image {
            "its root is not of the kind that this runtime takes"
        } else if by_size != self.provides.volume {
            "its home is not of the kind that this runtime takes"
        } else if self.provides.network && spec.network.is_some() {
            "it brings a network although this runtime provides one"
        } else {
            return Ok(());
        };
        Err(RuntimeError::Invalid {
            id: spec.id,
            reason: reason.to_owned(),
        })
    }

    /// Carries `act` out between the faults that a test has set, in the middle of which lies
    /// `half`: what a host is left with when the call is cut off there.
    async fn call<T>(
        &self,
        operation: Operation,
        id: Option<SandboxId>,
        half: impl FnOnce(&World),
        act: impl FnOnce(&World) -> T,
    ) -> Result<T, RuntimeError> {
        let fault = self.world.enter(operation, id);
        let Some((when, failure)) = fault else {
            return Ok(act(&self.world));
        };
        match when {
            When::Before => {}
            When::Midway => half(&self.world),
            When::After => drop(act(&self.world)),
        }
        self.world.fail(failure, operation, id).await
    }
}

#[async_trait]
impl Runtime for SimRuntime {
    fn name(&self) -> &'static str {
        "sim"
    }

    fn provides(&self) -> Provides {
        self.provides
    }

    fn host(&self) -> String {
        "sim".to_owned()
    }

    async fn probe(&self) -> Vec<Check> {
        vec![Check::ok("sim", "sandboxes in memory")]
    }

    async fn list(&self) -> Result<Vec<SandboxId>, RuntimeError> {
        self.call(Operation::List, None, |_| {}, World::list).await
    }

    async fn inspect(&self, id: SandboxId) -> Result<SandboxState, RuntimeError> {
        self.call(Operation::Inspect, Some(id), |_| {}, |world| world.state(id))
            .await
    }

    async fn create(&self, spec: &SandboxSpec) -> Result<(), RuntimeError> {
        self.check(spec)?;
        let make = |world: &World| world.create(spec);
        self.call(Operation::Create, Some(spec.id), make, make).await
    }

    async fn start(&self, spec: &SandboxSpec) -> Result<(), RuntimeError> {
        self.check(spec)?;
        let half = |world: &World| world.half_start(spec);
        self.call(Operation::Start, Some(spec.id), half, |world| world.start(spec))
            .await
    }

    async fn resize(&self, id: SandboxId, resources: &Resources) -> Result<(), RuntimeError> {
        let act = |world: &World| world.resize(id, resources);
        self.call(Operation::Resize, Some(id), |_| {}, act).await
    }

    async fn stop(&self, id: SandboxId, _grace: Duration) -> Result<(), RuntimeError> {
        let half = |world: &World| world.end(id);
        self.call(Operation::Stop, Some(id), half, |world| world.stop(id))
            .await
    }

    async fn remove(&self, id: SandboxId) -> Vec<Leftover> {
        let half = |world: &World| world.stop(id);
        let removed = self
            .call(Operation::Remove, Some(id), half, |world| world.remove(id))
            .await;
        removed.unwrap_or_else(|error| {
            let path = std::path::PathBuf::from(id.to_string());
            vec![Leftover {
                kind: "sandbox",
                path,
                bytes: None,
                reason: error.to_string(),
            }]
        })
    }

    async fn connect(&self, id: SandboxId, target: Target) -> Result<BoxStream, RuntimeError> {
        if let Target::Port(_) = target {
            return Err(RuntimeError::AgentOnly(id));
        }
        let state = self
            .call(Operation::Connect, Some(id), |_| {}, |world| world.state(id))
            .await?;
        match state {
            SandboxState::Absent => Err(RuntimeError::Absent(id)),
            SandboxState::Running { .. } => {
                let (ours, theirs) = duplex(64 << 10);
                self.world.connected(id, Box::new(theirs));
                Ok(Box::new(ours))
            }
            SandboxState::Prepared | SandboxState::Exited(_) => Err(RuntimeError::NotRunning(id)),
        }
    }

    async fn usage(&self, id: SandboxId) -> Result<Usage, RuntimeError> {
        let usage = self
            .call(Operation::Usage, Some(id), |_| {}, |world| world.usage(id))
            .await?;
        usage.ok_or(RuntimeError::NotRunning(id))
    }
}

#[cfg(test)]
mod tests;

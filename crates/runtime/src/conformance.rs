//! What every runtime must do, as one suite of checks.
//!
//! A runtime's tests implement [`Harness`] and run [`suite`]. A check fails with a sentence that
//! says which promise was broken; it cleans up after itself either way.

mod lifecycle;
mod limits;
mod nested;
mod trouble;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;

use crate::error::RuntimeError;
use crate::runtime::Runtime;
use crate::spec::{SandboxId, SandboxSpec};

/// How long a check waits for what should come any moment.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long processes inside get to end.
const GRACE: Duration = Duration::from_secs(5);

/// What the suite needs of a runtime's tests.
#[async_trait]
pub trait Harness: Send + Sync {
    /// The runtime, as a new value over the same host each time: nothing may hang on the value.
    fn runtime(&self) -> Arc<dyn Runtime>;

    /// A specification of a sandbox that was never there, with this name. Its image, home and
    /// network are ready where the runtime does not provide them.
    fn spec(&self, name: &str) -> SandboxSpec;

    /// Writes a file inside, as root, through the agent.
    ///
    /// # Errors
    /// The agent did not do it.
    async fn write(&self, id: SandboxId, path: &str, text: &str) -> Result<(), String>;

    /// Reads a file inside, through the agent; none when it is not there.
    ///
    /// # Errors
    /// The agent did not answer.
    async fn read(&self, id: SandboxId, path: &str) -> Result<Option<String>, String>;

    /// Ends the first process from outside, as a crash would.
    async fn kill_init(&self, id: SandboxId);

    /// Ends all that runs and takes away all that a reboot of the host would.
    async fn reboot(&self, id: SandboxId);

    /// What is left of the sandbox on the host (processes, mounts, control groups, files) that
    /// the runtime must remove; a home that it was given is none of these.
    async fn traces(&self, id: SandboxId) -> Vec<String>;

    /// Tries to go beyond a limit from inside and says whether it was held; none where the
    /// runtime has no limits to test.
    async fn exceed(&self, id: SandboxId, limit: Limit) -> Option<Result<(), String>>;
}

/// A limit of [`crate::Resources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Processor time.
    Cpu,
    /// Memory.
    Memory,
    /// Processes and threads.
    Pids,
}

/// A promise of [`Runtime`] that was not kept.
#[derive(Debug, thiserror::Error)]
pub enum Violation {
    /// What should have been so.
    #[error("{check}: {broken}")]
    Broken {
        /// The check.
        check: &'static str,
        /// The promise, and what was found instead.
        broken: String,
    },
    /// An operation that should have succeeded.
    #[error("{check}: {source}")]
    Failed {
        /// The check.
        check: &'static str,
        /// Why it did not.
        source: RuntimeError,
    },
}

/// Runs every check, one after the other.
///
/// # Errors
/// The first promise that is not kept.
pub async fn suite(harness: &dyn Harness) -> Result<(), Violation> {
    lifecycle::whole_life(harness).await?;
    lifecycle::everything_twice(harness).await?;
    lifecycle::machine_and_home_survive_a_stop(harness).await?;
    lifecycle::a_machine_that_is_not_kept_is_fresh(harness).await?;
    lifecycle::neighbours_are_apart(harness).await?;
    trouble::what_is_not_there(harness).await?;
    trouble::death_of_the_first_process_is_seen(harness).await?;
    trouble::a_fresh_value_adopts_what_runs(harness).await?;
    trouble::a_reboot_keeps_what_is_durable(harness).await?;
    trouble::remove_works_from_every_state(harness).await?;
    limits::usage_is_told(harness).await?;
    limits::limits_hold(harness).await?;
    nested::what_containers_keep_survives_a_stop(harness).await?;
    nested::limits_hold_with_containers(harness).await?;
    limits::limits_change_while_it_runs(harness).await
}

/// One sandbox of one check.
struct Trial<'a> {
    check: &'static str,
    harness: &'a dyn Harness,
    runtime: Arc<dyn Runtime>,
    spec: SandboxSpec,
}

// === impl Trial ===

impl<'a> Trial<'a> {
    fn new(check: &'static str, harness: &'a dyn Harness, name: &str) -> Self {
        Self {
            check,
            harness,
            runtime: harness.runtime(),
            spec: harness.spec(name),
        }
    }

    fn id(&self) -> SandboxId {
        self.spec.id
    }

    fn ok<T>(&self, result: Result<T, RuntimeError>) -> Result<T, Violation> {
        result.map_err(|source| Violation::Failed {
            check: self.check,
            source,
        })
    }

    fn broken<T>(&self, broken: impl Into<String>) -> Result<T, Violation> {
        Err(Violation::Broken {
            check: self.check,
            broken: broken.into(),
        })
    }

    fn require(&self, holds: bool, promise: &str) -> Result<(), Violation> {
        if holds { Ok(()) } else { self.broken(promise) }
    }

    async fn start(&self) -> Result<(), Violation> {
        self.ok(self.runtime.start(&self.spec).await)
    }

    async fn stop(&self) -> Result<(), Violation> {
        self.ok(self.runtime.stop(self.id(), GRACE).await)
    }

    /// Writes once the agent answers.
    async fn write(&self, path: &str, text: &str) -> Result<(), Violation> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.harness.write(self.id(), path, text).await {
                Ok(()) => return Ok(()),
                Err(error) if Instant::now() > deadline => {
                    return self.broken(format!("the agent answers: {error}"));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    async fn expect_file(&self, path: &str, text: Option<&str>) -> Result<(), Violation> {
        let deadline = Instant::now() + PATIENCE;
        let found = loop {
            match self.harness.read(self.id(), path).await {
                Ok(found) => break found,
                Err(error) if Instant::now() > deadline => {
                    return self.broken(format!("the agent answers: {error}"));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        };
        self.require(
            found.as_deref() == text,
            &format!("{path} holds {text:?}, found {found:?}"),
        )
    }

    /// Removes it and requires that nothing is left.
    async fn remove(&self) -> Result<(), Violation> {
        let left = self.runtime.remove(self.id()).await;
        self.require(left.is_empty(), &format!("removing succeeds, left are {left:?}"))?;
        let traces = self.harness.traces(self.id()).await;
        self.require(
            traces.is_empty(),
            &format!("removing leaves nothing, found {traces:?}"),
        )
    }

    /// Runs a check and removes the sandbox whatever came of it.
    async fn finish(self, result: Result<(), Violation>) -> Result<(), Violation> {
        let removed = self.remove().await;
        result.and(removed)
    }
}

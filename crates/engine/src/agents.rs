//! Agents over the runtime's connections.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use toft_agent::client::{BoxStream, Client, Dial};
use toft_agent::wire::{AppSpec, Apps};
use toft_runtime::{Runtime, SandboxId, Target};
use tokio::time::{Instant, sleep};

use crate::ports::{Agents, Cause};

/// The first pause between two attempts to reach an agent, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(50));

/// Reaches agents through the runtime that runs their sandboxes.
#[derive(Clone)]
pub struct RuntimeAgents {
    runtime: Arc<dyn Runtime>,
}

/// Dials one sandbox's agent.
#[derive(Clone)]
pub struct AgentDialer {
    runtime: Arc<dyn Runtime>,
    id: SandboxId,
}

// === impl RuntimeAgents ===

impl RuntimeAgents {
    /// Agents in the sandboxes of `runtime`.
    pub fn new(runtime: Arc<dyn Runtime>) -> Self {
        Self { runtime }
    }

    /// A client of one sandbox's agent.
    pub fn client(&self, id: SandboxId) -> Client {
        Client::new(self.dialer(id))
    }

    /// The way to one sandbox's agent.
    pub fn dialer(&self, id: SandboxId) -> AgentDialer {
        AgentDialer {
            runtime: self.runtime.clone(),
            id,
        }
    }
}

#[async_trait]
impl Agents for RuntimeAgents {
    async fn answers(&self, id: SandboxId) -> bool {
        self.client(id).info().await.is_ok()
    }

    async fn wait(&self, id: SandboxId, limit: Duration) -> Result<(), Cause> {
        let deadline = Instant::now() + limit;
        let mut pause = PAUSES.0;
        loop {
            match self.client(id).info().await {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() >= deadline => return Err(error.into()),
                Err(_) => sleep(pause).await,
            }
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    async fn configure(&self, id: SandboxId, apps: Vec<AppSpec>) -> Result<Apps, Cause> {
        Ok(self.client(id).configure(apps).await?)
    }

    async fn apps(&self, id: SandboxId) -> Result<Apps, Cause> {
        Ok(self.client(id).apps().await?)
    }

    async fn apps_changed(&self, id: SandboxId, revision: u64, limit: Duration) -> Result<Apps, Cause> {
        Ok(self.client(id).apps_changed(revision, limit).await?)
    }

    async fn ports(&self, id: SandboxId) -> Result<Vec<u16>, Cause> {
        Ok(self
            .client(id)
            .ports()
            .await?
            .into_iter()
            .map(|port| port.port)
            .collect())
    }
}

// === impl AgentDialer ===

impl Dial for AgentDialer {
    fn dial(&self) -> BoxFuture<'_, std::io::Result<BoxStream>> {
        async move {
            self.runtime
                .connect(self.id, Target::Agent)
                .await
                .map_err(std::io::Error::other)
        }
        .boxed()
    }
}

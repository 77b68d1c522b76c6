//! Apps as the gateway sees them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use toft_gateway::{AppHost, AppName, AppRoute, Apps, BoxStream, ConnectError, RouteError, Visibility};
use toft_runtime::{RuntimeError, SandboxId, Target};
use toft_store::Key;
use tokio::time::{Instant, sleep};

use super::routes::{Known, Routes};
use crate::state::App;

/// How long a request waits for an app that is on its way.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it waits for one whose workspace runs: its port should be open.
const GRACE: Duration = Duration::from_secs(5);
/// The pause between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// The apps of all workspaces.
pub(super) struct AppPort {
    app: App,
    known: Routes,
}

// === impl AppPort ===

impl AppPort {
    pub(super) fn new(app: App, known: Routes) -> Self {
        Self { app, known }
    }

    /// From memory; from the store where memory has not heard of it yet.
    async fn find(&self, host: &AppHost) -> Result<Arc<Known>, RouteError> {
        if let Some(known) = self.known.get(&host.owner, &host.workspace) {
            return Ok(known);
        }
        let found = self
            .app
            .store()
            .get(&Key::workspace(&host.owner, &host.workspace))
            .await;
        let unavailable = |error: toft_store::StoreError| RouteError::Unavailable {
            host: host.clone(),
            reason: error.to_string(),
        };
        if let Some(object) = found.map_err(unavailable)? {
            self.known.put(object);
        }
        self.known
            .get(&host.owner, &host.workspace)
            .ok_or_else(|| RouteError::NotFound(host.clone()))
    }

    /// A connection to a port inside; or why not, and whether the workspace runs at all. By the
    /// shortest way that the runtime has.
    async fn dial(&self, id: SandboxId, port: u16) -> Result<BoxStream, (String, bool)> {
        match self.app.runtime().connect(id, Target::Port(port)).await {
            Ok(stream) => return Ok(Box::new(stream)),
            Err(RuntimeError::AgentOnly(_)) => {}
            Err(error) => {
                let running = matches!(error, RuntimeError::NotListening { .. });
                return Err((error.to_string(), running));
            }
        }
        let connected = self.app.agent_of(id).connect_port(port).await;
        connected
            .map(|stream| Box::new(stream) as BoxStream)
            .map_err(|error| {
                let running = !matches!(error, toft_agent::Error::Dial(_));
                (error.to_string(), running)
            })
    }
}

#[async_trait]
impl Apps for AppPort {
    async fn route(&self, host: &AppHost) -> Result<AppRoute, RouteError> {
        let known = self.find(host).await?;
        let port = match &host.app {
            AppName::Port(port) => Some(*port),
            AppName::Name(name) => known.apps.get(name).copied(),
        };
        Ok(AppRoute {
            workspace: known.uid.clone(),
            generation: known.generation,
            port: port.ok_or_else(|| RouteError::NotFound(host.clone()))?,
            visibility: Visibility::Private,
        })
    }

    async fn connect(&self, route: &AppRoute) -> Result<BoxStream, ConnectError> {
        let begun = Instant::now();
        loop {
            let known = self
                .known
                .by_uid(&route.workspace)
                .filter(|known| known.comes)
                .ok_or(ConnectError::Stopped)?;
            let (error, running) = match self.dial(known.id, route.port).await {
                Ok(stream) => return Ok(stream),
                Err(failed) => failed,
            };
            let limit = if running { GRACE } else { PATIENCE };
            if begun.elapsed() > limit {
                return Err(ConnectError::NotAnswering(error));
            }
            sleep(PAUSE).await;
        }
    }
}

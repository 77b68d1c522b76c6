//! What every handler works with.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use toft_agent::Client;
use toft_engine::Engine;
use toft_engine::agents::RuntimeAgents;
use toft_model::{Kind, Phase, Workspace};
use toft_runtime::{Runtime, SandboxId};
use toft_store::{Key, Store};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::agents::Dialer;
use crate::metrics::Metrics;
use crate::people::accounts::Accounts;
use crate::people::policy::{Act, Caller};
use crate::resources::place::Place;
use crate::site::Site;
use crate::usage::Usages;
use crate::wire::decode;
use crate::wire::status::{ApiError, ApiResult};

/// Everything that handlers share. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Store,
    accounts: Accounts,
    engine: Engine,
    agents: RuntimeAgents,
    runtime: Arc<dyn Runtime>,
    site: Arc<dyn Site>,
    metrics: Metrics,
    usages: Usages,
    local_user: String,
    closing: CancellationToken,
    requests: TaskTracker,
}

// === impl App ===

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("local_user", &self.0.local_user)
            .finish_non_exhaustive()
    }
}

impl App {
    /// An API over these. The first admin is made where there is none.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn new(
        store: Store,
        engine: Engine,
        runtime: Arc<dyn Runtime>,
        site: Arc<dyn Site>,
    ) -> ApiResult<Self> {
        let accounts = Accounts::new(store.clone());
        let local_user = accounts
            .first_admin()
            .await
            .map_err(|error| ApiError::internal("find the first admin", &error))?;
        Ok(Self(Arc::new(Inner {
            store,
            accounts,
            engine,
            agents: RuntimeAgents::new(runtime.clone()),
            runtime,
            site,
            metrics: Metrics::new(),
            usages: Usages::default(),
            local_user,
            closing: CancellationToken::new(),
            requests: TaskTracker::new(),
        })))
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// People and what they prove themselves with.
    pub fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    /// What makes workspaces what they should be.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// What runs workspaces.
    pub fn runtime(&self) -> &Arc<dyn Runtime> {
        &self.0.runtime
    }

    /// The machine below.
    pub fn site(&self) -> &dyn Site {
        &*self.0.site
    }

    /// Figures.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// What workspaces used in the last minutes.
    pub fn usages(&self) -> &Usages {
        &self.0.usages
    }

    /// For whom the local socket acts.
    pub fn local_user(&self) -> &str {
        &self.0.local_user
    }

    /// Toft's version.
    #[allow(clippy::unused_self, reason = "asked where the others are asked")]
    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// The time.
    #[allow(clippy::unused_self, reason = "asked where the others are asked")]
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// Requests that are being answered: until the head of the answer.
    pub(crate) fn requests(&self) -> &TaskTracker {
        &self.0.requests
    }

    /// Ends long answers: watches, terminals, logs.
    pub fn close(&self) {
        self.0.closing.cancel();
    }

    /// Waits until long answers are to end.
    pub async fn closing(&self) {
        self.0.closing.cancelled().await;
    }

    /// A workspace that the caller may do this with.
    ///
    /// # Errors
    /// There is none that the caller may see.
    pub async fn workspace(
        &self,
        caller: &Caller,
        act: Act,
        namespace: &str,
        name: &str,
    ) -> ApiResult<Workspace> {
        let place = Place {
            namespace: Some(namespace.to_owned()),
            name: Some(name.to_owned()),
        };
        place.authorize(caller, act, Kind::Workspace)?;
        let found = self.store().get(&Key::workspace(namespace, name)).await?;
        self.read_workspace(found.ok_or_else(|| ApiError::not_found(Kind::Workspace, name))?)
    }

    /// A workspace as it was stored.
    ///
    /// # Errors
    /// It was stored by something that is not this program.
    #[allow(clippy::unused_self, reason = "asked where the others are asked")]
    pub fn read_workspace(&self, object: Value) -> ApiResult<Workspace> {
        decode::typed(Kind::Workspace, object)
    }

    /// The agent of a workspace that runs.
    ///
    /// # Errors
    /// It does not run; the refusal says what it does instead.
    pub fn agent(&self, workspace: &Workspace) -> ApiResult<Client> {
        let name = &workspace.metadata.name;
        let phase = workspace
            .status
            .as_ref()
            .map(|status| status.phase)
            .unwrap_or_default();
        let uid = workspace
            .metadata
            .uid
            .filter(|_| !matches!(phase, Phase::Stopped | Phase::Queued));
        let Some(uid) = uid else {
            let why =
                format!("the workspace is not running, it is {phase:?}; start it with 'toft start {name}'");
            return Err(ApiError::conflict(Kind::Workspace, name, &why));
        };
        Ok(self.agent_of(uid.into()))
    }

    /// The agent of a sandbox, whatever it does.
    pub fn agent_of(&self, sandbox: SandboxId) -> Client {
        Client::new(Dialer {
            app: self.clone(),
            inner: self.0.agents.dialer(sandbox),
        })
    }

    /// Where a workspace's first process writes, if it can be read.
    pub fn console(&self, workspace: &Workspace) -> Option<std::path::PathBuf> {
        self.site().console(workspace.metadata.uid?)
    }
}

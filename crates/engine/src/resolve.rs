//! From a workspace and its template to what will run: pure.

use std::collections::BTreeMap;
use std::time::Duration;

use toft_agent::wire::{AppSpec, ReadyCheck, Restart};
use toft_model::template::{self, App, AppKind, Network, Persistence, expand};
use toft_model::workspace::Resources;
use toft_model::{Invalid, Template, Workspace};
use toft_runtime::{Init, Nesting, User};

/// Most processes where nobody says otherwise.
const PIDS: u64 = 4096;
/// Most bytes of disk where nobody says otherwise.
const STORAGE: u64 = 10 << 30;

/// What a workspace and its template come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// Name of the image.
    pub image: String,
    /// Who works inside.
    pub user: User,
    /// Variables of every process.
    pub env: BTreeMap<String, String>,
    /// What is reserved and what is allowed.
    pub resources: Resources,
    /// The template's apps.
    pub apps: Vec<App>,
    /// Those of them that the agent keeps running.
    pub supervised: Vec<AppSpec>,
    /// Where packets may go.
    pub network: Network,
    /// What is the first process.
    pub init: Init,
    /// Whether containers can be run inside.
    pub nesting: Nesting,
    /// What outlives a stop.
    pub persistence: Persistence,
}

/// Resolves a workspace against its template.
///
/// # Errors
/// Its parameters are not the template's.
pub fn resolve(workspace: &Workspace, template: &Template) -> Result<Resolved, Invalid> {
    let spec = &template.spec;
    let values = spec.resolve(&workspace.spec.parameters)?;
    let expanded = |env: &BTreeMap<String, String>| -> BTreeMap<String, String> {
        env.iter()
            .map(|(key, value)| (key.clone(), expand(value, &values)))
            .collect()
    };
    let supervised = spec
        .apps
        .iter()
        .filter(|app| !app.command.is_empty())
        .map(|app| AppSpec {
            name: app.name.clone(),
            command: app.command.iter().map(|word| expand(word, &values)).collect(),
            port: app.port,
            env: expanded(&app.env),
            cwd: None,
            user: app.user.clone(),
            restart: Restart::Always,
            ready: ready_check(app),
        });
    Ok(Resolved {
        image: workspace.spec.image.clone().unwrap_or_else(|| spec.image.clone()),
        user: User {
            name: spec.user.name.clone(),
            uid: spec.user.uid,
            gid: spec.user.uid,
            home: spec.user.home.clone().into(),
            shell: spec.user.shell.clone().into(),
            groups: spec.user.groups.clone(),
        },
        env: expanded(&spec.env),
        resources: workspace.spec.resources.or(&spec.resources),
        apps: spec.apps.clone(),
        supervised: supervised.collect(),
        network: spec.network.clone(),
        init: match spec.init {
            template::Init::Agent => Init::Agent,
            template::Init::System => Init::System,
        },
        nesting: match spec.nesting {
            template::Nesting::None => Nesting::None,
            template::Nesting::Containers => Nesting::Containers,
            template::Nesting::Docker => Nesting::Docker,
        },
        persistence: spec.persistence,
    })
}

fn ready_check(app: &App) -> Option<ReadyCheck> {
    if let Some(socket) = app.ready_socket.clone().filter(|_| app.kind == AppKind::Service) {
        return Some(ReadyCheck::Unix {
            socket,
            path: app.ready_path.clone(),
        });
    }
    let port = app.port.filter(|_| app.kind == AppKind::Web)?;
    Some(match &app.ready_path {
        Some(path) => ReadyCheck::Http {
            port,
            path: path.clone(),
        },
        None => ReadyCheck::Tcp { port },
    })
}

/// The runtime's form of resources.
pub fn runtime_resources(resources: &Resources) -> toft_runtime::Resources {
    let limits = &resources.limits;
    let needs = crate::admission::needs(resources);
    toft_runtime::Resources {
        cpu_request_millis: needs.cpu_milli.max(1),
        cpu_limit_millis: limits.cpu.as_ref().map(toft_model::Quantity::milli),
        memory_limit_bytes: limits.memory.as_ref().map(toft_model::Quantity::units),
        pids_limit: limits.pids.as_ref().map_or(PIDS, toft_model::Quantity::units),
    }
}

/// The most that a workspace's home, machine and logs may take together, in bytes.
pub fn storage_bytes(resources: &Resources) -> u64 {
    let limit = resources.limits.storage.as_ref();
    limit.map_or(STORAGE, toft_model::Quantity::units)
}

/// How long a workspace's processes get to end: what a delete says, or its own spec.
pub fn grace(workspace: &Workspace) -> Duration {
    let own = u64::from(workspace.spec.lifecycle.stop_grace_seconds);
    let asked = workspace
        .metadata
        .deletion_grace_period_seconds
        .and_then(|seconds| u64::try_from(seconds).ok());
    Duration::from_secs(asked.unwrap_or(own).min(600))
}

#[cfg(test)]
mod tests;

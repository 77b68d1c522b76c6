//! `Workspace`: one person's machine.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::condition::Condition;
use crate::meta::resource;
use crate::name;
use crate::quantity::Quantity;
use crate::validate::Checks;

/// Keeps a workspace until its sandbox, network and home are gone.
pub const FINALIZER: &str = "toft.dev/workspace";

/// Longest stop grace period, in seconds.
const GRACE_MAX: u32 = 600;
/// Most bytes of one parameter's value.
const PARAMETER_MAX: usize = 4096;

resource!(
    /// One person's machine: made from a template, with a home, apps, resources and a lifecycle.
    /// `metadata.namespace` is its owner.
    Workspace,
    WorkspaceSpec,
    WorkspaceStatus
);

/// What a workspace should be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkspaceSpec {
    /// Name of the template it is made from. Cannot be changed.
    #[serde(default = "default_template")]
    pub template: String,
    /// Values of the template's parameters, by name; what is left out takes the template's default.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Name of an image instead of the template's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Whether it should run. `toft stop` sets it to false.
    #[serde(default = "yes")]
    pub running: bool,
    /// What it reserves and what it may use at most; what is left out takes the template's.
    #[serde(default, skip_serializing_if = "Resources::is_empty")]
    pub resources: Resources,
    /// How it stops and restarts.
    #[serde(default, skip_serializing_if = "Lifecycle::is_default")]
    pub lifecycle: Lifecycle,
    /// What its disk begins with, instead of an empty home: a copy of what this held at that moment.
    /// Cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_source: Option<DataSource>,
}

/// What a disk begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DataSource {
    /// What it is.
    pub kind: DataSourceKind,
    /// Its name, in the same namespace.
    pub name: String,
}

/// What a disk can begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum DataSourceKind {
    /// The disk of another workspace, running or not.
    Workspace,
    /// A snapshot.
    Snapshot,
}

/// A wish to have what a snapshot holds in the place of what the disk holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Restore {
    /// Name of the snapshot, in the same namespace.
    pub snapshot: String,
    /// A change of this restores once, whatever time it says: it is compared with `status.restored`.
    #[schemars(with = "String")]
    pub requested_at: Timestamp,
}

/// Amounts of CPU (in cores), memory (in bytes), processes and disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resources {
    /// Set aside on the host while it runs. Where less is free it waits in the queue.
    #[serde(default, skip_serializing_if = "Amounts::is_empty")]
    pub requests: Amounts,
    /// The most it can use, enforced by the kernel.
    #[serde(default, skip_serializing_if = "Amounts::is_empty")]
    pub limits: Amounts,
}

/// One amount of each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Amounts {
    /// Cores: `500m` is half of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Quantity>,
    /// Bytes of memory: `2Gi`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Quantity>,
    /// Processes and threads; only as a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pids: Option<Quantity>,
    /// Bytes of disk: home, machine and logs together; only as a limit. `20Gi`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Quantity>,
}

/// How a workspace stops and restarts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lifecycle {
    /// Seconds that its processes get to end by themselves before they are killed.
    #[serde(default = "default_grace")]
    pub stop_grace_seconds: u32,
    /// A change of this restarts a running workspace once, whatever time it says: it is compared with
    /// `status.restartObserved`, not with a clock. `toft restart` sets it to now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub restarted_at: Option<Timestamp>,
    /// Puts what a snapshot holds in the place of its disk, once. It is stopped for that and started
    /// again if it should run; what its disk held before is kept as a snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore: Option<Restore>,
}

/// Where a workspace stands in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Phase {
    /// Seen by nobody yet.
    #[default]
    Pending,
    /// Waits for room on the host.
    Queued,
    /// On its way to running; the conditions tell the step.
    Starting,
    /// Its agent and all its apps answer.
    Running,
    /// On its way to a stop.
    Stopping,
    /// Not running and not meant to.
    Stopped,
    /// A step failed; it is tried again, and a stop or delete always works.
    Failed,
    /// On its way out.
    Deleting,
}

/// What a workspace is, as Toft saw it last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkspaceStatus {
    /// Where it stands.
    #[serde(default)]
    pub phase: Phase,
    /// One sentence for people: what it is, why, and what happens next.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The generation of the spec that this was observed for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// `Admitted`, `ImageReady`, `VolumeReady`, `NetworkReady`, `SandboxReady`, `AgentReady`,
    /// `AppsReady`, `Ready`, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// The host that it was placed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Its address in its owner's network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Digest of the image that it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_digest: Option<String>,
    /// What its template and its own spec came to when it was admitted.
    #[serde(default, skip_serializing_if = "Resources::is_empty")]
    pub resources: Resources,
    /// Its place in the queue while it waits for room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueuePlace>,
    /// Its apps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<AppStatus>,
    /// When it was started last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub started_at: Option<Timestamp>,
    /// The `spec.lifecycle.restartedAt` that it was started for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub restart_observed: Option<Timestamp>,
    /// The `spec.lifecycle.restore.requestedAt` that was done last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub restored: Option<Timestamp>,
    /// What could not be removed yet, while it is being deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leftovers: Vec<String>,
}

/// A place in the queue for room on the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QueuePlace {
    /// From 1.
    pub position: u32,
    /// How many wait.
    pub of: u32,
    /// What is missing, for people: `2Gi memory`.
    pub needs: String,
}

/// One app as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AppStatus {
    /// Its name in the template.
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// How it is opened.
    pub kind: crate::template::AppKind,
    /// The port that it answers on, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Whether it answers.
    pub ready: bool,
    /// Why it does not.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

fn default_template() -> String {
    "shell".to_owned()
}

const fn yes() -> bool {
    true
}

const fn default_grace() -> u32 {
    10
}

// === impl WorkspaceSpec ===

impl Default for WorkspaceSpec {
    fn default() -> Self {
        Self {
            template: default_template(),
            parameters: BTreeMap::new(),
            image: None,
            running: true,
            resources: Resources::default(),
            lifecycle: Lifecycle::default(),
            data_source: None,
        }
    }
}

impl WorkspaceSpec {
    pub(crate) fn check(&self, checks: &mut Checks) {
        checks.name("spec.template", &self.template, name::OBJECT_MAX);
        if let Some(image) = &self.image {
            checks.name("spec.image", image, name::OBJECT_MAX);
        }
        for (key, value) in &self.parameters {
            let field = format!("spec.parameters.{}", crate::validate::clip(key));
            checks.ensure(
                value.len() <= PARAMETER_MAX,
                field,
                format!("must have at most {PARAMETER_MAX} bytes"),
            );
        }
        self.resources.check("spec.resources", checks);
        if let Some(source) = &self.data_source {
            checks.name("spec.dataSource.name", &source.name, name::OBJECT_MAX);
        }
        if let Some(restore) = &self.lifecycle.restore {
            checks.name(
                "spec.lifecycle.restore.snapshot",
                &restore.snapshot,
                name::OBJECT_MAX,
            );
        }
        checks.ensure(
            self.lifecycle.stop_grace_seconds <= GRACE_MAX,
            "spec.lifecycle.stopGraceSeconds",
            format!("must be at most {GRACE_MAX}, for example 10"),
        );
    }
}

// === impl Resources ===

impl Resources {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// These, with what is left out taken from `fallback`. A limit below the fallback's request
    /// lowers that request with it, so that asking for less of one is enough.
    #[must_use]
    pub fn or(&self, fallback: &Self) -> Self {
        let limits = self.limits.or(&fallback.limits);
        let requests = Amounts {
            cpu: self
                .requests
                .cpu
                .clone()
                .or_else(|| least(fallback.requests.cpu.clone(), limits.cpu.as_ref())),
            memory: self
                .requests
                .memory
                .clone()
                .or_else(|| least(fallback.requests.memory.clone(), limits.memory.as_ref())),
            pids: None,
            storage: None,
        };
        Self { requests, limits }
    }

    pub(crate) fn check(&self, field: &str, checks: &mut Checks) {
        let pairs = [
            ("cpu", &self.requests.cpu, &self.limits.cpu),
            ("memory", &self.requests.memory, &self.limits.memory),
        ];
        for (name, request, limit) in pairs {
            if let (Some(request), Some(limit)) = (request, limit) {
                checks.ensure(
                    request.milli() <= limit.milli(),
                    format!("{field}.requests.{name}"),
                    format!("'{request}' must not exceed the limit of '{limit}'"),
                );
            }
        }
        checks.ensure(
            self.requests.pids.is_none(),
            format!("{field}.requests.pids"),
            "processes are limited, not reserved: set limits.pids",
        );
        checks.ensure(
            self.requests.storage.is_none(),
            format!("{field}.requests.storage"),
            "disk is limited, not reserved: set limits.storage",
        );
        self.limits.check_floor(&format!("{field}.limits"), checks);
    }
}

fn least(request: Option<Quantity>, limit: Option<&Quantity>) -> Option<Quantity> {
    let request = request?;
    Some(
        limit
            .filter(|limit| limit.milli() < request.milli())
            .cloned()
            .unwrap_or(request),
    )
}

// === impl Amounts ===

impl Amounts {
    /// Least CPU limit, in thousandths of a core.
    const CPU_FLOOR: u64 = 10;
    /// Least memory limit, in bytes: less does not start a shell.
    const MEMORY_FLOOR: u64 = 16 << 20;
    /// Least limit of processes.
    const PIDS_FLOOR: u64 = 16;
    /// Least disk limit, in bytes: less does not hold what a machine writes as it starts.
    const STORAGE_FLOOR: u64 = 64 << 20;

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn or(&self, fallback: &Self) -> Self {
        Self {
            cpu: self.cpu.clone().or_else(|| fallback.cpu.clone()),
            memory: self.memory.clone().or_else(|| fallback.memory.clone()),
            pids: self.pids.clone().or_else(|| fallback.pids.clone()),
            storage: self.storage.clone().or_else(|| fallback.storage.clone()),
        }
    }

    fn check_floor(&self, field: &str, checks: &mut Checks) {
        if let Some(cpu) = &self.cpu {
            checks.ensure(
                cpu.milli() >= Self::CPU_FLOOR,
                format!("{field}.cpu"),
                format!("'{cpu}' is too little: at least '10m'"),
            );
        }
        if let Some(memory) = &self.memory {
            checks.ensure(
                memory.units() >= Self::MEMORY_FLOOR,
                format!("{field}.memory"),
                format!("'{memory}' is too little: at least '16Mi'"),
            );
        }
        if let Some(pids) = &self.pids {
            checks.ensure(
                pids.units() >= Self::PIDS_FLOOR,
                format!("{field}.pids"),
                format!("'{pids}' is too little: at least '16'"),
            );
        }
        if let Some(storage) = &self.storage {
            checks.ensure(
                storage.units() >= Self::STORAGE_FLOOR,
                format!("{field}.storage"),
                format!("'{storage}' is too little: at least '64Mi'"),
            );
        }
    }
}

// === impl Lifecycle ===

impl Default for Lifecycle {
    fn default() -> Self {
        Self {
            stop_grace_seconds: default_grace(),
            restarted_at: None,
            restore: None,
        }
    }
}

impl Lifecycle {
    /// Whether nothing is said.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests;

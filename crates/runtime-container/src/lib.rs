//! Workspaces as unprivileged containers on this host.
//!
//! A sandbox is a process tree in a user namespace of its own, on an id-mapped overlay over an
//! image, started by an OCI runtime (`runc`) that is gone a moment later. The agent is its first
//! process and inherits a listening socket whose path exists only on the host. Nothing of it
//! depends on this process: the daemon may be killed at any instruction.
//!
//! # Walls
//! User, process, mount, IPC, host name, control group and network namespaces; a seccomp table;
//! Docker's fourteen capabilities relative to the user namespace; masked `/proc` and `/sys`;
//! limits on CPU, memory and processes. Files on disk carry the ids they have inside, behind
//! directories that only the host's root may enter.
//!
//! # Rooms
//! `lifecycle` has the order of things, `state` and `usage` read the kernel, `spec` and `seccomp`
//! are pure, `rootfs` and `etc` make what is seen inside, `oci` starts it, `probe` says what the
//! host can do.

mod console;
mod demolish;
mod error;
mod etc;
#[cfg(test)]
mod fixture;
mod inside;
mod lifecycle;
mod oci;
mod paths;
mod powers;
mod probe;
mod rootfs;
mod seccomp;
mod socket;
mod spec;
mod state;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use toft_effects::Door;
use toft_effects::cgroup::Hierarchies;
use toft_effects::mount::MountError;
use toft_effects::namespaces::NamespacePins;
use toft_runtime::{
    BoxStream, Check, Init, Leftover, Nesting, Provides, Resources, Runtime, RuntimeError, SandboxId,
    SandboxSpec, SandboxState, Target, Usage,
};
use tokio::sync::{Mutex, OnceCell};

use crate::error::Error;
use crate::oci::Oci;
use crate::paths::Paths;
use crate::rootfs::Sources;

/// What the container runtime is made from.
#[derive(Clone, Debug)]
pub struct ContainerConfig {
    /// The data directory.
    pub data: PathBuf,
    /// Where everything lies that sandboxes write, in a directory of its own for each, by id: a
    /// machine's layer and its console. Who makes these directories limits and removes them.
    pub volumes: PathBuf,
    /// Six lower-case hexadecimal characters that mark everything of this instance.
    pub instance: String,
    /// What this host is called, for `status.host`.
    pub host: String,
}

/// Runs sandboxes as containers on this host.
#[derive(Debug)]
pub struct ContainerRuntime {
    door: Door,
    paths: Arc<Paths>,
    host: String,
    oci: OnceCell<Oci>,
    /// What was found to work inside sandboxes here.
    tried: Mutex<Vec<(Init, Nesting)>>,
}

// === impl ContainerRuntime ===

impl ContainerRuntime {
    /// Makes one; looks at nothing yet.
    pub fn new(door: Door, config: ContainerConfig) -> Self {
        let paths = Arc::new(Paths {
            data: config.data,
            volumes: config.volumes,
            instance: config.instance,
        });
        Self {
            door,
            paths,
            host: config.host,
            oci: OnceCell::new(),
            tried: Mutex::default(),
        }
    }

    /// Where the namespaces of a sandbox are pinned, to be plumbed by the network before a start:
    /// the directory for [`toft_runtime::NetworkView::namespaces`]. What is pinned there is
    /// removed by stop and by remove.
    pub fn namespaces(&self, id: SandboxId) -> PathBuf {
        self.paths.namespaces(id)
    }

    /// Takes set-user-id programs and devices below the data directory out of force on the host.
    /// For the start of the daemon, before anything else opens files there.
    ///
    /// # Errors
    /// The directory cannot be mounted onto itself.
    pub fn guard(&self) -> Result<(), RuntimeError> {
        let failed = |source: MountError| RuntimeError::Host {
            action: "guard the data directory",
            source: source.into(),
        };
        self.door.guard_directory(&self.paths.data).map_err(failed)
    }

    /// Whether no sandbox runs.
    ///
    /// # Errors
    /// They cannot be looked at.
    pub async fn is_idle(&self) -> Result<bool, RuntimeError> {
        for id in self.list().await? {
            if self.inspect(id).await?.is_running() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes the guard away again, and all else that sandboxes share, where none runs: the
    /// directory may be moved then. Says whether it did.
    pub async fn release(&self) -> Result<bool, RuntimeError> {
        if !self.is_idle().await? {
            return Ok(false);
        }
        let left = lifecycle::remove_common(&self.door, &self.paths).await;
        match left.into_iter().next() {
            None => Ok(true),
            Some(left) => Err(RuntimeError::Host {
                action: "release the data directory",
                source: format!("{}: {}", left.path.display(), left.reason).into(),
            }),
        }
    }

    /// Removes every sandbox. Returns what stays.
    pub async fn clear(&self) -> Vec<Leftover> {
        let mut left = Vec::new();
        for id in self.list().await.unwrap_or_default() {
            left.extend(self.remove(id).await);
        }
        left
    }

    /// Removes every sandbox and whatever else this runtime has put on the host, the guard too.
    /// Returns what stays.
    pub async fn purge(&self) -> Vec<Leftover> {
        let mut left = self.clear().await;
        left.extend(lifecycle::remove_common(&self.door, &self.paths).await);
        left
    }

    async fn oci(&self) -> Result<&Oci, Error> {
        let choose = || async { Oci::choose(&self.door, Hierarchies::detect()?.version()).await };
        self.oci.get_or_try_init(choose).await
    }

    /// Why a connection was refused, as the caller should see it.
    fn unreachable(&self, id: SandboxId, error: io::Error) -> RuntimeError {
        match error.kind() {
            io::ErrorKind::NotFound if !self.paths.sandbox(id).is_dir() => RuntimeError::Absent(id),
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => RuntimeError::NotRunning(id),
            _ => RuntimeError::failed("connect to", id)(error),
        }
    }
}

#[async_trait]
impl Runtime for ContainerRuntime {
    fn name(&self) -> &'static str {
        "container"
    }

    fn provides(&self) -> Provides {
        Provides::default()
    }

    fn host(&self) -> String {
        self.host.clone()
    }

    async fn probe(&self) -> Vec<Check> {
        probe::checks(&self.door, &self.paths).await
    }

    async fn refuses(&self, init: Init, nesting: Nesting) -> Option<String> {
        if (init, nesting) == (Init::Agent, Nesting::None) {
            return None;
        }
        let mut tried = self.tried.lock().await;
        if tried.contains(&(init, nesting)) {
            return None;
        }
        let refusal = inside::refuses(&self.door, &self.paths, init, nesting).await;
        // What is missing may be there the next time.
        if refusal.is_none() {
            tried.push((init, nesting));
        }
        refusal
    }

    async fn list(&self) -> Result<Vec<SandboxId>, RuntimeError> {
        let parse = |name: String| name.parse::<SandboxId>().ok();
        let mut found: BTreeSet<SandboxId> = BTreeSet::new();
        for dir in [
            self.paths.sandboxes(),
            self.paths.data.join("run/ns"),
            self.paths.oci_state(),
        ] {
            let entries = match fs::read_dir(&dir) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other.map_err(|source| RuntimeError::Host {
                    action: "list the sandboxes",
                    source: source.into(),
                })?,
            };
            found.extend(
                entries
                    .flatten()
                    .filter_map(|entry| entry.file_name().into_string().ok())
                    .filter_map(parse),
            );
        }
        if let Ok(hierarchies) = Hierarchies::detect() {
            found.extend(
                hierarchies
                    .children(&self.paths.cgroup_parent())
                    .into_iter()
                    .filter_map(parse),
            );
        }
        Ok(found.into_iter().collect())
    }

    async fn inspect(&self, id: SandboxId) -> Result<SandboxState, RuntimeError> {
        console::bound(&self.paths.console(id));
        state::inspect(&self.paths, id).map_err(RuntimeError::failed("inspect", id))
    }

    async fn create(&self, spec: &SandboxSpec) -> Result<(), RuntimeError> {
        let sources = Sources::of(spec)?;
        lifecycle::create(&self.paths, spec, sources).map_err(RuntimeError::failed("create", spec.id))
    }

    async fn start(&self, spec: &SandboxSpec) -> Result<(), RuntimeError> {
        Sources::of(spec)?;
        let started = async { lifecycle::start(&self.door, &self.paths, self.oci().await?, spec).await };
        started.await.map_err(RuntimeError::failed("start", spec.id))
    }

    async fn resize(&self, id: SandboxId, resources: &Resources) -> Result<(), RuntimeError> {
        lifecycle::resize(&self.door, &self.paths, id, resources).map_err(RuntimeError::failed("resize", id))
    }

    async fn stop(&self, id: SandboxId, grace: Duration) -> Result<(), RuntimeError> {
        lifecycle::stop(&self.door, &self.paths, id, grace)
            .await
            .map_err(RuntimeError::failed("stop", id))
    }

    async fn remove(&self, id: SandboxId) -> Vec<Leftover> {
        lifecycle::remove(&self.door, &self.paths, id).await
    }

    async fn connect(&self, id: SandboxId, target: Target) -> Result<BoxStream, RuntimeError> {
        let connected = match target {
            Target::Agent => socket::connect(&self.paths.sandbox(id)).await,
            Target::Port(port) => {
                let netns = NamespacePins::at(&self.paths.namespaces(id)).net;
                match socket::connect_port(&self.door, &netns, port).await {
                    Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                        return Err(RuntimeError::NotListening { id, port });
                    }
                    other => other,
                }
            }
        };
        connected.map_err(|error| self.unreachable(id, error))
    }

    async fn usage(&self, id: SandboxId) -> Result<Usage, RuntimeError> {
        let hierarchies = Hierarchies::detect().map_err(RuntimeError::failed("measure", id))?;
        let counters = hierarchies
            .counters(&self.paths.cgroup(id))
            .ok_or(RuntimeError::NotRunning(id))?;
        Ok(Usage {
            cpu_ns: counters.cpu_ns,
            cpu_throttled_ns: counters.cpu_throttled_ns,
            memory_bytes: counters.memory_bytes,
            memory_limit_bytes: counters.memory_limit_bytes,
            pids: counters.pids,
            oom_kills: counters.oom_kills,
        })
    }
}

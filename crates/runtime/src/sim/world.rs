//! The host of the simulator.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

use super::fault::{Call, Failure, Fault, Operation, When};
use crate::error::RuntimeError;
use crate::runtime::BoxStream;
use crate::spec::{Resources, SandboxId, SandboxSpec};
use crate::state::{Exit, Leftover, SandboxState, Usage};

/// What the other end of a connection to an agent is given to.
type Agent = Arc<dyn Fn(SandboxId, BoxStream) + Send + Sync>;

/// A host in memory. Cheap to clone; all clones are the same host.
#[derive(Clone, Debug)]
pub struct World {
    inside: Arc<Mutex<Inside>>,
    deaths: Arc<watch::Sender<u64>>,
}

#[derive(Default)]
struct Inside {
    sandboxes: BTreeMap<SandboxId, Machine>,
    /// Homes are apart, as volumes are.
    homes: BTreeMap<SandboxId, BTreeMap<PathBuf, String>>,
    stuck: BTreeSet<SandboxId>,
    calls: Vec<Call>,
    faults: Vec<Fault>,
    now: Duration,
    pids: u32,
    agent: Option<Agent>,
}

#[derive(Debug)]
struct Machine {
    spec: SandboxSpec,
    files: BTreeMap<PathBuf, String>,
    state: SandboxState,
}

// === impl World ===

impl Default for World {
    fn default() -> Self {
        let inside = Inside {
            now: Duration::from_secs(1_000_000_000),
            pids: 100,
            ..Inside::default()
        };
        Self {
            inside: Arc::new(Mutex::new(inside)),
            deaths: Arc::new(watch::Sender::new(0)),
        }
    }
}

impl World {
    /// An empty host.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets the call after `skip` calls of this operation (of any, if `None`) go wrong. Each
    /// fault strikes once.
    pub fn fail_at(&self, operation: Option<Operation>, skip: usize, when: When, failure: Failure) {
        self.lock().faults.push(Fault {
            operation,
            skip,
            when,
            failure,
        });
    }

    /// Takes back the faults that have not struck.
    pub fn heal(&self) {
        self.lock().faults.clear();
    }

    /// The calls made so far, in order.
    pub fn calls(&self) -> Vec<(Operation, Option<SandboxId>)> {
        self.lock().calls.clone()
    }

    /// Waits until `count` calls have died since the world began.
    pub async fn died(&self, count: u64) {
        let mut deaths = self.deaths.subscribe();
        // The sender lives as long as this world.
        let _ = deaths.wait_for(|so_far| *so_far >= count).await;
    }

    /// How many calls have died.
    pub fn deaths(&self) -> u64 {
        *self.deaths.borrow()
    }

    /// The host's clock.
    pub fn now(&self) -> SystemTime {
        UNIX_EPOCH + self.lock().now
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.lock().now += by;
    }

    /// Lets `agent` answer on the other end of every connection made from now on.
    pub fn answer_with(&self, agent: impl Fn(SandboxId, BoxStream) + Send + Sync + 'static) {
        self.lock().agent = Some(Arc::new(agent));
    }

    /// Ends the first process of a sandbox, as a crash of it would.
    pub fn kill_init(&self, id: SandboxId) {
        self.end(id);
    }

    /// Restarts the host: nothing runs, what is durable is still there.
    pub fn reboot(&self) {
        for machine in self.lock().sandboxes.values_mut() {
            machine.state = SandboxState::Prepared;
        }
    }

    /// Lets the removal of a sandbox leave something behind until told otherwise.
    pub fn stick(&self, id: SandboxId, stuck: bool) {
        let mut inside = self.lock();
        if stuck {
            inside.stuck.insert(id)
        } else {
            inside.stuck.remove(&id)
        };
    }

    /// Writes a file as seen inside a running sandbox; whether there is one.
    pub fn write(&self, id: SandboxId, path: impl AsRef<Path>, text: &str) -> bool {
        let mut inside = self.lock();
        let Inside { sandboxes, homes, .. } = &mut *inside;
        let Some(machine) = sandboxes
            .get_mut(&id)
            .filter(|machine| machine.state.is_running())
        else {
            return false;
        };
        let in_home = path.as_ref().starts_with(&machine.spec.home.target);
        let files = if in_home {
            homes.entry(id).or_default()
        } else {
            &mut machine.files
        };
        files.insert(path.as_ref().to_owned(), text.to_owned());
        true
    }

    /// Reads a file as seen inside a running sandbox.
    pub fn read(&self, id: SandboxId, path: impl AsRef<Path>) -> Option<String> {
        let inside = self.lock();
        let machine = inside
            .sandboxes
            .get(&id)
            .filter(|machine| machine.state.is_running())?;
        let home = inside.homes.get(&id).and_then(|home| home.get(path.as_ref()));
        home.or_else(|| machine.files.get(path.as_ref())).cloned()
    }

    /// What is on the host of a sandbox, in words.
    pub fn traces(&self, id: SandboxId) -> Vec<String> {
        let inside = self.lock();
        let machine = inside
            .sandboxes
            .get(&id)
            .map(|machine| format!("machine: {:?}", machine.state));
        let home = inside.homes.get(&id).map(|_| "home".to_owned());
        machine.into_iter().chain(home).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        // A test that panicked while it held the lock has failed already.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a call and takes the fault that strikes it.
    pub(super) fn enter(&self, operation: Operation, id: Option<SandboxId>) -> Option<(When, Failure)> {
        let mut inside = self.lock();
        inside.calls.push((operation, id));
        let mut struck = None;
        for (index, fault) in inside.faults.iter_mut().enumerate() {
            if fault.operation.is_none_or(|wanted| wanted == operation) {
                if fault.skip == 0 {
                    struck = struck.or(Some(index));
                } else {
                    fault.skip -= 1;
                }
            }
        }
        struck
            .map(|index| inside.faults.remove(index))
            .map(|fault| (fault.when, fault.failure))
    }

    pub(super) async fn fail<T>(
        &self,
        failure: Failure,
        operation: Operation,
        id: Option<SandboxId>,
    ) -> Result<T, RuntimeError> {
        match failure {
            Failure::Error => {
                let source = format!("simulated failure of {operation:?} of {id:?}").into();
                Err(RuntimeError::Host {
                    action: "simulate",
                    source,
                })
            }
            Failure::Die => {
                self.deaths.send_modify(|count| *count += 1);
                std::future::pending().await
            }
        }
    }

    pub(super) fn list(&self) -> Vec<SandboxId> {
        self.lock().sandboxes.keys().copied().collect()
    }

    pub(super) fn state(&self, id: SandboxId) -> SandboxState {
        self.lock()
            .sandboxes
            .get(&id)
            .map_or(SandboxState::Absent, |machine| machine.state.clone())
    }

    pub(super) fn create(&self, spec: &SandboxSpec) {
        let mut inside = self.lock();
        inside.homes.entry(spec.id).or_default();
        let fresh = || Machine {
            spec: spec.clone(),
            files: BTreeMap::new(),
            state: SandboxState::Prepared,
        };
        inside.sandboxes.entry(spec.id).or_insert_with(fresh);
    }

    pub(super) fn start(&self, spec: &SandboxSpec) {
        self.create(spec);
        let mut inside = self.lock();
        inside.pids += 1;
        let running = SandboxState::Running {
            pid: Some(inside.pids),
            started_at: UNIX_EPOCH + inside.now,
        };
        if let Some(machine) = inside.sandboxes.get_mut(&spec.id)
            && !machine.state.is_running()
        {
            if !spec.keep_machine {
                machine.files.clear();
            }
            machine.spec = spec.clone();
            machine.state = running;
        }
    }

    /// A start that was cut off: something volatile is there, but nothing runs.
    pub(super) fn half_start(&self, spec: &SandboxSpec) {
        self.create(spec);
        let mut inside = self.lock();
        if let Some(machine) = inside.sandboxes.get_mut(&spec.id)
            && !machine.state.is_running()
        {
            machine.state = SandboxState::Exited(Exit::default());
        }
    }

    pub(super) fn end(&self, id: SandboxId) {
        if let Some(machine) = self.lock().sandboxes.get_mut(&id)
            && machine.state.is_running()
        {
            machine.state = SandboxState::Exited(Exit {
                message: "killed".to_owned(),
                started: true,
                ..Exit::default()
            });
        }
    }

    pub(super) fn resize(&self, id: SandboxId, resources: &Resources) {
        if let Some(machine) = self.lock().sandboxes.get_mut(&id)
            && machine.state.is_running()
        {
            machine.spec.resources = resources.clone();
        }
    }

    pub(super) fn stop(&self, id: SandboxId) {
        if let Some(machine) = self.lock().sandboxes.get_mut(&id) {
            machine.state = SandboxState::Prepared;
        }
    }

    pub(super) fn remove(&self, id: SandboxId) -> Vec<Leftover> {
        let mut inside = self.lock();
        if inside.stuck.contains(&id) {
            if let Some(machine) = inside.sandboxes.get_mut(&id) {
                machine.state = SandboxState::Prepared;
            }
            let path = PathBuf::from(id.to_string());
            let reason = "stuck, as the test wants it".to_owned();
            return vec![Leftover {
                kind: "directory",
                path,
                bytes: Some(4_096),
                reason,
            }];
        }
        inside.sandboxes.remove(&id);
        inside.homes.remove(&id);
        Vec::new()
    }

    pub(super) fn connected(&self, id: SandboxId, stream: BoxStream) {
        let agent = self.lock().agent.clone();
        if let Some(agent) = agent {
            agent(id, stream);
        }
    }

    pub(super) fn usage(&self, id: SandboxId) -> Option<Usage> {
        let inside = self.lock();
        let machine = inside
            .sandboxes
            .get(&id)
            .filter(|machine| machine.state.is_running())?;
        let limit = machine.spec.resources.memory_limit_bytes;
        Some(Usage {
            cpu_ns: 1,
            memory_bytes: 1 << 20,
            memory_limit_bytes: limit,
            pids: 1,
            ..Usage::default()
        })
    }
}

// === impl Inside ===

impl fmt::Debug for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inside")
            .field("sandboxes", &self.sandboxes)
            .finish_non_exhaustive()
    }
}

//! The engine as a whole: what wakes reconciles, and the workers that do them.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use toft_model::workspace::DataSourceKind;
use toft_model::{Image, Invalid, Kind, Snapshot, Template, Workspace};
use toft_store::{Key, Page, Selection, Store, StoreError, Watch};
use tokio::sync::broadcast;
use tokio::task::JoinSet;
use tracing::{info, warn};

use crate::admission::{self, Room};
use crate::driver::{Done, Driver};
use crate::events::Events;
use crate::images::ImageJobs;
use crate::ports::{HostFacts, Ports};
use crate::queue::Queue;
use crate::resolve;

/// Reconciles at the same time. More than cores: most of a step is waiting for the kernel.
const WORKERS: usize = 32;
/// How soon it is seen that a workspace ended by itself.
const PULSE_EVERY: Duration = Duration::from_secs(10);
/// How often strays are looked for.
const SWEEP_EVERY: Duration = Duration::from_mins(5);
/// How long the log of changes reaches back, and how many changes it keeps in any case.
const LOG_KEPT: (Duration, i64) = (Duration::from_hours(1), 10_000);

/// What an engine is told about its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineConfig {
    /// Agent and capacity.
    pub host: HostFacts,
    /// The id of this instance as a number: its ranges of ids begin at a place of their own.
    pub instance: u32,
}

/// Makes workspaces what they should be. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    driver: Arc<Driver>,
    queue: Arc<Queue>,
}

// === impl Engine ===

impl Engine {
    /// An engine over this store and world. Must be called within a Tokio runtime; does nothing
    /// until [`Engine::run`].
    pub fn new(store: Store, ports: Ports, config: EngineConfig) -> Self {
        let events = Events::new(store.clone());
        let images = ImageJobs::new(store.clone(), ports.images.clone(), events.clone());
        let queue = Arc::new(Queue::default());
        let driver = Arc::new(Driver::new(store, ports, config, images, events, queue.clone()));
        Self { driver, queue }
    }

    /// Every step that reconciles take from now on.
    pub fn steps(&self) -> broadcast::Receiver<Done> {
        self.driver.done.subscribe()
    }

    /// Gives up what goes on beside reconciles, so that another process can drive this store. Who
    /// stops the engine also drops [`Engine::run`].
    pub fn stop(&self) {
        self.driver.images.stop();
    }

    /// What can be reserved on this host.
    pub fn capacity(&self) -> Room {
        self.driver.capacity()
    }

    /// The image jobs, for `pull`.
    pub fn images(&self) -> &ImageJobs {
        &self.driver.images
    }

    /// Checks what cannot be told from a workspace alone, before it is created or changed: that
    /// its template and image exist, its parameters are the template's, and that this host could
    /// ever run it.
    ///
    /// # Errors
    /// Every field that is wrong. The outer error: the store cannot be read.
    pub async fn check(&self, workspace: &Workspace) -> Result<Result<(), Invalid>, StoreError> {
        let store = &self.driver.store;
        let template = match find::<Template>(store, Kind::Template, &workspace.spec.template).await? {
            Ok(template) => template,
            Err(known) => {
                return Ok(Err(unknown(
                    "spec.template",
                    "template",
                    &workspace.spec.template,
                    &known,
                )));
            }
        };
        if let Some(name) = &workspace.spec.image
            && let Err(known) = find::<Image>(store, Kind::Image, name).await?
        {
            return Ok(Err(unknown("spec.image", "image", name, &known)));
        }
        if let Err(invalid) = self.check_disk(workspace).await? {
            return Ok(Err(invalid));
        }
        let resolved = match resolve::resolve(workspace, &template) {
            Ok(resolved) => resolved,
            Err(invalid) => return Ok(Err(invalid)),
        };
        let runtime = &self.driver.ports.runtime;
        // What is there must be able to stop on a host that lost something since, and to be changed.
        let may_run = workspace.spec.running || workspace.metadata.uid.is_none();
        if may_run && let Some(reason) = runtime.refuses(resolved.init, resolved.nesting).await {
            let name = &workspace.spec.template;
            let reason = format!("this host cannot run workspaces of '{name}': {reason}");
            return Ok(Err(Invalid::field("spec.template", reason)));
        }
        Ok(admission::never_fits(self.capacity(), &resolved.resources))
    }

    /// Checks that a snapshot can be taken: that its workspace exists, and that disks can be kept here.
    ///
    /// # Errors
    /// The field that is wrong. The outer error: the store cannot be read.
    pub async fn check_snapshot(&self, snapshot: &Snapshot) -> Result<Result<(), Invalid>, StoreError> {
        // What is there was checked; its workspace may be gone since.
        if snapshot.metadata.uid.is_some() {
            return Ok(Ok(()));
        }
        let owner = snapshot.metadata.namespace.as_deref().unwrap_or_default();
        let (field, name) = ("spec.workspace", &snapshot.spec.workspace);
        self.check_source(field, Kind::Workspace, owner, name).await
    }

    /// What a workspace's disk begins with, or is to be put back to, exists.
    async fn check_disk(&self, workspace: &Workspace) -> Result<Result<(), Invalid>, StoreError> {
        let owner = workspace.metadata.namespace.as_deref().unwrap_or_default();
        let done = workspace.status.as_ref().and_then(|status| status.restored);
        if let Some(wish) = &workspace.spec.lifecycle.restore
            && Some(wish.requested_at) != done
        {
            let field = "spec.lifecycle.restore.snapshot";
            let found = self
                .check_source(field, Kind::Snapshot, owner, &wish.snapshot)
                .await?;
            if found.is_err() {
                return Ok(found);
            }
        }
        match &workspace.spec.data_source {
            Some(source) if workspace.metadata.uid.is_none() => {
                let kind = match source.kind {
                    DataSourceKind::Workspace => Kind::Workspace,
                    DataSourceKind::Snapshot => Kind::Snapshot,
                };
                self.check_source("spec.dataSource.name", kind, owner, &source.name)
                    .await
            }
            _ => Ok(Ok(())),
        }
    }

    async fn check_source(
        &self,
        field: &str,
        kind: Kind,
        owner: &str,
        name: &str,
    ) -> Result<Result<(), Invalid>, StoreError> {
        if !self.driver.ports.volumes.can_snapshot() {
            let why = "homes of this host are plain directories, which cannot be kept or copied; `toft doctor` says why";
            return Ok(Err(Invalid::field(field, why)));
        }
        let found = self.driver.store.get(&Key::new(kind, owner, name)).await?;
        let missing = || Invalid::field(field, format!("there is no {} '{name}'", kind.singular()));
        Ok(found.map(drop).ok_or_else(missing))
    }

    /// Reconciles until the future is dropped. Dropping it leaves every step where it stands;
    /// the next engine goes on from there.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn run(&self) -> Result<(), StoreError> {
        let mut tasks = JoinSet::new();
        for _ in 0..WORKERS {
            let (driver, queue) = (self.driver.clone(), self.queue.clone());
            tasks.spawn(async move {
                loop {
                    let key = queue.next().await;
                    let again = driver.reconcile(&key).await;
                    queue.done(key, again);
                }
            });
        }
        let driver = self.driver.clone();
        tasks.spawn(async move {
            loop {
                tokio::time::sleep(PULSE_EVERY).await;
                driver.pulse().await;
            }
        });
        let driver = self.driver.clone();
        tasks.spawn(async move {
            loop {
                driver.sweep().await;
                driver.tidy(LOG_KEPT).await;
                tokio::time::sleep(SWEEP_EVERY).await;
            }
        });
        loop {
            match self.follow().await {
                Err(StoreError::Expired { .. }) => info!("the watch fell behind the log; listing again"),
                other => return other,
            }
        }
    }

    /// Lists and watches workspaces and images, and asks for the reconciles that follow.
    async fn follow(&self) -> Result<(), StoreError> {
        let store = &self.driver.store;
        let images = store.list(&Selection::all(Kind::Image), &Page::default()).await?;
        for object in images.items {
            if let Ok(image) = serde_json::from_value::<Image>(object) {
                self.driver.images.refresh(&image).await?;
            }
        }
        let list = store
            .list(&Selection::all(Kind::Workspace), &Page::default())
            .await?;
        for object in &list.items {
            self.queue.push(Key::of(object)?);
        }
        let snapshots = store
            .list(&Selection::all(Kind::Snapshot), &Page::default())
            .await?;
        for object in &snapshots.items {
            self.queue.push(Key::of(object)?);
        }
        let mut snapshots = store.watch(Selection::all(Kind::Snapshot), list.version).await?;
        let mut workspaces = store.watch(Selection::all(Kind::Workspace), list.version).await?;
        let mut images = store.watch(Selection::all(Kind::Image), list.version).await?;
        loop {
            let object = next(&mut workspaces, &mut images, &mut snapshots).await?;
            match Key::of(&object) {
                Ok(key) if key.kind != Kind::Image => self.queue.push(key),
                Ok(key) => self.driver.image_changed(&key.name),
                Err(error) => warn!(%error, "an object in the log cannot be read"),
            }
        }
    }
}

async fn next(
    workspaces: &mut Watch,
    images: &mut Watch,
    snapshots: &mut Watch,
) -> Result<Value, StoreError> {
    let event = tokio::select! {
        event = workspaces.next() => event?,
        event = images.next() => event?,
        event = snapshots.next() => event?,
    };
    Ok(event.object)
}

/// An object, or the names of those that exist.
async fn find<T: serde::de::DeserializeOwned>(
    store: &Store,
    kind: Kind,
    name: &str,
) -> Result<Result<T, Vec<String>>, StoreError> {
    let found = store.get(&Key::new(kind, "", name)).await?;
    if let Some(object) = found.and_then(|object| serde_json::from_value(object).ok()) {
        return Ok(Ok(object));
    }
    let list = store.list(&Selection::all(kind), &Page::default()).await?;
    let name = |object: &Value| object["metadata"]["name"].as_str().map(str::to_owned);
    Ok(Err(list.items.iter().filter_map(name).collect()))
}

fn unknown(field: &str, kind: &str, name: &str, known: &[String]) -> Invalid {
    let known = if known.is_empty() {
        "there are none".to_owned()
    } else {
        format!("known are {}", known.join(", "))
    };
    Invalid::field(field, format!("there is no {kind} '{name}': {known}"))
}

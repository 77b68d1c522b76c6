//! Ports of apps' own, for visitors for whom wildcard names lead nowhere: on the LAN by address,
//! or by a name that has none below it.
//!
//! A number is allocated to an app of a workspace once, in the store, and stays its own until the
//! workspace is deleted; it is open while the workspace runs. What decides that no two apps have
//! the same is the store's unique constraint.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use serde_json::Value;
use toft_gateway::{AppHost, AppName, Gateway, PortError};
use toft_model::Kind;
use toft_model::cause::chain;
use toft_store::{Change, Page, Selection, Store, StoreError};
use tokio::time::{MissedTickBehavior, interval, sleep};
use uuid::Uuid;

use super::config::PortRange;
use super::routes::Known;

/// The allocations' kind in the store. Its owners are `UID/APP`.
const KIND: &str = "app-port";
/// Ports of one workspace that were asked for by their number; declared apps do not count.
const NUMBERS_MAX: usize = 8;
/// How often a port that another program holds is tried again.
const RETRY: Duration = Duration::from_secs(30);
/// The pause after the store could not be followed.
const PAUSE: Duration = Duration::from_secs(1);

/// Why an app has no port.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoPort {
    #[error("apps have no ports of their own here: serve with '--app-ports FIRST-LAST'")]
    Off,
    #[error("all ports for apps ({0}) are taken: serve with a wider '--app-ports'")]
    Full(PortRange),
    #[error(
        "{NUMBERS_MAX} ports of this workspace have been opened by number; declare the app in a template, or delete and create the workspace anew"
    )]
    Numbers,
    #[error("the daemon is about to end; try again")]
    Ending,
    #[error(transparent)]
    Port(#[from] PortError),
    #[error(transparent)]
    Store(StoreError),
}

/// The ports of all apps. Cheap to clone.
#[derive(Clone)]
pub(super) struct AppPorts(Arc<Inner>);

struct Inner {
    store: Store,
    range: Option<PortRange>,
    gateway: OnceLock<Weak<Gateway>>,
    /// One opens or closes at a time.
    turn: tokio::sync::Mutex<()>,
    open: Mutex<HashMap<Uuid, BTreeMap<String, u16>>>,
    /// Apps that should have a port and have none, and why.
    trouble: Mutex<BTreeMap<String, String>>,
}

// === impl AppPorts ===

impl AppPorts {
    pub(super) fn new(store: Store, range: Option<PortRange>) -> Self {
        Self(Arc::new(Inner {
            store,
            range,
            gateway: OnceLock::new(),
            turn: tokio::sync::Mutex::default(),
            open: Mutex::default(),
            trouble: Mutex::default(),
        }))
    }

    /// The numbers that apps get.
    pub(super) fn range(&self) -> Option<PortRange> {
        self.0.range
    }

    /// Apps that should have a port and have none, each with the reason.
    pub(super) fn trouble(&self) -> Vec<String> {
        let trouble = self.0.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.iter().map(|(app, why)| format!("{app}: {why}")).collect()
    }

    /// Opens and closes ports as workspaces come and go.
    pub(super) async fn keep(self, gateway: Weak<Gateway>) {
        let _ = self.0.gateway.set(gateway);
        if self.0.range.is_none() {
            return;
        }
        loop {
            match self.follow().await {
                Err(StoreError::Expired { .. }) | Ok(()) => {}
                Err(error) => {
                    tracing::error!(error = %chain(&error), "cannot give apps their ports; trying again");
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// The port of an app, which gets one if it has none.
    pub(super) async fn ensure(&self, uid: Uuid, host: &AppHost) -> Result<u16, NoPort> {
        let _turn = self.0.turn.lock().await;
        self.open(uid, host).await
    }

    async fn follow(&self) -> Result<(), StoreError> {
        let everything = Selection::all(Kind::Workspace);
        let list = self.0.store.list(&everything, &Page::default()).await?;
        let mut seen: HashMap<Uuid, (String, Known)> = HashMap::new();
        let there = list.items.into_iter().filter_map(Known::read);
        let there: Vec<_> = there.collect();
        self.forget_all_but(&there.iter().map(|(_, known)| known.id.0).collect())
            .await?;
        for (name, known) in there {
            self.settle(&name, &known).await;
            seen.insert(known.id.0, (name, known));
        }
        if let Some(gateway) = self.0.gateway.get().and_then(Weak::upgrade) {
            // Whose apps are not there any more, nobody takes over.
            gateway.close_spare();
        }
        let mut watch = self.0.store.watch(everything, list.version).await?;
        let mut ticks = interval(RETRY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                event = watch.next() => {
                    let event = event?;
                    if event.change == Change::Deleted {
                        if let Some(uid) = uid_of(&event.object) {
                            seen.remove(&uid);
                            self.forget(uid).await?;
                        }
                    } else if let Some((name, known)) = Known::read(event.object) {
                        let same = |before: &(String, Known)| before.1.comes == known.comes && before.1.apps == known.apps;
                        if !seen.get(&known.id.0).is_some_and(same) {
                            self.settle(&name, &known).await;
                        }
                        seen.insert(known.id.0, (name, known));
                    }
                }
                _ = ticks.tick() => {
                    if !self.trouble().is_empty() {
                        for (name, known) in seen.values() {
                            self.settle(name, known).await;
                        }
                    }
                }
            }
        }
    }

    /// Opens the ports of a workspace that runs, closes those of one that does not.
    async fn settle(&self, name: &str, known: &Known) {
        let _turn = self.0.turn.lock().await;
        let uid = known.id.0;
        if !known.comes {
            return self.close(uid);
        }
        let mut apps: BTreeSet<String> = known.apps.keys().cloned().collect();
        match self.numbers(uid).await {
            Ok(numbers) => apps.extend(numbers),
            Err(error) => {
                tracing::warn!(error = %chain(&error), workspace = name, "cannot look up which ports it has")
            }
        }
        for app in apps {
            let Some(host) = host(&app, name, &known.owner) else {
                continue;
            };
            let outcome = self.open(uid, &host).await;
            let mut trouble = self.0.trouble.lock().unwrap_or_else(PoisonError::into_inner);
            match outcome {
                Ok(_) => drop(trouble.remove(&host.to_string())),
                Err(error) => {
                    let why = error.to_string();
                    if trouble.insert(host.to_string(), why.clone()).as_ref() != Some(&why) {
                        tracing::warn!(app = %host, why, "an app has no port of its own");
                    }
                }
            }
        }
    }

    async fn open(&self, uid: Uuid, host: &AppHost) -> Result<u16, NoPort> {
        let range = self.0.range.ok_or(NoPort::Off)?;
        let gateway = self
            .0
            .gateway
            .get()
            .and_then(Weak::upgrade)
            .ok_or(NoPort::Ending)?;
        let owner = format!("{uid}/{}", host.app);
        if let Some(port) = self.kept(&owner, range).await? {
            gateway.open_app_port(port, host.clone())?;
            self.note(uid, host, port);
            return Ok(port);
        }
        if matches!(host.app, AppName::Port(_))
            && self.numbers(uid).await.map_err(NoPort::Store)?.len() >= NUMBERS_MAX
        {
            return Err(NoPort::Numbers);
        }
        // Other programs listen where they like: a number is an app's when it could be opened.
        let mut busy = HashSet::new();
        loop {
            let free = range.numbers().filter(|port| !busy.contains(port));
            let port = self
                .0
                .store
                .allocate(KIND, &owner, free.map(|port| port.to_string()))
                .await;
            let port: u16 = match port {
                Ok(port) => port.parse().unwrap_or_default(),
                Err(StoreError::Exhausted { .. }) => return Err(NoPort::Full(range)),
                Err(error) => return Err(NoPort::Store(error)),
            };
            match gateway.open_app_port(port, host.clone()) {
                Ok(_) => {
                    self.note(uid, host, port);
                    return Ok(port);
                }
                Err(error) => {
                    tracing::debug!(%error, "a port for apps is not to be had");
                    self.0.store.release(KIND, &owner).await.map_err(NoPort::Store)?;
                    busy.insert(port);
                }
            }
        }
    }

    /// The number that an app has already; one that is outside of the range by now is given back.
    async fn kept(&self, owner: &str, range: PortRange) -> Result<Option<u16>, NoPort> {
        let kept = self
            .0
            .store
            .allocation(KIND, owner)
            .await
            .map_err(NoPort::Store)?;
        let Some(kept) = kept else { return Ok(None) };
        match kept.parse::<u16>().ok().filter(|port| range.contains(*port)) {
            Some(port) => Ok(Some(port)),
            None => {
                self.0.store.release(KIND, owner).await.map_err(NoPort::Store)?;
                Ok(None)
            }
        }
    }

    /// The ports of a workspace that were asked for by number, as apps.
    async fn numbers(&self, uid: Uuid) -> Result<Vec<String>, StoreError> {
        let prefix = format!("{uid}/");
        let all = self.0.store.allocations(KIND).await?;
        let own = all
            .into_iter()
            .filter_map(|(_, owner)| owner.strip_prefix(&prefix).map(str::to_owned));
        Ok(own.filter(|app| app.parse::<u16>().is_ok()).collect())
    }

    fn note(&self, uid: Uuid, host: &AppHost, port: u16) {
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.entry(uid).or_default().insert(host.app.to_string(), port);
    }

    fn close(&self, uid: Uuid) {
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        let ports = open.remove(&uid).unwrap_or_default();
        if let Some(gateway) = self.0.gateway.get().and_then(Weak::upgrade) {
            for port in ports.into_values() {
                gateway.close_app_port(port);
            }
        }
    }

    /// Closes the ports of a workspace that is gone, and gives its numbers back.
    async fn forget(&self, uid: Uuid) -> Result<(), StoreError> {
        let _turn = self.0.turn.lock().await;
        self.close(uid);
        self.release(|owner| owner == uid).await
    }

    /// Gives back what workspaces had that went while nobody looked.
    async fn forget_all_but(&self, there: &HashSet<Uuid>) -> Result<(), StoreError> {
        let _turn = self.0.turn.lock().await;
        self.release(|owner| !there.contains(&owner)).await
    }

    async fn release(&self, gone: impl Fn(Uuid) -> bool) -> Result<(), StoreError> {
        for (_, owner) in self.0.store.allocations(KIND).await? {
            let uid = owner.split_once('/').and_then(|(uid, _)| uid.parse().ok());
            if uid.is_none_or(&gone) {
                self.0.store.release(KIND, &owner).await?;
            }
        }
        Ok(())
    }
}

/// An app by name or number as the gateway names it.
pub(super) fn host(app: &str, workspace: &str, owner: &str) -> Option<AppHost> {
    AppHost::from_label(&format!("{app}--{workspace}--{owner}")).ok()
}

fn uid_of(object: &Value) -> Option<Uuid> {
    object["metadata"]["uid"].as_str()?.parse().ok()
}

//! A host in memory: what outlives every daemon, and the ports over it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use toft_agent::wire::{AppSpec, AppState, AppStatus, Apps};
use toft_engine::Ports;
use toft_engine::ports::{
    Agents, Attachment, Cause, Home, Images, Networks, OnProgress, Place, PreparedImage, Volumes,
};
use toft_model::ImageSource;
use toft_runtime::sim::{SimRuntime, World};
use toft_runtime::{
    BoxStream, Check, HomeSource, Leftover, NetworkView, Provides, Resources, Root, Runtime, RuntimeError,
    SandboxId, SandboxSpec, SandboxState, Target, Usage,
};

use uuid::Uuid;

use crate::cut::Cut;

/// What a host holds. Cheap to clone; all clones are the same host.
#[derive(Clone, Default)]
pub struct Host {
    pub world: World,
    things: Arc<Mutex<Things>>,
}

/// What the simulated runtime does not hold itself.
#[derive(Default)]
pub struct Things {
    pub image: bool,
    pub homes: BTreeSet<SandboxId>,
    /// What homes are held to.
    pub limits: BTreeMap<SandboxId, u64>,
    /// What snapshots hold: whose disk.
    pub snapshots: BTreeMap<Uuid, SandboxId>,
    /// What machines were begun on.
    pub begun: BTreeMap<SandboxId, String>,
    pub attached: BTreeMap<SandboxId, Place>,
    /// Whose cable went with the sandbox's namespace.
    pub unplugged: BTreeSet<SandboxId>,
    /// Subnets of which a bridge is there.
    pub bridges: BTreeSet<u32>,
    /// What agents were told, by the first process that they are.
    apps: BTreeMap<u32, Vec<AppSpec>>,
    /// Calls that are refused for as long as their names stand here.
    pub refused: BTreeSet<&'static str>,
    /// Numbers that the workspaces of a subnet can have.
    pub seats: Option<u32>,
    /// Whether apps stay as they are when they were started.
    pub apps_hang: bool,
}

/// One daemon's way to the host.
#[derive(Clone)]
struct Way {
    host: Host,
    cut: Arc<Cut>,
    runtime: SimRuntime,
}

// === impl Host ===

impl Host {
    pub fn things(&self) -> MutexGuard<'_, Things> {
        self.things.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ports of one daemon, which end as `cut` says.
    pub fn ports(&self, cut: Arc<Cut>) -> Ports {
        let runtime = SimRuntime::providing(self.world.clone(), Provides::default());
        let way = Arc::new(Way {
            host: self.clone(),
            cut,
            runtime,
        });
        Ports {
            images: way.clone(),
            volumes: way.clone(),
            networks: way.clone(),
            runtime: way.clone(),
            agents: way,
        }
    }

    /// Restarts the host: what is volatile is gone.
    pub fn reboot(&self) {
        self.world.reboot();
        let mut things = self.things();
        things.attached.clear();
        things.bridges.clear();
        things.apps.clear();
    }

    /// Everything on the host that belongs to a workspace, in words.
    pub fn traces(&self, id: SandboxId) -> Vec<String> {
        let things = self.things();
        // The simulated runtime's own homes are of no account: it does not provide them here.
        let mut traces = self.world.traces(id);
        traces.retain(|trace| trace != "home");
        traces.extend(things.homes.contains(&id).then(|| "home".to_owned()));
        traces.extend(things.attached.contains_key(&id).then(|| "network".to_owned()));
        traces
    }
}

// === impl Way ===

impl Way {
    /// Makes a call that changes the host, unless it is refused.
    async fn change<T>(&self, name: &'static str, act: impl FnOnce(&mut Things) -> T) -> Result<T, Cause> {
        let host = self.host.clone();
        let act = async move {
            let mut things = host.things();
            if things.refused.contains(name) {
                return Err(Cause::from(format!("{name} is refused, as the test wants it")));
            }
            Ok(act(&mut things))
        };
        self.cut.pass(name, act).await
    }

    fn refuses(&self, name: &'static str, id: SandboxId) -> Result<(), RuntimeError> {
        if self.host.things().refused.contains(name) {
            return Err(RuntimeError::failed(name, id)("refused, as the test wants it"));
        }
        Ok(())
    }

    /// The first process of a sandbox that runs, by which its agent is known.
    async fn agent(&self, id: SandboxId) -> Result<u32, Cause> {
        match self.runtime.inspect(id).await? {
            SandboxState::Running { pid: Some(pid), .. } => Ok(pid),
            other => Err(format!("nobody answers: {other:?}").into()),
        }
    }

    async fn told(&self, id: SandboxId) -> Result<Apps, Cause> {
        let agent = self.agent(id).await?;
        let things = self.host.things();
        let state = if things.apps_hang {
            AppState::Starting
        } else {
            AppState::Ready
        };
        let told = |app: &AppSpec| AppStatus {
            name: app.name.clone(),
            state,
            reason: String::new(),
            pid: None,
            exit_code: None,
            restarts: 0,
            since_s: 0,
        };
        Ok(Apps {
            revision: 1,
            apps: things
                .apps
                .get(&agent)
                .map(|apps| apps.iter().map(told).collect())
                .unwrap_or_default(),
        })
    }
}

#[async_trait]
impl Images for Way {
    fn find(&self, _: &ImageSource) -> Option<PreparedImage> {
        let root = Root::Directory(PathBuf::from("/images/one"));
        self.host.things().image.then(|| PreparedImage {
            digest: "sha256:00".into(),
            root,
            size_bytes: 1,
            env: BTreeMap::new(),
        })
    }

    fn get(&self, digest: &str) -> Option<PreparedImage> {
        self.find(&ImageSource::default())
            .filter(|image| image.digest == digest)
    }

    async fn prepare(&self, source: &ImageSource, _: OnProgress) -> Result<PreparedImage, Cause> {
        self.change("image.prepare", |things| things.image = true).await?;
        self.find(source).ok_or_else(|| "it is gone again".into())
    }
}

#[async_trait]
impl Volumes for Way {
    fn exists(&self, id: SandboxId) -> bool {
        self.host.things().homes.contains(&id)
    }

    async fn ensure(&self, home: &Home<'_>) -> Result<HomeSource, Cause> {
        let id = home.id;
        self.change("volume.ensure", |things| things.homes.insert(id))
            .await?;
        Ok(HomeSource::Directory(
            PathBuf::from("/volumes").join(id.to_string()),
        ))
    }

    async fn limit(&self, id: SandboxId, storage_bytes: u64, _: bool) -> Result<(), Cause> {
        self.change("volume.limit", |things| things.limits.insert(id, storage_bytes))
            .await
            .map(|_| ())
    }

    fn begun_on(&self, id: SandboxId) -> Option<String> {
        self.host.things().begun.get(&id).cloned()
    }

    async fn begin_on(&self, id: SandboxId, digest: &str) -> Result<(), Cause> {
        self.change("volume.image", |things| {
            things.begun.insert(id, digest.to_owned())
        })
        .await
        .map(|_| ())
    }

    fn can_snapshot(&self) -> bool {
        true
    }

    fn has_snapshot(&self, snapshot: Uuid) -> bool {
        self.host.things().snapshots.contains_key(&snapshot)
    }

    async fn snapshot(&self, id: SandboxId, snapshot: Uuid) -> Result<Option<u64>, Cause> {
        let keep = |things: &mut Things| {
            things.snapshots.entry(snapshot).or_insert(id);
        };
        self.change("volume.snapshot", keep).await.map(|()| Some(1))
    }

    async fn restore(&self, id: SandboxId, snapshot: Uuid) -> Result<(), Cause> {
        assert!(
            !self.runtime.inspect(id).await?.is_running(),
            "a disk in use is replaced"
        );
        let put = |things: &mut Things| {
            assert!(
                things.snapshots.contains_key(&snapshot),
                "what was never kept is restored"
            );
            things.homes.insert(id);
        };
        self.change("volume.restore", put).await
    }

    async fn remove_snapshot(&self, snapshot: Uuid) -> Result<(), Cause> {
        self.change("volume.forget", |things| things.snapshots.remove(&snapshot))
            .await
            .map(|_| ())
    }

    async fn renew(&self, id: SandboxId) -> Result<(), Cause> {
        self.change("volume.renew", |things| things.homes.remove(&id))
            .await
            .map(|_| ())
    }

    async fn remove(&self, id: SandboxId) -> Result<(), Cause> {
        self.change("volume.remove", |things| things.homes.remove(&id))
            .await
            .map(|_| ())
    }
}

#[async_trait]
impl Networks for Way {
    fn subnets(&self) -> u32 {
        16
    }

    fn hosts(&self) -> Range<u32> {
        0..self.host.things().seats.unwrap_or(200)
    }

    fn attached(&self, id: SandboxId, place: Place) -> bool {
        let things = self.host.things();
        things.attached.get(&id) == Some(&place) && !things.unplugged.contains(&id)
    }

    fn traces(&self, id: SandboxId) -> bool {
        self.host.things().attached.contains_key(&id)
    }

    async fn attach(&self, attachment: &Attachment) -> Result<NetworkView, Cause> {
        let (id, place) = (attachment.id, attachment.place);
        let taken = self.change("network.attach", |things| {
            let taken = things
                .attached
                .iter()
                .any(|(other, known)| *other != id && *known == place);
            things.attached.insert(id, place);
            things.unplugged.remove(&id);
            things.bridges.insert(place.subnet);
            taken
        });
        assert!(!taken.await?, "two workspaces at {place:?}");
        let address = std::net::Ipv4Addr::from(0x0ad5_0002 + (place.subnet << 8) + place.host);
        let namespaces = PathBuf::from("/sandboxes").join(id.to_string());
        Ok(NetworkView {
            namespaces,
            address: address.into(),
            gateway: None,
            dns: None,
            search: None,
            hosts: Vec::new(),
        })
    }

    async fn detach(&self, id: SandboxId, _: Place) -> Result<(), Cause> {
        self.change("network.detach", |things| things.attached.remove(&id))
            .await
            .map(|_| ())
    }

    async fn release(&self, subnet: u32) -> Result<(), Cause> {
        self.change("network.release", |things| things.bridges.remove(&subnet))
            .await
            .map(|_| ())
    }
}

#[async_trait]
impl Agents for Way {
    async fn answers(&self, id: SandboxId) -> bool {
        self.cut.pass("agent.answers", self.agent(id)).await.is_ok()
    }

    async fn wait(&self, id: SandboxId, _: Duration) -> Result<(), Cause> {
        self.cut.pass("agent.wait", self.agent(id)).await.map(|_| ())
    }

    async fn configure(&self, id: SandboxId, apps: Vec<AppSpec>) -> Result<Apps, Cause> {
        let agent = self.agent(id).await?;
        self.change("agent.configure", |things| things.apps.insert(agent, apps))
            .await?;
        self.told(id).await
    }

    async fn apps(&self, id: SandboxId) -> Result<Apps, Cause> {
        self.cut.pass("agent.apps", self.told(id)).await
    }

    async fn apps_changed(&self, id: SandboxId, _: u64, limit: Duration) -> Result<Apps, Cause> {
        if self.host.things().apps_hang {
            tokio::time::sleep(limit).await;
        }
        self.cut.pass("agent.apps_changed", self.told(id)).await
    }

    async fn ports(&self, _: SandboxId) -> Result<Vec<u16>, Cause> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Runtime for Way {
    fn name(&self) -> &'static str {
        self.runtime.name()
    }

    fn provides(&self) -> Provides {
        self.runtime.provides()
    }

    fn host(&self) -> String {
        self.runtime.host()
    }

    async fn probe(&self) -> Vec<Check> {
        self.runtime.probe().await
    }

    async fn list(&self) -> Result<Vec<SandboxId>, RuntimeError> {
        self.cut.pass("runtime.list", self.runtime.list()).await
    }

    async fn inspect(&self, id: SandboxId) -> Result<SandboxState, RuntimeError> {
        self.cut.pass("runtime.inspect", self.runtime.inspect(id)).await
    }

    async fn create(&self, spec: &SandboxSpec) -> Result<(), RuntimeError> {
        self.cut.pass("runtime.create", self.runtime.create(spec)).await
    }

    async fn start(&self, spec: &SandboxSpec) -> Result<(), RuntimeError> {
        self.refuses("runtime.start", spec.id)?;
        // Starts carry the time of day, as restarts are asked for by it.
        let behind = SystemTime::now()
            .duration_since(self.host.world.now())
            .unwrap_or_default();
        self.host.world.advance(behind);
        self.cut.pass("runtime.start", self.runtime.start(spec)).await
    }

    async fn resize(&self, id: SandboxId, resources: &Resources) -> Result<(), RuntimeError> {
        self.cut
            .pass("runtime.resize", self.runtime.resize(id, resources))
            .await
    }

    async fn stop(&self, id: SandboxId, grace: Duration) -> Result<(), RuntimeError> {
        self.refuses("runtime.stop", id)?;
        let stop = async {
            let stopped = self.runtime.stop(id, grace).await;
            self.host.things().unplugged.insert(id);
            stopped
        };
        self.cut.pass("runtime.stop", stop).await
    }

    async fn remove(&self, id: SandboxId) -> Vec<Leftover> {
        self.cut.pass("runtime.remove", self.runtime.remove(id)).await
    }

    async fn connect(&self, id: SandboxId, target: Target) -> Result<BoxStream, RuntimeError> {
        self.runtime.connect(id, target).await
    }

    async fn usage(&self, id: SandboxId) -> Result<Usage, RuntimeError> {
        self.runtime.usage(id).await
    }
}

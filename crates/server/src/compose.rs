//! Everything real, put together: the one place that knows all crates.
//!
//! ```text
//! config ─► data directory ─► store ─► images, volumes, network, runtime ─► engine
//!                                └────────────► API ─► gateway (TLS) and local socket
//! ```
//!
//! What can fail has failed before anything is served. Nothing is printed: the caller is told
//! the addresses.

mod apps;
mod binary;
mod builtin;
mod config;
mod data;
mod host;
mod images;
mod names;
mod networks;
mod ports;
mod purge;
mod routes;
mod sessions;
mod socket;
mod upkeep;
mod volumes;

use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use toft_effects::Door;
use toft_engine::agents::RuntimeAgents;
use toft_engine::ports::HostFacts;
use toft_engine::{Engine, EngineConfig, Ports};
use toft_gateway::{Bound, Domain, Drained, Gateway, GatewayConfig, Ui};
use toft_image::ImageStore;
use toft_network::Network;
use toft_runtime::Runtime;
use toft_runtime_container::{ContainerConfig, ContainerRuntime};
use toft_store::Store;
use toft_volume::Volumes;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::routes::toft::login::{Links, login_links};
use crate::state::App;

pub use config::{NotPorts, PortRange, ServeConfig, ServeError};
pub use purge::purge;
pub use toft_volume::Choice;

/// How long requests and terminals may go on when the daemon is told to end.
const DRAIN: Duration = Duration::from_secs(10);

/// How long requests to the API hold a hand-over up.
const REQUESTS: Duration = Duration::from_secs(5);

/// A daemon whose place another one took: only what it was sending through is left.
pub struct Left {
    app: App,
    gateway: Arc<Gateway>,
}

/// A running daemon.
pub struct Server {
    app: App,
    gateway: Arc<Gateway>,
    tasks: JoinSet<()>,
    local: UnixListener,
    images: ImageStore,
    addresses: Vec<SocketAddr>,
    runtime: Arc<ContainerRuntime>,
    network: Network,
    door: Door,
    data: PathBuf,
}

/// Opens everything and begins to serve.
///
/// # Expected flow
/// `serve(config)` → print [`Server::urls`] and [`Server::login_links`] → [`Server::run`].
///
/// # Errors
/// What is in the way, and what to do about it. Nothing is served then.
pub async fn serve(config: ServeConfig) -> Result<Server, ServeError> {
    let domain = Domain::parse(&config.domain)?;
    let data = data::prepare(&config.data_dir)?;
    let door = Door::from_env();
    let store = Store::open_through(door.clone(), &data).await?;
    // Bound before anything is touched that workspaces use: a taken port changes nothing.
    let bound = bind(&config, &data, domain)?;
    let addresses = bound.addresses()?;
    let runtime = Arc::new(ContainerRuntime::new(
        door.clone(),
        ContainerConfig {
            data: data.clone(),
            volumes: data.join("volumes"),
            instance: store.instance_id().to_owned(),
            host: host::name(),
        },
    ));
    if let Err(error) = runtime.guard() {
        // Workspaces run without it; `doctor` says what is missing.
        tracing::warn!(error = %toft_model::cause::chain(&error), "the data directory is not guarded against set-user-id programs");
    }
    let binary = binary::install(&data, config.agent_binary.as_deref(), &*runtime).await?;
    let store_of_images = open_images(&door, &config, &data)?;
    let images = images::ImagePort::new(store_of_images.clone());
    let volumes = Volumes::open(door.clone(), &data, config.volumes).await?;
    let network = networks::open(&door, &store, &data, &binary).await?;
    builtin::install(&store).await?;
    let ports = Ports {
        images: Arc::new(images.clone()),
        volumes: Arc::new(volumes::VolumePort::new(volumes.clone())),
        networks: Arc::new(networks::NetworkPort::new(
            network.clone(),
            door.clone(),
            runtime.clone(),
        )),
        runtime: runtime.clone(),
        agents: Arc::new(RuntimeAgents::new(runtime.clone())),
    };
    let engine = Engine::new(store.clone(), ports, engine_config(&store, binary));
    let names = names::Names::look(bound.directory()).await;
    let app_ports = ports::AppPorts::new(store.clone(), config.app_ports);
    let host = host::Host {
        names: names.clone(),
        ports: app_ports.clone(),
        directory: bound.directory(),
        certificates: bound.certificates(),
        addresses: addresses.clone(),
        data: data.clone(),
        store: store.clone(),
        runtime: runtime.clone(),
        network: network.clone(),
        volumes: volumes.clone(),
        images,
    };
    let app = App::new(store.clone(), engine.clone(), runtime.clone(), Arc::new(host)).await?;
    let known = routes::Routes::default();
    let gateway = Arc::new(bound.serve(
        Ui::new(crate::router(app.clone())),
        Arc::new(apps::AppPort::new(app.clone(), known.clone())),
        Arc::new(sessions::SessionPort::new(app.clone(), known.clone())),
    )?);
    let mut tasks = JoinSet::new();
    let local = socket::serve(&data, config.inherited_local, app.clone(), &mut tasks)?;
    networks::resume(&network, &store, &runtime).await;
    tasks.spawn(volumes::clear(volumes.clone()));
    tasks.spawn(volumes.keep());
    tasks.spawn(networks::keep(network.clone(), store, runtime.clone()));
    upkeep::start(&app, &gateway, known, network.clone(), &mut tasks);
    tasks.spawn(names.keep());
    tasks.spawn(app_ports.keep(Arc::downgrade(&gateway)));
    Ok(Server {
        app,
        gateway,
        tasks,
        local,
        images: store_of_images,
        addresses,
        runtime,
        network,
        door,
        data,
    })
}

// === impl Server ===

impl Server {
    /// Where a browser finds the UI, the best first: this machine's, then the LAN's.
    pub fn urls(&self) -> Vec<String> {
        self.app.site().urls()
    }

    /// Where it listens.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Links that sign the first admin in once. They are for the terminal, never for a log.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn login_links(&self) -> Result<Links, ServeError> {
        Ok(login_links(&self.app, self.app.local_user()).await?)
    }

    /// Whether anybody has signed in with a browser yet.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn is_new(&self) -> Result<bool, ServeError> {
        Ok(self.app.store().sessions(self.app.local_user()).await?.is_empty())
    }

    /// The listening sockets, for a process that takes over: those of the network and the local
    /// one.
    ///
    /// # Errors
    /// They cannot be copied.
    pub fn listeners(&self) -> std::io::Result<(Vec<TcpListener>, UnixListener)> {
        Ok((self.gateway.listeners()?, self.local.try_clone()?))
    }

    /// Counts whenever somebody's sign-in was taken back.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.app.accounts().changes()
    }

    /// Leaves data directory and sockets to another process, which has copies of them: ends what
    /// it does there and what comes back by itself, waits for requests, and gives the lock back.
    /// What is left are requests to apps.
    ///
    /// # Errors
    /// The lock cannot be given back.
    pub async fn leave(mut self) -> Result<Left, ServeError> {
        // Terminals, watches and logs come back, to whoever accepts by then.
        self.app.close();
        self.app.engine().stop();
        self.tasks.shutdown().await;
        self.gateway.leave().await;
        self.app.requests().close();
        if tokio::time::timeout(REQUESTS, self.app.requests().wait())
            .await
            .is_err()
        {
            tracing::warn!("requests go on while the next daemon takes over");
        }
        self.images.leave()?;
        self.app.store().leave().await?;
        Ok(Left {
            app: self.app,
            gateway: self.gateway,
        })
    }

    /// Serves until `stop` is done; then lets what goes on finish, for ten seconds. Workspaces go
    /// on running.
    pub async fn run(mut self, stop: impl Future<Output = ()>) -> Option<Drained> {
        stop.await;
        // Watches, terminals and logs end first, with a word that makes clients come back.
        self.app.close();
        // What is cut off in a step is taken up by the next daemon.
        self.tasks.shutdown().await;
        let drained = match Arc::try_unwrap(self.gateway) {
            Ok(gateway) => Some(gateway.shutdown(DRAIN).await),
            Err(_) => None,
        };
        self.app.store().close().await;
        // Where nothing runs, nothing stays on the host: the directory can be moved or copied.
        if self.runtime.is_idle().await.unwrap_or(false)
            && let Err(error) = Volumes::release(&self.door, &self.data)
        {
            tracing::warn!(%error, "the pool of homes stays mounted");
        }
        match self.runtime.release().await {
            Ok(false) => {}
            Ok(true) => {
                if let Err(error) = self.network.purge().await {
                    tracing::warn!(%error, "some of the network stays");
                }
            }
            Err(error) => tracing::warn!(%error, "the data directory stays mounted"),
        }
        drained
    }
}

// === impl Left ===

impl Left {
    /// Lets requests and WebSockets to apps finish until `deadline`; ends those whose right ends
    /// at the daemon that took over, which `revoked` tells.
    pub async fn drain(self, deadline: Duration, mut revoked: UnboundedReceiver<()>) -> Option<Drained> {
        let gateway = Arc::try_unwrap(self.gateway).ok()?;
        let app = self.app;
        let told = async move {
            while revoked.recv().await.is_some() {
                app.accounts().taken_back_elsewhere();
            }
            std::future::pending().await
        };
        tokio::select! {
            drained = gateway.shutdown(deadline) => Some(drained),
            () = told => None,
        }
    }
}

fn bind(config: &ServeConfig, data: &std::path::Path, domain: Domain) -> Result<Bound, ServeError> {
    let mut gateway = GatewayConfig::new(domain, data.join("tls"));
    gateway.host_names = toft_gateway::names::host_names();
    gateway.host_names.extend(config.host_names.iter().cloned());
    gateway.listen.clone_from(&config.listen);
    let inherited = config
        .inherited
        .iter()
        .map(TcpListener::try_clone)
        .collect::<Result<_, _>>();
    let inherited = inherited.map_err(|source| ServeError::File {
        doing: "take a listening socket over".to_owned(),
        source,
    })?;
    Ok(Bound::new(gateway, inherited)?)
}

fn open_images(door: &Door, config: &ServeConfig, data: &std::path::Path) -> Result<ImageStore, ServeError> {
    let options = toft_image::Options {
        cache: config.image_cache.clone(),
        ..toft_image::Options::default()
    };
    Ok(ImageStore::open_with(
        door.clone(),
        &data.join("images"),
        options,
    )?)
}

fn engine_config(store: &Store, agent_binary: std::path::PathBuf) -> EngineConfig {
    let instance = u32::from_str_radix(store.instance_id(), 16).unwrap_or(0);
    let (cpu_milli, memory_bytes) = host::capacity();
    let host = HostFacts {
        agent_binary,
        cpu_milli,
        memory_bytes,
    };
    EngineConfig { host, instance }
}

/// What runs on this host, for `toft doctor` without a daemon.
pub async fn probe(data_dir: &std::path::Path) -> Vec<crate::site::Check> {
    let config = ContainerConfig {
        data: data_dir.to_owned(),
        volumes: data_dir.join("volumes"),
        instance: "000000".to_owned(),
        host: host::name(),
    };
    let runtime = ContainerRuntime::new(Door::from_env(), config);
    runtime
        .probe()
        .await
        .into_iter()
        .map(host::runtime_check)
        .collect()
}

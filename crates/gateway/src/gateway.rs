//! The gateway as the server holds it: bind, serve, open ports for apps, hand over, drain.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admission::Admission;
use crate::api::{Apps, Sessions, Ui};
use crate::config::GatewayConfig;
use crate::connection::{Acceptor, LINGER};
use crate::directory::Directory;
use crate::host::AppHost;
use crate::listen::{self, ListenError};
use crate::names;
use crate::pool::Pool;
use crate::serve::Core;
use crate::tls::{self, Certificates, TlsError};

/// How often the host's addresses and the certificates' ends are looked at.
const REFRESH: Duration = Duration::from_mins(1);

/// How often idle connections to apps are looked at.
const SWEEP: Duration = Duration::from_secs(10);

/// Why the gateway does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is not to be had.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// There are no certificates.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A socket does not work.
    #[error("failed to use a listening socket: {0}")]
    Socket(#[source] io::Error),
}

/// Why an app gets no port of its own.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// It cannot be opened.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// Another app has it already.
    #[error("port {port} already belongs to {holder}")]
    Taken {
        /// The port.
        port: u16,
        /// The app that has it.
        holder: AppHost,
    },
    /// The socket does not work.
    #[error("failed to use a listening socket: {0}")]
    Socket(#[source] io::Error),
}

/// Bound, with certificates, but not yet serving: everything that can fail has not.
pub struct Bound {
    config: GatewayConfig,
    listeners: Vec<TcpListener>,
    spare: Vec<TcpListener>,
    directory: Arc<Directory>,
    certificates: Arc<Certificates>,
}

/// A running gateway. Dropping it does not stop it; [`Gateway::shutdown`] does.
pub struct Gateway {
    acceptor: Arc<Acceptor>,
    /// Kept to be handed over; accepting goes on through copies.
    listeners: Vec<TcpListener>,
    /// Inherited ones that nobody wanted yet: those of apps' ports.
    spare: Mutex<Vec<TcpListener>>,
    app_ports: Mutex<HashMap<u16, AppPort>>,
    upkeep: CancellationToken,
    /// Where apps' ports are opened: the addresses of the listeners.
    ports_at: Vec<IpAddr>,
}

struct AppPort {
    host: Arc<AppHost>,
    address: SocketAddr,
    /// Kept to be handed over, as the others are.
    listeners: Vec<TcpListener>,
    closed: CancellationToken,
}

/// How a shutdown went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were still busy at the deadline and were cut.
    pub cut: usize,
}

// === impl Bound ===

impl Bound {
    /// Opens the listeners and the certificates.
    ///
    /// # Expected flow
    /// `Bound::new(config, vec![])?` → make the UI, which may keep [`Bound::directory`] and
    /// [`Bound::certificates`] → [`Bound::serve`] → [`Gateway::shutdown`].
    ///
    /// `inherited` are listeners of a gateway before this one ([`Gateway::listeners`]); those at
    /// addresses that are wanted are used, so that no connection is refused in between.
    pub fn new(config: GatewayConfig, inherited: Vec<TcpListener>) -> Result<Self, StartError> {
        let names = names::wanted(&config);
        let certificates = Certificates::open(&config.tls_dir, &config.domain, &names, SystemTime::now())?;
        let mut spare = inherited;
        let listeners = listen::open(&config.listen, &mut spare)?;
        let directory = Arc::new(Directory::new(&config));
        let bound = Self {
            config,
            listeners,
            spare,
            directory,
            certificates,
        };
        if let Some(address) = bound.addresses()?.first() {
            bound.directory.set_ui_port(address.port());
        }
        Ok(bound)
    }

    /// Where it listens.
    pub fn addresses(&self) -> Result<Vec<SocketAddr>, StartError> {
        let addresses = self
            .listeners
            .iter()
            .map(TcpListener::local_addr)
            .collect::<Result<_, _>>();
        addresses.map_err(StartError::Socket)
    }

    /// What host names mean.
    pub fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.directory)
    }

    /// The certificates in use.
    pub fn certificates(&self) -> Arc<Certificates> {
        Arc::clone(&self.certificates)
    }

    /// Begins to answer. Must be called within a tokio runtime.
    pub fn serve(
        self,
        ui: Ui,
        apps: Arc<dyn Apps>,
        sessions: Arc<dyn Sessions>,
    ) -> Result<Gateway, StartError> {
        let mut ports_at: Vec<IpAddr> = Vec::new();
        for address in self.addresses()? {
            if !ports_at.contains(&address.ip()) {
                ports_at.push(address.ip());
            }
        }
        let tls = TlsAcceptor::from(tls::server_config(Arc::clone(&self.certificates))?);
        let limits = self.config.limits.clone();
        let core = Arc::new(Core {
            directory: Arc::clone(&self.directory),
            ui,
            apps,
            changes: sessions.changes(),
            sessions,
            pool: Pool::new(limits.idle_per_app, limits.idle_upstream),
            tunnels: TaskTracker::new(),
            leaving: CancellationToken::new(),
            cut: CancellationToken::new(),
            limits,
        });
        let total = core.limits.connections.min(descriptors() / 3);
        let acceptor = Arc::new(Acceptor {
            admission: Admission::new(total, core.limits.connections_per_source, core.limits.handshakes),
            core,
            tls,
            certificates: self.certificates,
            tasks: TaskTracker::new(),
            drain: CancellationToken::new(),
        });
        accept_on(&self.listeners, &acceptor).map_err(StartError::Socket)?;
        let upkeep = CancellationToken::new();
        tokio::spawn(
            upkeep
                .clone()
                .run_until_cancelled_owned(keep_up(Arc::clone(&acceptor), self.config)),
        );
        let app_ports = Mutex::default();
        Ok(Gateway {
            acceptor,
            listeners: self.listeners,
            spare: Mutex::new(self.spare),
            app_ports,
            upkeep,
            ports_at,
        })
    }
}

// === impl Gateway ===

impl Gateway {
    /// What host names mean.
    pub fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.acceptor.core.directory)
    }

    /// The certificates in use.
    pub fn certificates(&self) -> Arc<Certificates> {
        Arc::clone(&self.acceptor.certificates)
    }

    /// Serves an app at a port of its own, for those who cannot have wildcard names, on each
    /// address that the UI is served on. Port 0 takes any. Opening it again for the same app
    /// changes nothing. Returns the first address.
    ///
    /// # Caveats
    /// Browsers do not keep cookies of different ports apart. Servers of apps get their own only
    /// ([`crate::cookies`]); cookies that scripts may read are read by the scripts of all apps on
    /// the host, and the space for cookies is shared.
    pub fn open_app_port(&self, port: u16, host: AppHost) -> Result<SocketAddr, PortError> {
        let mut ports = self.app_ports();
        if let Some(open) = ports.get(&port) {
            let holder = AppHost::clone(&open.host);
            return if holder == host {
                Ok(open.address)
            } else {
                Err(PortError::Taken { port, holder })
            };
        }
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let listeners = listen::everywhere(&self.ports_at, port, &mut spare)?;
        drop(spare);
        let address = listeners
            .first()
            .map_or(Ok(listen::every_address(port)), TcpListener::local_addr);
        let address = address.map_err(PortError::Socket)?;
        let copies: io::Result<Vec<_>> = listeners
            .iter()
            .map(|listener| tokio::net::TcpListener::from_std(listener.try_clone()?))
            .collect();
        let (host, closed) = (Arc::new(host), self.acceptor.drain.child_token());
        self.acceptor
            .core
            .directory
            .set_app_port(address.port(), Some(&host));
        for listener in copies.map_err(PortError::Socket)? {
            self.acceptor.tasks.spawn(Arc::clone(&self.acceptor).listen(
                listener,
                Some(Arc::clone(&host)),
                closed.clone(),
            ));
        }
        ports.insert(
            address.port(),
            AppPort {
                host,
                address,
                listeners,
                closed,
            },
        );
        Ok(address)
    }

    /// Closes an app's port; connections to it end with the request they are at. Returns whether
    /// it was open.
    pub fn close_app_port(&self, port: u16) -> bool {
        let Some(open) = self.app_ports().remove(&port) else {
            return false;
        };
        open.closed.cancel();
        self.acceptor.core.directory.set_app_port(port, None);
        true
    }

    /// Drops the idle connections to a workspace that stopped.
    pub fn evict(&self, workspace: &str) {
        self.acceptor.core.pool.evict(workspace);
    }

    /// Connections open now, `WebSocket`s included.
    pub fn open_connections(&self) -> usize {
        self.acceptor.admission.open()
    }

    /// Copies of the listening sockets, apps' included, for a process that takes over.
    pub fn listeners(&self) -> io::Result<Vec<TcpListener>> {
        let ports = self.app_ports();
        let apps = ports.values().flat_map(|port| &port.listeners);
        self.listeners
            .iter()
            .chain(apps)
            .map(TcpListener::try_clone)
            .collect()
    }

    /// Closes inherited sockets that no app has asked for.
    pub fn close_spare(&self) {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Leaves the listening sockets to another process: accepts nothing any more, and has clients
    /// come back over new connections, which wait there meanwhile. Returns when connections
    /// without a request are closed. What is under way goes on until [`Gateway::shutdown`].
    pub async fn leave(&self) {
        self.acceptor.core.leaving.cancel();
        sleep(LINGER).await;
    }

    /// Stops accepting, lets requests and `WebSocket`s finish until `deadline`, then cuts the rest.
    /// Sockets that were copied for another process go on listening there.
    pub async fn shutdown(self, deadline: Duration) -> Drained {
        let Self {
            acceptor,
            listeners,
            upkeep,
            app_ports,
            ..
        } = self;
        upkeep.cancel();
        acceptor.drain.cancel();
        drop((listeners, app_ports));
        let tunnels = &acceptor.core.tunnels;
        acceptor.tasks.close();
        tunnels.close();
        let finished = async {
            acceptor.tasks.wait().await;
            tunnels.wait().await;
        };
        let cut = match timeout(deadline, finished).await {
            Ok(()) => 0,
            Err(_) => acceptor.admission.open(),
        };
        acceptor.core.cut.cancel();
        acceptor.tasks.wait().await;
        tunnels.wait().await;
        Drained { cut }
    }

    /// Nothing that may panic is called while the map is held.
    fn app_ports(&self) -> MutexGuard<'_, HashMap<u16, AppPort>> {
        self.app_ports.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Accepts through copies, so that the listeners themselves can be handed over.
fn accept_on(listeners: &[TcpListener], acceptor: &Arc<Acceptor>) -> io::Result<()> {
    for listener in listeners {
        let copy = tokio::net::TcpListener::from_std(listener.try_clone()?)?;
        acceptor
            .tasks
            .spawn(Arc::clone(acceptor).listen(copy, None, acceptor.drain.clone()));
    }
    Ok(())
}

/// Looks after certificates and idle connections, for as long as the gateway runs.
async fn keep_up(acceptor: Arc<Acceptor>, config: GatewayConfig) {
    let (mut sweep, mut refresh) = (interval(SWEEP), interval(REFRESH));
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    refresh.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = sweep.tick() => acceptor.core.pool.sweep(),
            _ = refresh.tick() => {
                let names = names::wanted(&config);
                if let Err(error) = acceptor.certificates.refresh(&names, SystemTime::now()) {
                    tracing::error!(%error, "cannot renew a certificate: the old one stays in use");
                }
            }
        }
    }
}

/// How many descriptors this process may have. A connection to an app needs two.
fn descriptors() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

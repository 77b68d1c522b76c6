//! `toft up` and `toft serve`: the daemon.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use http::Method;
use serde_json::json;
use toft_server::compose::{self, Choice, PortRange, ServeConfig, ServeError, Server};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::client::{Api, Settings};
use crate::failure::{Context, Failure, Outcome};
use crate::output;
use crate::roles::handover::{DRAIN, Inherited, Successor};
use crate::roles::{config, notify};

/// How the daemon is to serve.
#[derive(Clone, Debug, Args)]
pub struct Serving {
    /// Where to listen; every address, at 443 or else 8443, without it. May be given several times.
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Vec<SocketAddr>,
    /// The domain of the UI, below which every app has a name of its own.
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    /// Ports that apps get for visitors who come by address or a bare host name: 9700-9899
    /// without it; `none` for no such ports.
    #[arg(long, value_name = "FIRST-LAST")]
    app_ports: Option<String>,
    /// What homes are kept on: `btrfs` (limits and snapshots: the data directory's own, or a pool
    /// in a file), `directory`, or `auto`, which takes the first where it can be had.
    #[arg(long, value_name = "KIND")]
    volumes: Option<Choice>,
    /// A file with `dataDir`, `listen`, `domain`, `appPorts` and `volumes` (YAML); the command line goes before it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Arguments of `up`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sudo toft up\n  sudo toft up --data-dir /srv/toft --listen 127.0.0.1:8443"
)]
pub struct Up {
    #[command(flatten)]
    serving: Serving,
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  sudo toft serve\n  sudo toft serve --config /etc/toft.yaml")]
pub struct Serve {
    #[command(flatten)]
    serving: Serving,
}

// === impl Up ===

impl Up {
    pub async fn run(self, settings: &Settings) -> Outcome<ExitCode> {
        // One that runs already only needs to give a link.
        let api = Api::local(self.serving.resolve(settings)?.data_dir);
        if let Ok(links) = api
            .json(Method::POST, "/api/toft/v1/login-links", &json!({}))
            .await
        {
            output::say("Toft runs already.");
            print_links(
                links["links"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|link| link.as_str()),
            )?;
            return Ok(ExitCode::SUCCESS);
        }
        // Before anything is served: who stops it at once gets an orderly end, too.
        let mut signals = Signals::new()?;
        let server = self.serving.start(settings, Inherited::take()?).await?;
        notify::serving();
        let links = server.login_links().await.map_err(told)?;
        print_links(links.links.iter().map(String::as_str))?;
        output::say("Toft serves until you press Ctrl-C; workspaces go on without it.");
        // Whoever closes the terminal wants it to end.
        signals.any().await;
        end(server).await
    }
}

// === impl Serve ===

impl Serve {
    pub async fn run(self, settings: &Settings) -> Outcome<ExitCode> {
        // Before the file at this path is another one.
        let program = std::env::current_exe().context(|| "find this program".to_owned())?;
        let mut inherited = Inherited::take()?;
        let mut signals = Signals::new()?;
        let predecessor = inherited.predecessor.take();
        let mut server = match predecessor {
            None => self.serving.start(settings, inherited).await?,
            Some(mut predecessor) => {
                // What is wrong with the configuration is found while the other one serves.
                self.serving.resolve(settings)?;
                predecessor.make_room().await;
                let server = self.serving.start(settings, inherited).await?;
                predecessor.relieve(server.changes()).await;
                server
            }
        };
        notify::serving();
        for url in server.urls() {
            tracing::info!(%url, "serving");
        }
        loop {
            match signals.any().await {
                Asked::HandOver if !std::io::stdin().is_terminal() => {}
                _ => return end(server).await,
            }
            match self.hand_over(settings, &program, server, &mut signals).await? {
                Some(same) => server = same,
                None => return Ok(ExitCode::SUCCESS),
            }
        }
    }

    /// Gives the place to a successor; the server comes back where that does not take it.
    async fn hand_over(
        &self,
        settings: &Settings,
        program: &PathBuf,
        server: Server,
        signals: &mut Signals,
    ) -> Outcome<Option<Server>> {
        notify::reloading();
        let mut successor = match Successor::start(program, &server).await {
            Ok(successor) => successor,
            Err(failure) => {
                tracing::error!(%failure, "nobody takes over; this daemon goes on");
                notify::serving();
                return Ok(Some(server));
            }
        };
        let listening = server.addresses().len();
        let (tcp, local) = server
            .listeners()
            .context(|| "keep the sockets for the case that it fails".to_owned())?;
        let left = server.leave().await.map_err(told)?;
        if let Err(failure) = successor.take_over().await {
            tracing::error!(%failure, "the next daemon did not take over; this one takes its place again");
            successor.end().await;
            let (_, nobody) = tokio::sync::mpsc::unbounded_channel();
            tokio::spawn(left.drain(DRAIN, nobody));
            let inherited = Inherited {
                tcp,
                listening,
                local: Some(local),
                predecessor: None,
            };
            let server = self.serving.start(settings, inherited).await?;
            notify::serving();
            return Ok(Some(server));
        }
        tracing::info!("another process took over; this one finishes what it was sending through");
        drop((tcp, local));
        successor
            .outlive(left, async { while signals.any().await == Asked::HandOver {} })
            .await;
        Ok(None)
    }
}

// === impl Serving ===

impl Serving {
    async fn start(&self, settings: &Settings, inherited: Inherited) -> Outcome<Server> {
        let mut config = self.resolve(settings)?;
        if config.listen.is_empty() {
            // Whoever opened them said where to listen.
            config.listen = inherited
                .tcp
                .iter()
                .take(inherited.listening)
                .filter_map(|socket| socket.local_addr().ok())
                .collect();
        }
        config.inherited = inherited.tcp;
        config.inherited_local = inherited.local;
        compose::serve(config).await.map_err(told)
    }

    /// The command line before the file before what is usual.
    fn resolve(&self, settings: &Settings) -> Outcome<ServeConfig> {
        let file = self
            .config
            .as_deref()
            .map(config::read)
            .transpose()?
            .unwrap_or_default();
        let data_dir = settings
            .data_dir
            .clone()
            .or(file.data_dir)
            .unwrap_or_else(|| settings.data_dir());
        let mut config = ServeConfig::new(data_dir);
        config.listen = if self.listen.is_empty() {
            file.listen
        } else {
            self.listen.clone()
        };
        if let Some(domain) = self.domain.clone().or(file.domain) {
            config.domain = domain;
        }
        let volumes = file.volumes.as_deref().map(str::parse).transpose();
        let volumes = volumes.context(|| "understand the kind of volumes".to_owned())?;
        config.volumes = self.volumes.or(volumes).unwrap_or_default();
        if let Some(ports) = self.app_ports.clone().or(file.app_ports) {
            config.app_ports =
                PortRange::parse(&ports).context(|| "understand the ports for apps".to_owned())?;
        }
        config.image_cache = Some(cache());
        Ok(config)
    }
}

/// Where finished images are packed, so that another data directory need not make them again:
/// the person's cache (XDG Base Directory Specification), or the machine's.
fn cache() -> PathBuf {
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_CACHE_HOME")
        .unwrap_or_else(|| PathBuf::from("/var/cache"))
        .join("toft")
}

/// The links are data: the only thing on standard output. They are written nowhere else.
fn print_links<'a>(links: impl Iterator<Item = &'a str>) -> Outcome<()> {
    output::say(
        "Open one of these links, the first on this machine, the others from elsewhere.\nIt signs you in once and soon expires:\n",
    );
    for link in links {
        output::data(&format!("  {link}\n"))?;
    }
    output::say("");
    Ok(())
}

/// What a daemon is asked by signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// To end (`SIGINT`, `SIGTERM`).
    End,
    /// To give its place to a successor (`SIGHUP`).
    HandOver,
}

/// The signals that a daemon listens to.
struct Signals {
    interrupted: Signal,
    terminated: Signal,
    hung_up: Signal,
}

// === impl Signals ===

impl Signals {
    fn new() -> Outcome<Self> {
        let on = |kind| signal(kind).context(|| "listen for signals".to_owned());
        Ok(Self {
            interrupted: on(SignalKind::interrupt())?,
            terminated: on(SignalKind::terminate())?,
            hung_up: on(SignalKind::hangup())?,
        })
    }

    async fn any(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupted.recv() => Asked::End,
            _ = self.terminated.recv() => Asked::End,
            _ = self.hung_up.recv() => Asked::HandOver,
        }
    }
}

async fn end(server: Server) -> Outcome<ExitCode> {
    notify::stopping();
    server.run(std::future::ready(())).await;
    Ok(ExitCode::SUCCESS)
}

/// A failure of the daemon, for people.
pub fn told(error: ServeError) -> Failure {
    let denied = matches!(&error, ServeError::File { source, .. } if source.kind() == std::io::ErrorKind::PermissionDenied);
    let failure = Failure::new(error.to_string());
    if denied && !rustix::process::geteuid().is_root() {
        return failure.hint("workspaces need root on their host: sudo toft up");
    }
    failure
}

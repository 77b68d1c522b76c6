//! `toft up` and `toft serve`: the daemon.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use http::Method;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use toft_server::serve::{self, Running, ServeConfig, ServeError};

use crate::client::{Api, Settings};
use crate::failure::{Context, Failure, Outcome};
use crate::output;
use crate::roles::config;

/// How the daemon is to serve.
#[derive(Clone, Debug, Args)]
pub struct Serving {
    /// Where to listen; every address, at 443 or else 8443, without it. May be given several times.
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Vec<SocketAddr>,
    /// The domain of the UI, below which every app has a name of its own.
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    /// A file with `dataDir`, `listen` and `domain` (YAML); the command line goes before it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Arguments of `up`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  sudo toft up\n  sudo toft up --data-dir /srv/toft --listen 127.0.0.1:8443")]
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
        if let Ok(links) = api.json(Method::POST, "/api/toft/v1/login-links", &json!({})).await {
            output::say("Toft runs already.");
            print_links(links["links"].as_array().into_iter().flatten().filter_map(|link| link.as_str()))?;
            return Ok(ExitCode::SUCCESS);
        }
        let running = self.serving.start(settings).await?;
        let links = running.login_links(None).await.map_err(told)?;
        print_links(links.iter().map(String::as_str))?;
        output::say("Toft serves until you press Ctrl-C; workspaces go on without it.");
        until_stopped(running).await
    }
}

// === impl Serve ===

impl Serve {
    pub async fn run(self, settings: &Settings) -> Outcome<ExitCode> {
        let running = self.serving.start(settings).await?;
        for url in running.urls() {
            tracing::info!(%url, "serving");
        }
        until_stopped(running).await
    }
}

// === impl Serving ===

impl Serving {
    async fn start(&self, settings: &Settings) -> Outcome<Running> {
        serve::start(self.resolve(settings)?).await.map_err(told)
    }

    /// The command line before the file before what is usual.
    fn resolve(&self, settings: &Settings) -> Outcome<ServeConfig> {
        let file = self.config.as_deref().map(config::read).transpose()?.unwrap_or_default();
        Ok(ServeConfig {
            data_dir: settings.data_dir.clone().or(file.data_dir).unwrap_or_else(|| settings.data_dir()),
            listen: if self.listen.is_empty() { file.listen } else { self.listen.clone() },
            domain: self.domain.clone().or(file.domain).unwrap_or_else(|| "toft.localhost".to_owned()),
            program: std::env::current_exe().context(|| "find this program".to_owned())?,
        })
    }
}

/// The links are data: the only thing on standard output. They are written nowhere else.
fn print_links<'a>(links: impl Iterator<Item = &'a str>) -> Outcome<()> {
    output::say("Open one of these links, the first on this machine, the others from elsewhere.\nIt signs you in once and soon expires:\n");
    for link in links {
        output::data(&format!("  {link}\n"))?;
    }
    output::say("");
    Ok(())
}

async fn until_stopped(mut running: Running) -> Outcome<ExitCode> {
    let on = |kind| signal(kind).context(|| "listen for signals".to_owned());
    let (mut interrupted, mut terminated) = (on(SignalKind::interrupt())?, on(SignalKind::terminate())?);
    let by_itself = tokio::select! {
        _ = interrupted.recv() => false,
        _ = terminated.recv() => false,
        () = running.wait() => true,
    };
    running.stop().await;
    Ok(if by_itself { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// A failure of the daemon, for people.
pub fn told(error: ServeError) -> Failure {
    let failure = Failure::new(error.to_string());
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

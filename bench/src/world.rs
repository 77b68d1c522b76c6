//! What a run has at hand: Toft and its peers, each started when first asked for, and removed at
//! the end whatever happened.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::failure::{Context, Failure};
use crate::peers::caddy::Caddy;
use crate::peers::docker::Docker;
use crate::peers::incus::Incus;
use crate::peers::nginx::Nginx;
use crate::peers::ttyd::Ttyd;
use crate::site::Site;
use crate::toft::Toft;

/// A peer that runs, or why it does not.
pub type Peer<T> = Result<Arc<T>, String>;

/// Everything of one run.
#[derive(Debug)]
pub struct World {
    dir: TempDir,
    program: PathBuf,
    cache: PathBuf,
    rounds: usize,
    toft: OnceCell<Arc<Toft>>,
    docker: OnceCell<Peer<Docker>>,
    incus: OnceCell<Peer<Incus>>,
    nginx: OnceCell<Peer<Nginx>>,
    caddy: OnceCell<Peer<Caddy>>,
    ttyd: OnceCell<Peer<Ttyd>>,
}

// === impl World ===

impl World {
    /// `program` is the binary to measure; `cache` outlives the run; each subject is measured
    /// `rounds` times.
    pub fn new(program: &Path, cache: &Path, rounds: usize) -> Result<Self, Failure> {
        // Sockets below it must fit 108 octets.
        let dir = tempfile::Builder::new().prefix("toft-bench-").tempdir_in("/tmp");
        Ok(Self {
            dir: dir.context(|| "make a directory in /tmp".to_owned())?,
            program: program.to_owned(),
            cache: cache.to_owned(),
            rounds,
            toft: OnceCell::new(),
            docker: OnceCell::new(),
            incus: OnceCell::new(),
            nginx: OnceCell::new(),
            caddy: OnceCell::new(),
            ttyd: OnceCell::new(),
        })
    }

    /// How often each subject is measured.
    pub fn rounds(&self) -> usize {
        self.rounds
    }

    /// A scratch directory of the run.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Toft, with its image made.
    ///
    /// # Errors
    /// It does not start: nothing can be measured.
    pub async fn toft(&self) -> Result<Arc<Toft>, Failure> {
        let start = async || {
            say("starting Toft and making its image");
            let toft = Arc::new(Toft::start(&self.program, &self.dir().join("toft"), &self.cache).await?);
            match toft.prepare().await {
                Ok(()) => Ok(toft),
                Err(failure) => {
                    report("remove Toft", toft.close().await);
                    Err(failure)
                }
            }
        };
        self.toft.get_or_try_init(start).await.cloned()
    }

    /// Docker with the root of Toft's image.
    pub async fn docker(&self) -> Peer<Docker> {
        let start = async || {
            say("starting Docker");
            let root = self.toft().await?.root()?;
            Docker::start(&self.dir().join("docker"), &root)
                .await
                .map(Arc::new)
        };
        let start = async || start().await.map_err(|failure: Failure| failure.to_string());
        self.docker.get_or_init(start).await.clone()
    }

    /// Incus with the root of Toft's image.
    pub async fn incus(&self) -> Peer<Incus> {
        let start = async || {
            say("starting Incus");
            let root = self.toft().await?.root()?;
            Incus::start(&self.dir().join("incus"), &root).await.map(Arc::new)
        };
        let start = async || start().await.map_err(|failure: Failure| failure.to_string());
        self.incus.get_or_init(start).await.clone()
    }

    /// nginx with the certificate of Toft's apps.
    pub async fn nginx(&self) -> Peer<Nginx> {
        let start = async || {
            say("starting nginx");
            let pem = Site::pem(&*self.toft().await?);
            Nginx::start(&self.dir().join("nginx"), &pem).await.map(Arc::new)
        };
        let start = async || start().await.map_err(|failure: Failure| failure.to_string());
        self.nginx.get_or_init(start).await.clone()
    }

    /// Caddy with the certificate of Toft's apps, for any host.
    pub async fn caddy(&self) -> Peer<Caddy> {
        let start = async || {
            say("starting Caddy");
            let pem = Site::pem(&*self.toft().await?);
            Caddy::start(&self.dir().join("caddy"), &pem).await.map(Arc::new)
        };
        let start = async || start().await.map_err(|failure: Failure| failure.to_string());
        self.caddy.get_or_init(start).await.clone()
    }

    /// ttyd with the certificate of Toft's apps.
    pub async fn ttyd(&self) -> Peer<Ttyd> {
        let start = async || {
            say("starting ttyd");
            let pem = Site::pem(&*self.toft().await?);
            Ttyd::start(&self.dir().join("ttyd"), &pem).await.map(Arc::new)
        };
        let start = async || start().await.map_err(|failure: Failure| failure.to_string());
        self.ttyd.get_or_init(start).await.clone()
    }

    /// Removes everything. What cannot be removed is said.
    pub async fn close(self) {
        if let Some(Ok(docker)) = self.docker.get() {
            report("end Docker", docker.close().await);
        }
        if let Some(Ok(incus)) = self.incus.get() {
            report("end Incus", incus.close().await);
        }
        if let Some(toft) = self.toft.get() {
            report("remove Toft", toft.close().await);
        }
        let dir = self.dir.path().to_owned();
        report(
            "remove the scratch directory",
            self.dir.close().context(|| format!("remove {}", dir.display())),
        );
    }
}

/// Talk, on standard error.
pub fn say(line: &str) {
    eprintln!("bench: {line}");
}

fn report(doing: &str, outcome: Result<(), Failure>) {
    if let Err(failure) = outcome {
        say(&format!("could not {doing}: {failure}"));
    }
}

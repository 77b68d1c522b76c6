//! The daemon that is measured: the release binary in a data directory of its own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::failure::{Context, Failure};
use crate::process::{self, Done};

/// The image and the templates that the measurements use.
const OBJECTS: &str = include_str!("objects.yaml");
/// The template of a workspace that weighs as much as a container of the peers does.
pub const TEMPLATE: &str = "bench";
/// The template of one that reserves so little that 50 fit on two cores.
pub const SMALL: &str = "bench-small";

/// A running daemon. What it made goes with [`Toft::close`].
#[derive(Debug)]
pub struct Toft {
    program: PathBuf,
    dir: PathBuf,
    cache: PathBuf,
    port: u16,
    daemon: Mutex<Option<Child>>,
}

// === impl Toft ===

impl Toft {
    /// Starts a daemon whose data is below `dir`. Images are packed in `cache` for the next run.
    pub async fn start(program: &Path, dir: &Path, cache: &Path) -> Result<Self, Failure> {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .context(|| "find a free port".to_owned())?
            .port();
        let toft = Self {
            program: program.to_owned(),
            dir: dir.to_owned(),
            cache: cache.to_owned(),
            port,
            daemon: Mutex::new(None),
        };
        std::fs::create_dir_all(dir).context(|| format!("make {}", dir.display()))?;
        toft.serve().await?;
        Ok(toft)
    }

    /// Makes the image and the templates; the first time this takes a minute or two.
    pub async fn prepare(&self) -> Result<(), Failure> {
        self.feed(&["apply", "-f", "-"], OBJECTS.as_bytes()).await?;
        self.create("prepare", TEMPLATE).await?;
        self.delete(&["prepare"]).await
    }

    /// Ends the daemon in an orderly way and starts it again: it has done nothing yet.
    pub async fn restart(&self) -> Result<(), Failure> {
        self.stop().await?;
        self.serve().await
    }

    /// Runs a command line to its end.
    pub async fn call(&self, args: &[&str]) -> Result<Done, Failure> {
        self.feed(args, &[]).await
    }

    /// The same with this on its standard input.
    pub async fn feed(&self, args: &[&str], input: &[u8]) -> Result<Done, Failure> {
        process::feed(&mut self.command(args), input).await
    }

    /// Creates a workspace and waits until it is ready.
    pub async fn create(&self, name: &str, template: &str) -> Result<Done, Failure> {
        self.call(&["create", name, "--template", template, "--wait=900", "-o", "name"])
            .await
    }

    /// Runs a command in a workspace.
    pub async fn exec(&self, name: &str, command: &[&str]) -> Result<Done, Failure> {
        self.call(&[&["exec", name, "--"], command].concat()).await
    }

    /// Deletes workspaces and waits until they are gone.
    pub async fn delete(&self, names: &[&str]) -> Result<(), Failure> {
        let flags = ["delete", "--yes", "--force", "--wait=300"];
        self.call(&[&flags, names].concat()).await.map(drop)
    }

    /// The process of the daemon.
    pub fn pid(&self) -> Result<u32, Failure> {
        let daemon = self.lock();
        let pid = daemon.as_ref().and_then(Child::id);
        pid.ok_or_else(|| Failure::new("the daemon does not run"))
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its data directory.
    pub fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// The tree of the image, as the daemon keeps it.
    pub fn root(&self) -> Result<PathBuf, Failure> {
        let roots = self.data().join("images/roots");
        let mut entries = std::fs::read_dir(&roots).context(|| format!("list {}", roots.display()))?;
        let first = entries.find_map(Result::ok);
        first
            .map(|entry| entry.path().join("rootfs"))
            .ok_or_else(|| Failure::new("the daemon has no image"))
    }

    /// Stops it and removes all that it made.
    pub async fn close(&self) -> Result<(), Failure> {
        self.stop().await?;
        self.call(&["purge", "--yes"]).await.map(drop)
    }

    async fn serve(&self) -> Result<(), Failure> {
        let path = self.dir.join("daemon.log");
        let log = std::fs::File::options().create(true).append(true).open(&path);
        let log = log.context(|| format!("write {}", path.display()))?;
        let listen = format!("127.0.0.1:{}", self.port);
        let mut command = self.command(&["serve", "--listen", &listen]);
        command.stdout(Stdio::null()).stderr(log);
        let child = command
            .spawn()
            .context(|| format!("start {}", self.program.display()))?;
        *self.lock() = Some(child);
        process::until("the daemon's start", Duration::from_mins(1), || async {
            self.call(&["ls"]).await.is_ok()
        })
        .await
    }

    async fn stop(&self) -> Result<(), Failure> {
        let child = self.lock().take();
        let Some(mut child) = child else { return Ok(()) };
        if let Some(pid) = child
            .id()
            .and_then(|pid| rustix::process::Pid::from_raw(pid.cast_signed()))
        {
            let sent = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            sent.context(|| "end the daemon".to_owned())?;
        }
        let ended = tokio::time::timeout(Duration::from_secs(30), child.wait()).await;
        ended
            .context(|| "wait for the daemon's end".to_owned())?
            .map(drop)
            .context(|| "end the daemon".to_owned())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = process::command(&self.program, args);
        command
            .env("TOFT_DATA_DIR", self.data())
            .env("XDG_CACHE_HOME", &self.cache)
            .env("XDG_CONFIG_HOME", self.dir.join("config"))
            .env("TOFT_LOG", "warn")
            .env_remove("TOFT_URL");
        command
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.daemon
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

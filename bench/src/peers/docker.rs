//! Docker: `dockerd` with its own data, socket and namespaces, and the root of Toft's image.

use std::path::{Path, PathBuf};

use tokio::process::Command;
use tokio::sync::Mutex;

use super::cell::{Cell, remove_cgroups};
use crate::failure::{Context, Failure};
use crate::process::{self, Done};

/// The client of the same package as the daemon, whatever else is in `PATH`.
const CLIENT: &str = "/usr/bin/docker";
const DAEMON: &str = "/usr/sbin/dockerd";

/// A running `dockerd` that has the image.
#[derive(Debug)]
pub struct Docker {
    cell: Mutex<Cell>,
    socket: String,
    group: String,
}

// === impl Docker ===

impl Docker {
    /// Starts one below `dir` and gives it `root` as an image.
    pub async fn start(dir: &Path, root: &Path) -> Result<Self, Failure> {
        if !Path::new(CLIENT).exists() || !Path::new(DAEMON).exists() {
            return Err(Failure::new("docker.io is not installed"));
        }
        std::fs::create_dir_all(dir).context(|| format!("make {}", dir.display()))?;
        let path = |name: &str| dir.join(name).display().to_string();
        let socket = format!("unix://{}", path("sock"));
        let (data, run, pid) = (path("data"), path("run"), path("pid"));
        let args = [
            "--data-root",
            &data,
            "--exec-root",
            &run,
            "--pidfile",
            &pid,
            "-H",
            &socket,
        ];
        let docker = Self {
            cell: Mutex::new(Cell::start(dir, DAEMON, &args, &[])?),
            group: format!("toft-bench-{}", std::process::id()),
            socket,
        };
        let up = || async { docker.call(&["version"]).await.is_ok() };
        docker.cell.lock().await.ready(dir, up).await?;
        docker.import(dir, root).await?;
        Ok(docker)
    }

    /// `docker run` of a program that ends at once: the container is made, started, and answered.
    pub async fn run(&self, name: &str) -> Result<Done, Failure> {
        self.call(&[
            "run",
            "--name",
            name,
            "--cgroup-parent",
            &self.group,
            "bench",
            "true",
        ])
        .await
    }

    /// Removes a container.
    pub async fn remove(&self, name: &str) -> Result<(), Failure> {
        self.call(&["rm", "--force", name]).await.map(drop)
    }

    /// Ends it. Its data goes with the directory.
    pub async fn close(&self) -> Result<(), Failure> {
        let ended = self.cell.lock().await.close().await;
        remove_cgroups(&self.group);
        ended
    }

    async fn import(&self, dir: &Path, root: &Path) -> Result<(), Failure> {
        let archive = pack(dir, root).await?;
        let imported = self
            .call(&["import", &archive.display().to_string(), "bench"])
            .await;
        let _ = std::fs::remove_file(archive);
        imported.map(drop)
    }

    async fn call(&self, args: &[&str]) -> Result<Done, Failure> {
        let mut command: Command = process::command(CLIENT, &["-H", &self.socket]);
        process::run(command.args(args).env("DOCKER_CONFIG", "/nonexistent")).await
    }
}

/// The tree as an archive in `dir`.
pub async fn pack(dir: &Path, root: &Path) -> Result<PathBuf, Failure> {
    let archive = dir.join("root.tar");
    let mut tar = process::command("tar", &["--numeric-owner", "-cf"]);
    process::run(tar.arg(&archive).arg("-C").arg(root).arg(".")).await?;
    Ok(archive)
}

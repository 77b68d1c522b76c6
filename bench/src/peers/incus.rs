//! Incus: `incusd` with its own directory and namespaces, a pool of kind `dir`, a bridge, and the
//! root of Toft's image. Its container's first process is as small as can be, so that what is
//! measured is Incus and not the boot of a system.

use std::path::{Path, PathBuf};

use tokio::process::Command;
use tokio::sync::Mutex;

use super::cell::{Cell, has_cgroup, remove_cgroups};
use super::docker::pack;
use crate::failure::{Context, Failure};
use crate::process::{self, Done};

/// Debian keeps the daemon here, others in `PATH`.
const DAEMONS: [&str; 2] = ["/usr/libexec/incus/incusd", "/usr/bin/incusd"];
/// A control group that LXC makes and leaves.
const PIVOT: &str = "lxc.pivot";
const METADATA: &str = "architecture: x86_64\ncreation_date: 1700000000\nproperties:\n  os: debian\n";

/// A running `incusd` that has the image.
#[derive(Debug)]
pub struct Incus {
    cell: Mutex<Cell>,
    dir: PathBuf,
    prefix: String,
    /// Whether somebody else's containers had made [`PIVOT`] before.
    pivot: bool,
}

// === impl Incus ===

impl Incus {
    /// Starts one below `dir` and gives it `root` as an image.
    pub async fn start(dir: &Path, root: &Path) -> Result<Self, Failure> {
        let daemon = DAEMONS.into_iter().find(|daemon| Path::new(daemon).exists());
        let daemon = daemon.ok_or_else(|| Failure::new("incus is not installed"))?;
        std::fs::create_dir_all(dir.join("var")).context(|| format!("make {}", dir.display()))?;
        let var = dir.join("var");
        let incus = Self {
            cell: Mutex::new(Cell::start(dir, daemon, &[], &[("INCUS_DIR", &var)])?),
            dir: dir.to_owned(),
            prefix: format!("b{}-", std::process::id()),
            pivot: has_cgroup(PIVOT),
        };
        let up = || async { incus.call(&["admin", "waitready", "--timeout=5"]).await.is_ok() };
        incus.cell.lock().await.ready(dir, up).await?;
        incus.set_up(root).await?;
        Ok(incus)
    }

    /// Creates a container and starts it.
    pub async fn launch(&self, name: &str) -> Result<Done, Failure> {
        let name = self.name(name);
        self.call(&["launch", "bench", &name]).await
    }

    /// Starts one that is stopped.
    pub async fn begin(&self, name: &str) -> Result<Done, Failure> {
        self.call(&["start", &self.name(name)]).await
    }

    /// Stops one at once.
    pub async fn stop(&self, name: &str) -> Result<(), Failure> {
        self.call(&["stop", "--force", &self.name(name)]).await.map(drop)
    }

    /// Runs a command in one.
    pub async fn exec(&self, name: &str, command: &[&str]) -> Result<Done, Failure> {
        let name = self.name(name);
        self.call(&[&["exec", &name, "--"], command].concat()).await
    }

    /// Removes one.
    pub async fn remove(&self, name: &str) -> Result<(), Failure> {
        self.call(&["delete", "--force", &self.name(name)])
            .await
            .map(drop)
    }

    /// Ends it. Its data goes with the directory.
    pub async fn close(&self) -> Result<(), Failure> {
        let ended = self.cell.lock().await.close().await;
        for kind in ["lxc.monitor.", "lxc.payload."] {
            remove_cgroups(&format!("{kind}{}", self.prefix));
        }
        if !self.pivot {
            remove_cgroups(PIVOT);
        }
        ended
    }

    async fn set_up(&self, root: &Path) -> Result<(), Failure> {
        let path = |name: &str| self.dir.join(name).display().to_string();
        std::fs::write(path("metadata.yaml"), METADATA).context(|| "write metadata".to_owned())?;
        let (metadata, archive) = (path("metadata.tar"), pack(&self.dir, root).await?);
        process::run(&mut process::command(
            "tar",
            &["-C", &path("."), "-cf", &metadata, "metadata.yaml"],
        ))
        .await?;
        let imported = self
            .call(&[
                "image",
                "import",
                &metadata,
                &archive.display().to_string(),
                "--alias",
                "bench",
            ])
            .await;
        let _ = std::fs::remove_file(archive);
        imported?;
        self.call(&["storage", "create", "default", "dir"]).await?;
        let network = [
            "network",
            "create",
            "tb0",
            "ipv4.address=10.98.7.1/24",
            "ipv4.nat=true",
            "ipv6.address=none",
        ];
        self.call(&network).await?;
        self.device(&["root", "disk", "path=/", "pool=default"]).await?;
        self.device(&["eth0", "nic", "network=tb0", "name=eth0"]).await?;
        let init = "raw.lxc=lxc.init.cmd=/usr/bin/sleep infinity";
        self.call(&["profile", "set", "default", init]).await.map(drop)
    }

    async fn device(&self, args: &[&str]) -> Result<(), Failure> {
        self.call(&[&["profile", "device", "add", "default"], args].concat())
            .await
            .map(drop)
    }

    async fn call(&self, args: &[&str]) -> Result<Done, Failure> {
        let mut command: Command = process::command("incus", args);
        command.env("INCUS_DIR", self.dir.join("var"));
        process::run(command.env("INCUS_CONF", self.dir.join("client"))).await
    }

    /// Names tell the control groups of this run from those of others.
    fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}

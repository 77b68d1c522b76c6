//! Where a peer's daemon lives: network, process and mount namespaces of its own. Its firewall and
//! its bridges do not meet the host's, and all it started ends when the cell does, also when the
//! bench is killed. Its control groups are the host's, and go by name.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::failure::{Context, Failure};
use crate::process;

const SCRIPT: &str = include_str!("cell.sh");

/// A daemon that runs by itself.
#[derive(Debug)]
pub struct Cell(Child);

// === impl Cell ===

impl Cell {
    /// Starts `program` with scratch space and its log in `dir`.
    pub fn start(dir: &Path, program: &str, args: &[&str], env: &[(&str, &Path)]) -> Result<Self, Failure> {
        let log = dir.join("log");
        let output = std::fs::File::create(&log).context(|| format!("write {}", log.display()))?;
        let errors = output
            .try_clone()
            .context(|| format!("write {}", log.display()))?;
        let mut command = Command::new("setpriv");
        command
            .args([
                "--pdeathsig",
                "KILL",
                "unshare",
                "--net",
                "--pid",
                "--mount",
                "--fork",
            ])
            .args(["--kill-child", "--mount-proc", "sh", "-c", SCRIPT, "cell"])
            .arg(dir)
            .arg(program)
            .args(args)
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .kill_on_drop(true);
        command.spawn().map(Self).context(|| format!("start {program}"))
    }

    /// Waits until `check` says that it serves.
    pub async fn ready<F: Future<Output = bool>>(
        &mut self,
        dir: &Path,
        check: impl Fn() -> F,
    ) -> Result<(), Failure> {
        let served = process::until("its start", Duration::from_secs(45), check).await;
        if served.is_ok() {
            return Ok(());
        }
        let log = std::fs::read_to_string(dir.join("log")).unwrap_or_default();
        Err(Failure::new(format!(
            "it does not serve; it said: {}",
            log.lines().next_back().unwrap_or("nothing")
        )))
    }

    /// Ends it with all that runs in it.
    pub async fn close(&mut self) -> Result<(), Failure> {
        self.0.kill().await.context(|| "end a peer".to_owned())
    }
}

/// Removes control groups below `/sys/fs/cgroup/HIERARCHY` (version 1) or `/sys/fs/cgroup`
/// (version 2) whose name begins with `prefix` and that are empty.
pub fn remove_cgroups(prefix: &str) {
    let top = Path::new("/sys/fs/cgroup");
    for hierarchy in std::iter::once(top.to_owned()).chain(folders(top)) {
        for group in folders(&hierarchy) {
            let ours = group
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(prefix));
            if ours {
                remove_tree(&group);
            }
        }
    }
}

/// Whether there is a control group of this name in any hierarchy.
pub fn has_cgroup(name: &str) -> bool {
    let top = Path::new("/sys/fs/cgroup");
    let mut hierarchies = std::iter::once(top.to_owned()).chain(folders(top));
    hierarchies.any(|hierarchy| hierarchy.join(name).exists())
}

/// From the leaves up; a group with a process in it stays.
fn remove_tree(group: &Path) {
    for child in folders(group) {
        remove_tree(&child);
    }
    let _ = std::fs::remove_dir(group);
}

fn folders(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

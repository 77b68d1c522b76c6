//! The OCI runtime: which one works on this host, and how it is asked to start a sandbox.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use toft_effects::Door;
use toft_effects::cgroup::Version;
use toft_effects::spawn::Program;
use toft_runtime::SandboxId;

use crate::error::Error;

/// How long starting may take on a host with much else to do.
const PATIENCE: Duration = Duration::from_mins(1);

/// An OCI runtime that is installed and fits the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Oci {
    pub(crate) program: &'static str,
    /// The first line of what `--version` says.
    pub(crate) version: String,
    /// See [`crate::spec::Host::repeats_id_maps`].
    pub(crate) repeats_id_maps: bool,
}

// === impl Oci ===

impl Oci {
    /// The first of those that fit this version of control groups and answer.
    pub(crate) async fn choose(door: &Door, cgroups: Version) -> Result<Self, Error> {
        // crun refuses version 1 where a version 2 hierarchy is mounted beside it.
        let candidates: &[&'static str] = match cgroups {
            Version::V1 => &["runc"],
            Version::V2 => &["runc", "crun"],
        };
        let mut refusals = Vec::new();
        for program in candidates {
            match door
                .run(Program::new("spawn.oci.version", *program).arg("--version"))
                .await
            {
                Ok(said) => {
                    return Ok(Self::from_version(
                        program,
                        &String::from_utf8_lossy(&said.stdout),
                    ));
                }
                Err(error) => refusals.push(error.to_string()),
            }
        }
        Err(Error::NoRuntime(refusals.join("; ")))
    }

    fn from_version(program: &'static str, said: &str) -> Self {
        let version = said.lines().next().unwrap_or_default().to_owned();
        let number = version.split(' ').next_back().unwrap_or_default();
        let mut parts = number.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        let release = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        Self {
            program,
            repeats_id_maps: program == "runc" && release < (1, 2),
            version,
        }
    }

    /// Starts a sandbox and returns when its first process runs.
    pub(crate) async fn run(&self, door: &Door, launch: Launch<'_>) -> Result<(), Error> {
        let log = launch.bundle.join("launch.log");
        // What it says now is all that is wanted.
        let _ = std::fs::remove_file(&log);
        let program = Program::new("spawn.oci.run", self.program)
            .arg("--root")
            .arg(launch.state)
            .arg("--log")
            .arg(&log)
            .args(["run", "--detach", "--preserve-fds", "1", "--bundle"])
            .arg(launch.bundle)
            .arg(launch.id.to_string())
            .fds(vec![launch.socket])
            .mounts(launch.mounts)
            .output(launch.console)
            .timeout(PATIENCE);
        let done = door.run_any(program).await?;
        if done.status.success() {
            return Ok(());
        }
        Err(Error::Launch {
            program: self.program,
            said: crate::console::tail(&log),
        })
    }
}

/// What one start is given.
#[derive(Debug)]
pub(crate) struct Launch<'a> {
    pub(crate) id: SandboxId,
    /// Where the OCI runtime may write its state.
    pub(crate) state: &'a Path,
    pub(crate) bundle: &'a Path,
    /// The stage's mount namespace.
    pub(crate) mounts: OwnedFd,
    /// What becomes descriptor 3 of the first process.
    pub(crate) socket: OwnedFd,
    /// What becomes its standard output and error.
    pub(crate) console: File,
}

#[cfg(test)]
mod tests;

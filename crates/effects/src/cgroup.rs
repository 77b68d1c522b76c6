//! Control groups: what limits a workspace, counts it and finds every process of it.
//!
//! A group has one path (`toft-INSTANCE/UID`) and lies at it in every hierarchy: in one on a
//! host with version 2, in one for each controller on version 1. It hangs below the root, beside
//! what systemd manages, so that it outlives the daemon's own unit: as with Docker's `cgroupfs`
//! driver, a controller once enabled for it cannot be taken away by others.

mod delegate;
mod hierarchy;
mod limits;
mod usage;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

pub use hierarchy::{Hierarchies, Version};
pub use limits::Limits;
pub use usage::Counters;

use crate::Door;
use crate::namespaces::IdRange;

/// How long processes may take to end after they were killed: they may be in the middle of a
/// write to a slow disk.
const KILL_PATIENCE: Duration = Duration::from_secs(10);

/// Why a control group could not be made, read or removed.
#[derive(Debug, thiserror::Error)]
pub enum CgroupError {
    /// A file or directory of it.
    #[error("failed to {action} the control group {}: {source}", path.display())]
    Path {
        /// What was tried.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The host has no control groups, or none with processes, memory and CPU.
    #[error("no usable control groups are mounted under /sys/fs/cgroup")]
    Missing,
    /// Processes did not end although they were killed.
    #[error(
        "processes of {group} do not end although killed: {pids:?}; the kernel waits for their disk or device"
    )]
    Stuck {
        /// The group's path.
        group: String,
        /// Who is left.
        pids: Vec<u32>,
    },
}

fn at(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> CgroupError {
    move |source| CgroupError::Path {
        action,
        path: path.to_owned(),
        source,
    }
}

// === impl Door ===

impl Door {
    /// Makes sure that `group` exists with these limits, also on a running one. Returns the
    /// controllers that this host lacks, whose limits are therefore not enforced.
    ///
    /// # Errors
    /// No hierarchy is mounted, or a limit is refused.
    pub fn ensure_cgroup(&self, group: &str, limits: &Limits) -> Result<Vec<&'static str>, CgroupError> {
        self.pass("cgroup.ensure", group, || {
            let hierarchies = Hierarchies::detect()?;
            let missing = hierarchies.make(group)?;
            limits.apply(&hierarchies, group)?;
            Ok(missing)
        })
    }

    /// Gives `group` to the root of `range`, who may then make groups below it and move its own
    /// processes among them. Its limits, and those of everything around it, stay as they are: only
    /// what the kernel names for this is given away.
    ///
    /// # Errors
    /// A directory cannot be made or given away.
    pub fn delegate_cgroup(&self, group: &str, range: IdRange) -> Result<(), CgroupError> {
        self.pass("cgroup.delegate", group, || {
            delegate::delegate(&Hierarchies::detect()?, group, range)
        })
    }

    /// Waits for the process `pid` of `group` to end, as long as `grace`; with the number of a
    /// signal it is asked to first. Returns whether it is gone; one that is not in the group is.
    pub async fn end_in_cgroup(&self, group: &str, pid: u32, signal: Option<i32>, grace: Duration) -> bool {
        self.pass_async("cgroup.end", group, async {
            let Some(raw) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
                return true;
            };
            let Ok(handle) = pidfd_open(raw, PidfdFlags::empty()) else {
                return true;
            };
            // Asked with the handle held: the number may be somebody else's by now.
            if !Hierarchies::detect().is_ok_and(|found| found.processes(group).contains(&pid)) {
                return true;
            }
            if let Some(signal) = signal {
                // SAFETY: the number is only handed to the kernel; it goes to another process, whose
                // own signals for threads this one's C library does not know anyway.
                let signal = unsafe { Signal::from_raw_unchecked(signal) };
                if pidfd_send_signal(&handle, signal).is_err() {
                    return true;
                }
            }
            // SAFETY: an owned descriptor is one and the same for as long as it lives.
            let ended = unsafe { AsyncFd::register_with_interest(handle, Interest::READABLE) };
            let Ok(ended) = ended else { return false };
            tokio::time::timeout(grace, ended.readable())
                .await
                .is_ok_and(|ready| ready.is_ok())
        })
        .await
    }

    /// Kills every process in `group` and below, and waits until none is left.
    ///
    /// # Errors
    /// Some do not end in time.
    pub async fn kill_cgroup(&self, group: &str) -> Result<(), CgroupError> {
        self.pass_async("cgroup.kill", group, async {
            let hierarchies = Hierarchies::detect()?;
            let deadline = Instant::now() + KILL_PATIENCE;
            let mut pause = Duration::from_millis(1);
            loop {
                let pids = hierarchies.processes(group);
                if pids.is_empty() {
                    return Ok(());
                }
                if Instant::now() > deadline {
                    return Err(CgroupError::Stuck {
                        group: group.to_owned(),
                        pids: pids.into_iter().collect(),
                    });
                }
                kill(&hierarchies, group, &pids);
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(50));
            }
        })
        .await
    }

    /// Removes `group` and all below it in every hierarchy. It must be empty of processes; one
    /// that is not there is fine.
    ///
    /// # Errors
    /// A directory cannot be removed.
    pub async fn remove_cgroup(&self, group: &str) -> Result<(), CgroupError> {
        self.pass_async("cgroup.remove", group, async {
            for dir in Hierarchies::detect()?.directories(group) {
                remove(&dir).await?;
            }
            Ok(())
        })
        .await
    }
}

fn kill(hierarchies: &Hierarchies, group: &str, pids: &BTreeSet<u32>) {
    if hierarchies.version() == Version::V2
        && hierarchies
            .directories(group)
            .iter()
            .any(|dir| fs::write(dir.join("cgroup.kill"), "1").is_ok())
    {
        return;
    }
    for pid in pids {
        let Some(raw) = i32::try_from(*pid).ok().and_then(Pid::from_raw) else {
            continue;
        };
        let Ok(handle) = pidfd_open(raw, PidfdFlags::empty()) else {
            continue;
        };
        // Asked again with the handle held: the number may have gone to somebody else meanwhile.
        if hierarchies.processes(group).contains(pid) {
            // One that has just ended needs no signal.
            let _ = pidfd_send_signal(&handle, Signal::KILL);
        }
    }
}

/// Removes a directory and those below it. The kernel may call a group busy for a moment after
/// its last process has ended.
async fn remove(dir: &Path) -> Result<(), CgroupError> {
    let mut inner = hierarchy::descendants(dir);
    inner.push(dir.to_owned());
    for dir in inner {
        let deadline = Instant::now() + Duration::from_secs(2);
        loop {
            match fs::remove_dir(&dir) {
                Ok(()) => break,
                Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                Err(error) if error.raw_os_error() == Some(libc::EBUSY) && Instant::now() < deadline => {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                Err(error) => return Err(at("remove", &dir)(error)),
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

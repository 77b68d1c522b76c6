//! Where a sandbox stands, read off the kernel: nothing is remembered that can be observed.
//!
//! A sandbox runs when its control group holds a process that is number 1 of its process
//! namespace, and an agent listens: as that process, or beside an init of the image's. Numbers of processes are never written down, so a
//! rebooted host or a reused number cannot lie.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use toft_effects::cgroup::Hierarchies;
use toft_runtime::{Exit, SandboxId, SandboxState};

use crate::console;
use crate::error::Error;
use crate::paths::Paths;
use crate::socket;
use crate::spec::AGENT_PATH;

/// The first process of a sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Init {
    pub(crate) pid: u32,
    pub(crate) started_at: SystemTime,
}

/// Where a sandbox stands now.
pub(crate) fn inspect(paths: &Paths, id: SandboxId) -> Result<SandboxState, Error> {
    let hierarchies = Hierarchies::detect()?;
    let group = paths.cgroup(id);
    let first = init(&hierarchies, &group);
    if let Some(init) = first.filter(|init| has_agent(paths, id, *init)) {
        return Ok(SandboxState::Running {
            pid: Some(init.pid),
            started_at: init.started_at,
        });
    }
    if let Some(counters) = hierarchies.counters(&group) {
        let message = match first {
            Some(_) => "the agent inside was ended".to_owned(),
            None => console::last_line(&paths.console(id)),
        };
        return Ok(SandboxState::Exited(Exit {
            code: None,
            // What a launcher is about to become has not run either.
            started: first.is_some()
                || (hierarchies.has_run(&group) && hierarchies.processes(&group).is_empty()),
            out_of_memory: counters.oom_kills > 0,
            message,
        }));
    }
    Ok(if paths.sandbox(id).is_dir() {
        SandboxState::Prepared
    } else {
        SandboxState::Absent
    })
}

/// The first process of a sandbox that runs. One whose agent is gone does not: nobody could reach
/// it any more.
pub(crate) fn running(paths: &Paths, hierarchies: &Hierarchies, id: SandboxId) -> Option<Init> {
    init(hierarchies, &paths.cgroup(id)).filter(|init| has_agent(paths, id, *init))
}

/// Whether the agent is there. Where it is the first process itself, it cannot be gone without it;
/// a process without a program is just ending, and is seen to have ended in a moment.
fn has_agent(paths: &Paths, id: SandboxId, init: Init) -> bool {
    let program = program(init.pid);
    let is_agent = program.file_name() == Path::new(AGENT_PATH).file_name();
    is_agent || program.as_os_str().is_empty() || socket::is_held(&paths.sandbox(id))
}

/// How the first process is told to end everything in order.
pub(crate) fn halt_signal(pid: u32) -> i32 {
    toft_agent::halt_signal(&program(pid))
}

fn program(pid: u32) -> PathBuf {
    fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default()
}

/// The first process of the sandbox with this control group, if its launcher is done with it.
pub(crate) fn init(hierarchies: &Hierarchies, group: &str) -> Option<Init> {
    hierarchies
        .processes(group)
        .into_iter()
        .find_map(|pid| examine(Path::new("/proc"), pid))
}

/// `pid` as a first process, unless it is another one, has ended, or is still the launcher's.
fn examine(proc: &Path, pid: u32) -> Option<Init> {
    let dir = proc.join(pid.to_string());
    let status = fs::read_to_string(dir.join("status")).ok()?;
    let field = |name: &str| {
        status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(":\t"))
    };
    let number_inside = field("NSpid")?.split('\t').next_back()?;
    let ended = field("State")?.starts_with(['Z', 'X']);
    // runc names its half-made first process so, crun by its own name.
    let launching = field("Name").is_some_and(|name| name.starts_with("runc:") || name == "crun");
    if number_inside != "1" || ended || launching {
        return None;
    }
    Some(Init {
        pid,
        started_at: started_at(proc, &dir)?,
    })
}

fn started_at(proc: &Path, dir: &Path) -> Option<SystemTime> {
    let stat = fs::read_to_string(dir.join("stat")).ok()?;
    // The name in brackets may hold anything; fields are counted behind it.
    let ticks: u64 = stat
        .rsplit_once(')')?
        .1
        .split_whitespace()
        .nth(19)?
        .parse()
        .ok()?;
    let boot = fs::read_to_string(proc.join("stat")).ok()?;
    let boot: u64 = boot
        .lines()
        .find_map(|line| line.strip_prefix("btime "))?
        .parse()
        .ok()?;
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    Some(UNIX_EPOCH + Duration::from_secs(boot) + Duration::from_millis(ticks * 1_000 / per_second))
}

#[cfg(test)]
mod tests;

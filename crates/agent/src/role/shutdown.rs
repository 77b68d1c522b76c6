//! The orderly end: everything is asked to end, gets its time, and is killed.

use std::rc::Rc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep};

use super::agent::Agent;
use super::init;
use super::reaper::kill_group;

/// What everything gets when nobody says.
const GRACE: Duration = Duration::from_secs(10);
/// Most that may be asked for.
const LONGEST: Duration = Duration::from_mins(10);
/// How often it is looked whether anything is left.
const POLL: Duration = Duration::from_millis(10);

/// Waits for a reason to end, then ends everything.
pub async fn run(agent: Rc<Agent>) -> std::io::Result<()> {
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    let mut stop = agent.stop.subscribe();
    let grace = tokio::select! {
        _ = term.recv() => None,
        _ = int.recv() => None,
        asked = stop.wait_for(Option::is_some) => Some(asked.ok().and_then(|grace| *grace).unwrap_or(GRACE)),
    };
    agent.apps.stop_restarting();
    let ends_others = agent.has_init() && grace.is_some();
    if ends_others {
        init::halt();
    }
    end(&agent, grace.unwrap_or(GRACE).min(LONGEST)).await;
    if ends_others {
        // The machine is there until its init has come to this process, too.
        term.recv().await;
    }
    Ok(())
}

async fn end(agent: &Agent, grace: Duration) {
    let deadline = Instant::now() + grace;
    broadcast(agent, libc::SIGTERM);
    // Interactive shells do not care for TERM, but for HUP; it would end others before they could end
    // in order, so it goes to terminals only.
    agent
        .terminals
        .borrow()
        .values()
        .for_each(|terminal| terminal.hang_up());
    // What is stopped must go on to end.
    broadcast(agent, libc::SIGCONT);
    while anything_left(agent) {
        if Instant::now() >= deadline {
            broadcast(agent, libc::SIGKILL);
            // Killed processes take a moment; what sits in the kernel is not waited for.
            let last = Instant::now() + Duration::from_secs(2);
            while anything_left(agent) && Instant::now() < last {
                sleep(POLL).await;
            }
            return;
        }
        sleep(POLL).await;
    }
}

/// To everything inside, or beside another first process to what the agent started.
fn broadcast(agent: &Agent, signal: i32) {
    if agent.is_first() {
        // SAFETY: plain system call on numbers. From the first process -1 means everything inside.
        unsafe { libc::kill(-1, signal) };
    } else {
        agent
            .reaper
            .pids()
            .into_iter()
            .for_each(|pid| kill_group(pid, signal));
    }
}

fn anything_left(agent: &Agent) -> bool {
    if agent.is_first() {
        // SAFETY: as above; signal 0 only asks whether there is anything.
        unsafe { libc::kill(-1, 0) == 0 }
    } else {
        !agent.reaper.pids().is_empty()
    }
}

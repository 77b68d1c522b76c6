//! The planner: from what is wanted and what is, the one next step. Pure: no I/O, no clock.
//!
//! ```text
//!                               wanted: running
//!   ┌────────┐ Admit  ┌──────────┐ EnsureImage ┌───────┐ EnsureVolume ┌──────┐ AttachNetwork
//!   │ stopped├───────►│ admitted ├────────────►│ image ├─────────────►│ home ├──────────┐
//!   └──┬─▲───┘        └──────────┘             └───────┘              └──────┘          ▼
//!      │ │   (no room: Queued)                                                     ┌─────────┐
//!      │ │ GiveBack                                                                │ network │
//!      │ │                                                                         └────┬────┘
//!      │ └──────────┐                     AwaitApps     ConfigureApps   AwaitAgent      │ StartSandbox
//!      │       ┌────┴─────┐ DetachNetwork ┌───────┐        ┌───────┐      ┌─────────┐   │
//!      │       │ detached │◄──────────────┤ ready │◄───────┤ agent │◄─────┤ sandbox │◄──┘
//!      │       └──────────┘  StopSandbox  └───────┘        └───────┘      └─────────┘
//!      │                     wanted: stopped, restarted, or it ended by itself
//!      │ wanted: gone (from any state, a running one is stopped first)
//!      ▼
//!   DetachNetwork ─► RemoveSandbox ─► RemoveVolume ─► Release ─► DropFinalizer ─► (no object)
//! ```
//!
//! A restore of the disk goes before everything but a delete: it is stopped, `RestoreVolume`, and
//! from there on as wanted. What runs with other limits than its spec says is told: `Resize`. A
//! workspace that begins with a copy has it made at once (`EnsureVolume`), running or not.
//!
//! Failures: a step that failed is tried again after a pause that grows; nothing else is done
//! meanwhile, except that a stop or delete changes what is wanted and so the step. What cannot
//! be undone holds a delete up for [`GIVE_UP`] tries only: then the next thing is undone, at last
//! the object goes, and the sweep of strays keeps trying.

use jiff::Timestamp;

use crate::observed::{AppsView, ImageView, Observed, SandboxView};

/// Tries to remove something before a delete goes on without.
pub const GIVE_UP: u32 = 3;

/// One thing to do. Each is idempotent and may be cut off anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Reserve room on the host, and allocate addresses and ids.
    Admit,
    /// Fetch or make the image.
    EnsureImage,
    /// Make the home.
    EnsureVolume,
    /// Connect it to its owner's network.
    AttachNetwork,
    /// Start its processes.
    StartSandbox,
    /// Wait until its agent answers.
    AwaitAgent,
    /// Hold what runs to the limits that its spec says by now.
    Resize,
    /// Put what a snapshot holds in the place of its disk.
    RestoreVolume,
    /// Tell the agent which apps to run.
    ConfigureApps,
    /// Wait until the apps answer.
    AwaitApps,
    /// End its processes.
    StopSandbox,
    /// Take it off the network.
    DetachNetwork,
    /// Give the room on the host back.
    GiveBack,
    /// Remove the sandbox's files.
    RemoveSandbox,
    /// Remove the home.
    RemoveVolume,
    /// Give back addresses and ids.
    Release,
    /// Let the object go.
    DropFinalizer,
}

/// What is wanted of a workspace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Each is a wish or a fact of its own.
pub struct Wanted {
    /// It is to be removed.
    pub gone: bool,
    /// It is to run.
    pub running: bool,
    /// It is to have been started since somebody asked for this.
    pub restart: Option<Timestamp>,
    /// What it was started for last. Only compared: whose clock wrote it does not matter.
    pub restart_observed: Option<Timestamp>,
    /// Whether the runtime brings the network itself, so that there is nothing to connect.
    pub own_network: bool,
    /// Whether the runtime brings the home itself.
    pub own_volume: bool,
    /// Whether its disk is to begin with a copy of another one, as that is now.
    pub copied: bool,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// This.
    Do(Step),
    /// Nothing before this time, or before something changes.
    Wait {
        /// Until when.
        until: Option<Timestamp>,
        /// For what.
        step: Step,
    },
    /// Everything is as wanted.
    Settled,
}

/// The next step from `observed` towards `wanted`.
pub fn plan(wanted: &Wanted, observed: &Observed, now: Timestamp) -> Next {
    let next = if wanted.gone {
        towards_gone(wanted, observed)
    } else if !observed.restored {
        towards_restored(observed)
    } else if wanted.running && !(wanted.restart_asked() && observed.runs()) {
        towards_running(wanted, observed)
    } else {
        towards_stopped(wanted, observed)
    };
    paused(next, observed, now)
}

// === impl Wanted ===

impl Wanted {
    /// Whether a restart was asked for that it was not stopped for yet.
    pub fn restart_asked(&self) -> bool {
        self.restart.is_some() && self.restart != self.restart_observed
    }
}

/// A disk in use is not replaced.
fn towards_restored(observed: &Observed) -> Next {
    Next::Do(match observed.sandbox {
        SandboxView::Running { .. } | SandboxView::Exited { .. } => Step::StopSandbox,
        SandboxView::Absent | SandboxView::Stopped => Step::RestoreVolume,
    })
}

fn towards_running(wanted: &Wanted, observed: &Observed) -> Next {
    match &observed.sandbox {
        SandboxView::Running { .. } => return towards_ready(observed),
        // What it left is cleaned up before it starts again, as after a failure.
        SandboxView::Exited { .. } => return Next::Do(Step::StopSandbox),
        SandboxView::Absent | SandboxView::Stopped => {}
    }
    if !observed.admitted || !observed.allocated {
        return Next::Do(Step::Admit);
    }
    match &observed.image {
        ImageView::Absent => return Next::Do(Step::EnsureImage),
        ImageView::Preparing { .. } => {
            return Next::Wait {
                until: None,
                step: Step::EnsureImage,
            };
        }
        ImageView::Failed { until, .. } => {
            return Next::Wait {
                until: Some(*until),
                step: Step::EnsureImage,
            };
        }
        ImageView::Ready => {}
    }
    if !observed.volume && !wanted.own_volume {
        return Next::Do(Step::EnsureVolume);
    }
    if !observed.network && !wanted.own_network {
        return Next::Do(Step::AttachNetwork);
    }
    Next::Do(Step::StartSandbox)
}

/// It runs; this never touches the sandbox itself, so a new daemon adopts what runs.
fn towards_ready(observed: &Observed) -> Next {
    if !observed.admitted || !observed.allocated {
        return Next::Do(Step::Admit);
    }
    if !observed.fitted {
        return Next::Do(Step::Resize);
    }
    if !observed.agent {
        return Next::Do(Step::AwaitAgent);
    }
    match &observed.apps {
        AppsView::Unconfigured => Next::Do(Step::ConfigureApps),
        apps if apps.ready() => Next::Settled,
        // The agent starts it again; nobody needs to stand by.
        AppsView::Configured { failed: Some(_), .. } => Next::Wait {
            until: None,
            step: Step::AwaitApps,
        },
        AppsView::Configured { .. } => Next::Do(Step::AwaitApps),
    }
}

fn towards_stopped(wanted: &Wanted, observed: &Observed) -> Next {
    if matches!(
        observed.sandbox,
        SandboxView::Running { .. } | SandboxView::Exited { .. }
    ) {
        return Next::Do(Step::StopSandbox);
    }
    if wanted.copied && !observed.volume && !wanted.own_volume {
        return Next::Do(Step::EnsureVolume);
    }
    if (observed.network || observed.network_traces) && !wanted.own_network {
        return Next::Do(Step::DetachNetwork);
    }
    if observed.admitted && !wanted.running {
        return Next::Do(Step::GiveBack);
    }
    Next::Settled
}

fn towards_gone(wanted: &Wanted, observed: &Observed) -> Next {
    // A later step that failed was only reached because those before it were done or given up.
    let given_up = |step: Step| {
        observed.failed.as_ref().is_some_and(|failed| {
            (failed.step == step && failed.count >= GIVE_UP) || undoing(failed.step) > undoing(step)
        })
    };
    // Removing ends processes by force, so that a stop that fails need not succeed.
    if observed.runs() && !given_up(Step::StopSandbox) {
        return Next::Do(Step::StopSandbox);
    }
    let on_network = observed.network || observed.network_traces;
    if on_network && !wanted.own_network && !given_up(Step::DetachNetwork) {
        return Next::Do(Step::DetachNetwork);
    }
    if observed.sandbox != SandboxView::Absent && !given_up(Step::RemoveSandbox) {
        return Next::Do(Step::RemoveSandbox);
    }
    if observed.volume && !wanted.own_volume && !given_up(Step::RemoveVolume) {
        return Next::Do(Step::RemoveVolume);
    }
    if observed.allocated {
        return Next::Do(Step::Release);
    }
    Next::Do(Step::DropFinalizer)
}

/// The place of a step in a delete; 0 for those that undo nothing.
const fn undoing(step: Step) -> u8 {
    match step {
        Step::StopSandbox => 1,
        Step::DetachNetwork => 2,
        Step::RemoveSandbox => 3,
        Step::RemoveVolume => 4,
        Step::Release => 5,
        Step::DropFinalizer => 6,
        _ => 0,
    }
}

/// A step that failed a moment ago is waited for.
fn paused(next: Next, observed: &Observed, now: Timestamp) -> Next {
    match (&next, &observed.failed) {
        (Next::Do(step), Some(failed)) if failed.step == *step && failed.until > now => Next::Wait {
            until: Some(failed.until),
            step: *step,
        },
        _ => next,
    }
}

#[cfg(test)]
mod tests;

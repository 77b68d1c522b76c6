//! What people are told: phase, message and conditions, from what is wanted, what is, and what
//! comes next. Pure.

use jiff::Timestamp;
use toft_model::Phase;
use toft_model::condition::{self, Condition, ConditionStatus};
use toft_model::workspace::{QueuePlace, WorkspaceStatus};

use crate::observed::{AppsView, ImageView, Observed, SandboxView};
use crate::plan::{Next, Step, Wanted};

/// What else the status needs.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The generation of the spec that was looked at.
    pub generation: Option<i64>,
    /// Its place in the queue, where it waits.
    pub queue: Option<QueuePlace>,
    /// Why its spec cannot be carried out at all.
    pub refused: Option<String>,
    /// The image's name.
    pub image: String,
}

/// The status that follows from `previous`.
pub fn derive(
    previous: &WorkspaceStatus,
    wanted: &Wanted,
    observed: &Observed,
    next: &Next,
    facts: &Facts,
    now: Timestamp,
) -> WorkspaceStatus {
    let mut status = previous.clone();
    status.observed_generation = facts.generation;
    status.queue.clone_from(&facts.queue);
    status.phase = phase(wanted, observed, next, facts);
    status.message = message(status.phase, observed, next, facts);
    if let SandboxView::Running { started_at } = observed.sandbox {
        status.started_at = Some(started_at);
    } else {
        // It does not run: the next start is the one that was asked for.
        status.restart_observed = wanted.restart;
    }
    status.leftovers = match &observed.failed {
        Some(failed) if wanted.gone => vec![failed.message.clone()],
        _ => Vec::new(),
    };
    if let AppsView::Configured { apps, .. } = &observed.apps {
        status.apps.clone_from(apps);
    } else {
        for app in &mut status.apps {
            app.ready = false;
        }
    }
    for (kind, held, reason, text) in conditions(&status, wanted, observed, next, facts) {
        let next = Condition {
            kind: kind.to_owned(),
            status: if held {
                ConditionStatus::True
            } else {
                ConditionStatus::False
            },
            reason,
            message: text,
            last_transition_time: now,
            observed_generation: facts.generation,
        };
        condition::set(&mut status.conditions, next);
    }
    status
}

fn phase(wanted: &Wanted, observed: &Observed, next: &Next, facts: &Facts) -> Phase {
    if wanted.gone {
        return Phase::Deleting;
    }
    if !wanted.running {
        return if *next == Next::Settled {
            Phase::Stopped
        } else {
            Phase::Stopping
        };
    }
    let up = observed.runs() && observed.agent && observed.apps.ready();
    match next {
        Next::Settled
        | Next::Do(Step::Resize)
        | Next::Wait {
            step: Step::StopSandbox | Step::Resize,
            ..
        } if up => Phase::Running,
        _ if facts.queue.is_some() => Phase::Queued,
        _ if facts.refused.is_some() || trouble(observed).is_some() => Phase::Failed,
        _ => Phase::Starting,
    }
}

/// What went wrong and has not been put right yet.
fn trouble(observed: &Observed) -> Option<String> {
    if let Some(failed) = &observed.failed {
        return Some(failed.message.clone());
    }
    if let ImageView::Failed { message, .. } = &observed.image {
        return Some(message.clone());
    }
    match &observed.apps {
        AppsView::Configured {
            failed: Some((app, why)),
            ..
        } => Some(format!("the app '{app}' does not run: {why}")),
        _ => None,
    }
}

fn message(phase: Phase, observed: &Observed, next: &Next, facts: &Facts) -> String {
    match phase {
        Phase::Running
            if let Some(failed) = observed
                .failed
                .as_ref()
                .filter(|failed| failed.step == Step::Resize) =>
        {
            format!(
                "runs with its former limits: {}; tried again by itself",
                failed.message
            )
        }
        Phase::Running | Phase::Stopped | Phase::Pending => String::new(),
        Phase::Queued => facts.queue.as_ref().map_or_else(String::new, |place| {
            format!(
                "{} of {} in the queue, needs {}; starts when others stop",
                ordinal(place.position),
                place.of,
                place.needs
            )
        }),
        Phase::Failed => match (&facts.refused, trouble(observed)) {
            (Some(why), _) => why.clone(),
            (None, Some(why)) => format!("{why}; tried again by itself"),
            (None, None) => String::new(),
        },
        Phase::Starting | Phase::Stopping | Phase::Deleting => {
            let doing = doing(next, observed, facts);
            match &observed.failed {
                Some(failed) => format!("{doing}: {}; tried again by itself", failed.message),
                None => doing,
            }
        }
    }
}

/// The step, for people.
fn doing(next: &Next, observed: &Observed, facts: &Facts) -> String {
    let (Next::Do(step) | Next::Wait { step, .. }) = next else {
        return String::new();
    };
    let text = match step {
        Step::Admit => "reserving room on the host",
        Step::EnsureImage => {
            return match &observed.image {
                ImageView::Preparing {
                    message,
                    percent: Some(percent),
                } => format!("preparing the image '{}': {message} ({percent} %)", facts.image),
                ImageView::Preparing {
                    message,
                    percent: None,
                } => format!("preparing the image '{}': {message}", facts.image),
                _ => format!("preparing the image '{}'", facts.image),
            };
        }
        Step::EnsureVolume => "making the home",
        Step::AttachNetwork => "connecting the network",
        Step::StartSandbox => "starting the sandbox",
        Step::Resize => "changing its limits",
        Step::RestoreVolume => "restoring its disk",
        Step::AwaitAgent => "waiting for the agent",
        Step::ConfigureApps => "starting the apps",
        Step::AwaitApps => "waiting for the apps",
        Step::StopSandbox => "stopping its processes",
        Step::DetachNetwork => "disconnecting the network",
        Step::GiveBack => "giving its room back",
        Step::RemoveSandbox => "removing its files",
        Step::RemoveVolume => "removing its home",
        Step::Release | Step::DropFinalizer => "giving its addresses back",
    };
    text.to_owned()
}

type Row = (&'static str, bool, String, String);

fn conditions(
    status: &WorkspaceStatus,
    wanted: &Wanted,
    observed: &Observed,
    next: &Next,
    facts: &Facts,
) -> Vec<Row> {
    let up = observed.runs();
    let row = |kind, held: bool, yes: &str, step: Step| -> Row {
        if held {
            return (kind, true, yes.to_owned(), String::new());
        }
        match &observed.failed {
            Some(failed) if failed.step == step => (kind, false, "Failed".to_owned(), failed.message.clone()),
            _ if matches!(next, Next::Do(now) | Next::Wait { step: now, .. } if *now == step) => {
                (kind, false, "InProgress".to_owned(), doing(next, observed, facts))
            }
            _ if !wanted.running => (kind, false, "Stopped".to_owned(), String::new()),
            _ => (kind, false, "Waiting".to_owned(), String::new()),
        }
    };
    let mut rows = vec![
        row("Admitted", observed.admitted, "Reserved", Step::Admit),
        row(
            "ImageReady",
            up || observed.image == ImageView::Ready,
            "Present",
            Step::EnsureImage,
        ),
        row(
            "VolumeReady",
            observed.volume || (wanted.own_volume && up),
            "Present",
            Step::EnsureVolume,
        ),
        row(
            "NetworkReady",
            observed.network || (wanted.own_network && up),
            "Connected",
            Step::AttachNetwork,
        ),
        row("SandboxReady", up, "Running", Step::StartSandbox),
        row("AgentReady", up && observed.agent, "Answers", Step::AwaitAgent),
        row(
            "AppsReady",
            up && observed.apps.ready(),
            "Answer",
            Step::AwaitApps,
        ),
    ];
    if let Some(place) = &facts.queue {
        rows[0] = (
            "Admitted",
            false,
            "Queued".to_owned(),
            message(
                Phase::Queued,
                observed,
                next,
                &Facts {
                    queue: Some(place.clone()),
                    ..Facts::default()
                },
            ),
        );
    }
    if let (false, ImageView::Failed { message, .. }) = (up, &observed.image) {
        rows[1] = ("ImageReady", false, "Failed".to_owned(), message.clone());
    }
    let ready = status.phase == Phase::Running;
    let reason = if ready {
        "Ready".to_owned()
    } else {
        format!("{:?}", status.phase)
    };
    rows.push(("Ready", ready, reason, status.message.clone()));
    rows
}

fn ordinal(number: u32) -> String {
    let end = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{end}")
}

#[cfg(test)]
mod tests;

//! `--wait`: following a workspace until it is where it should be.

use std::time::Duration;

use clap::Args;
use serde_json::Value;
use tokio::time::{Instant, interval, timeout_at};

use crate::client::{Api, escape};
use crate::failure::{Failure, Outcome};
use crate::output::progress::Progress;

/// How long `--wait` waits when no number is given: a first image may have to be made.
const DEFAULT_SECONDS: u64 = 900;
/// How long a daemon may be away before the waiting ends: it may be restarting.
const AWAY: Duration = Duration::from_mins(1);
/// The pause before a daemon that is away is asked again.
const PAUSE: Duration = Duration::from_millis(300);

/// The flag.
#[derive(Clone, Copy, Debug, Args)]
pub struct Wait {
    /// Wait until it is done, at most this many seconds.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "900")]
    wait: Option<u64>,
}

/// Where a workspace should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Its apps answer.
    Ready,
    /// It does not run.
    Stopped,
    /// It is gone.
    Gone,
}

/// What a state means for somebody who waits.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is there.
    Reached,
    /// It goes on; this is the step.
    OnTheWay(String),
    /// It will not get there by itself.
    Failed(String),
}

// === impl Goal ===

impl Goal {
    /// What a workspace does on its way there.
    fn towards(self) -> &'static str {
        match self {
            Self::Ready => "starting",
            Self::Stopped => "stopping",
            Self::Gone => "being deleted",
        }
    }
}

// === impl Wait ===

impl Wait {
    /// How long to wait, if at all.
    pub fn limit(self) -> Option<Duration> {
        self.wait
            .map(|seconds| Duration::from_secs(if seconds == 0 { DEFAULT_SECONDS } else { seconds }))
    }
}

/// Waits until the workspace at `path` is where `goal` says, showing the current step.
/// Returns the object as it then was. Ctrl-C ends the waiting, not what is waited for. A daemon
/// that is away for a while is waited for, too.
///
/// # Errors
/// It fails, is deleted by somebody, or the time runs out.
pub async fn until(api: &Api, path: &str, what: &str, goal: Goal, limit: Duration) -> Outcome<Value> {
    let deadline = Instant::now() + limit;
    let mut progress = Progress::new(what);
    let following = timeout_at(deadline, follow(api, path, what, goal, &mut progress));
    let outcome = tokio::select! {
        outcome = following => outcome,
        _ = tokio::signal::ctrl_c() => {
            progress.abandon();
            let message = format!("stopped waiting; {what} goes on {}", goal.towards());
            return Err(Failure::new(message).hint(look(what)).interrupted());
        }
    };
    match outcome {
        Ok(Ok(object)) => {
            progress.finish(match goal {
                Goal::Ready => "ready",
                Goal::Stopped => "stopped",
                Goal::Gone => "deleted",
            });
            Ok(object)
        }
        Ok(Err(failure)) => {
            progress.abandon();
            Err(failure)
        }
        Err(_) => {
            progress.abandon();
            let name = what.to_owned();
            Err(Failure::new(format!(
                "{name} was not done within {} s; it goes on",
                limit.as_secs()
            ))
            .hint(format!("see where it stands: toft doctor {name}"))
            .timed_out())
        }
    }
}

/// As [`until`], with nothing said meanwhile.
///
/// # Errors
/// As [`until`].
pub async fn quietly(api: &Api, path: &str, goal: Goal, limit: Duration) -> Outcome<Value> {
    let mut progress = Progress::silent();
    let outcome = timeout_at(
        Instant::now() + limit,
        follow(api, path, path, goal, &mut progress),
    )
    .await;
    outcome.unwrap_or_else(|_| {
        let message = format!("it was not done within {} s; it goes on", limit.as_secs());
        Err(Failure::new(message).timed_out())
    })
}

/// Asks for a change that does no harm twice, for somebody who waits for what follows. Where the daemon
/// breaks off before it answers, it is asked again as soon as it is back.
///
/// # Errors
/// What the daemon says, or that there is none, at the first try or for a while.
pub async fn answered<T>(ask: impl AsyncFn() -> Outcome<T>) -> Outcome<T> {
    let mut answer = ask().await;
    if !answer.as_ref().is_err_and(Failure::broke_off) {
        return answer;
    }
    let since = Instant::now();
    while answer.as_ref().is_err_and(Failure::is_unanswered) && since.elapsed() < AWAY {
        tokio::time::sleep(PAUSE).await;
        answer = ask().await;
    }
    answer
}

/// What to do when nobody knows whether a change was made that may be made twice.
pub fn again() -> String {
    "it may have been done; give the command again: it does no harm twice".to_owned()
}

/// How to see what became of it.
fn look(what: &str) -> String {
    format!("see where it stands: toft get ws {what}")
}

async fn follow(api: &Api, path: &str, what: &str, goal: Goal, progress: &mut Progress) -> Outcome<Value> {
    let (collection, name) = path.rsplit_once('/').unwrap_or((path, ""));
    let mut away: Option<Instant> = None;
    loop {
        let found = match api.find(path).await {
            Err(failure) if failure.is_unanswered() => {
                if away.get_or_insert_with(Instant::now).elapsed() > AWAY {
                    let message = format!(
                        "the daemon has been away for {} s; {what} goes on {} when it is back",
                        AWAY.as_secs(),
                        goal.towards()
                    );
                    return Err(Failure::new(message).hint(look(what)));
                }
                progress.step("the daemon does not answer; asking again");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            other => other?,
        };
        away = None;
        let Some(object) = found else {
            return gone(goal);
        };
        if let Some(done) = judge(&object, goal, progress)? {
            return Ok(done);
        }
        let version = object["metadata"]["resourceVersion"]
            .as_str()
            .unwrap_or("0")
            .to_owned();
        let query = format!(
            "{collection}?watch=true&resourceVersion={version}&fieldSelector={}",
            escape(&format!("metadata.name={name}"))
        );
        let mut lines = match api.lines(&query).await {
            Err(failure) if failure.is_unanswered() => continue,
            other => other?,
        };
        let mut tick = interval(Progress::TICK);
        // A watch that ends is begun anew: a daemon may restart in the meantime.
        loop {
            tokio::select! {
                event = Api::next_event(&mut lines) => match event {
                    Ok(Some((kind, _))) if kind == "DELETED" => return gone(goal),
                    Ok(Some((kind, _))) if kind == "BOOKMARK" => {}
                    Ok(Some((_, object))) => if let Some(done) = judge(&object, goal, progress)? { return Ok(done); },
                    Ok(None) | Err(_) => break,
                },
                _ = tick.tick() => progress.tick(),
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn gone(goal: Goal) -> Outcome<Value> {
    if goal == Goal::Gone {
        Ok(Value::Null)
    } else {
        Err(Failure::new("it was deleted in the meantime"))
    }
}

fn judge(object: &Value, goal: Goal, progress: &mut Progress) -> Outcome<Option<Value>> {
    match verdict(object, goal) {
        Verdict::Reached => Ok(Some(object.clone())),
        Verdict::OnTheWay(step) => {
            progress.step(&step);
            Ok(None)
        }
        Verdict::Failed(why) => Err(Failure::new(why)),
    }
}

/// What `object` means for somebody who waits for `goal`. What was observed for an older spec
/// counts for nothing.
pub fn verdict(object: &Value, goal: Goal) -> Verdict {
    let status = &object["status"];
    let phase = status["phase"].as_str().unwrap_or("Pending");
    let message = status["message"].as_str().filter(|text| !text.is_empty());
    let step = || Verdict::OnTheWay(message.unwrap_or(phase).to_owned());
    let current = status["observedGeneration"].as_i64() >= object["metadata"]["generation"].as_i64();
    if !current {
        return step();
    }
    let restarting = object["spec"]["lifecycle"]["restartedAt"] != status["restartObserved"]
        && !object["spec"]["lifecycle"]["restartedAt"].is_null();
    match (goal, phase) {
        (Goal::Ready, "Running") if !restarting => Verdict::Reached,
        (Goal::Stopped, "Stopped") => Verdict::Reached,
        (Goal::Ready, "Stopped") if object["spec"]["running"] == false => {
            Verdict::Failed("it was stopped in the meantime".to_owned())
        }
        (Goal::Ready | Goal::Stopped, "Failed") => Verdict::Failed(message.unwrap_or("it failed").to_owned()),
        (Goal::Ready | Goal::Stopped, "Deleting") => Verdict::Failed("it is being deleted".to_owned()),
        _ => step(),
    }
}

#[cfg(test)]
mod tests;

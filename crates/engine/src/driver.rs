//! The driver: observe, plan, act, and tell, for one workspace until nothing is left to do.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use toft_model::Kind;
use toft_runtime::{IdRange, SandboxId};
use toft_store::{Key, Page, Selection, Store, StoreError};
use tokio::sync::broadcast;
use tracing::{debug, warn};

use crate::admission::Room;
use crate::attempts::Attempts;
use crate::engine::EngineConfig;
use crate::events::Events;
use crate::images::ImageJobs;
use crate::observe::line;
use crate::observed::SandboxView;
use crate::plan::{Next, Step, plan};
use crate::ports::{Cause, Place, Ports};
use crate::queue::Queue;
use crate::subject::Subject;
use crate::tell::Amendment;

/// A workspace on its way, or one with apps, is looked at again after this, whatever happens.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// One that runs without apps that could end: that it runs is seen by the pulse.
const LOOK_SELDOM: Duration = Duration::from_mins(1);
/// While steps follow each other quickly the status is written at most this often.
const WRITE_EVERY: Duration = Duration::from_millis(150);
/// An app that failed is looked at again after this.
const APP_PAUSE: Duration = Duration::from_secs(2);
/// How soon a reconcile is repeated after the store or the runtime could not be asked.
const RETRY: Duration = Duration::from_secs(2);

/// Steps that a slow listener may be behind.
const DONE_KEPT: usize = 1024;

pub(crate) struct Driver {
    pub(crate) store: Store,
    pub(crate) ports: Ports,
    pub(crate) config: EngineConfig,
    pub(crate) images: ImageJobs,
    pub(crate) events: Events,
    pub(crate) attempts: Attempts,
    pub(crate) queue: Arc<Queue>,
    /// Those that run as they should, as far as is known.
    pub(crate) running: Mutex<HashMap<Key, SandboxId>>,
    /// Facts of a start that the next status tells.
    pub(crate) amendments: Mutex<HashMap<SandboxId, Amendment>>,
    /// Who waits for which image.
    waiting: Mutex<HashMap<String, HashSet<Key>>>,
    pub(crate) done: broadcast::Sender<Done>,
}

/// A step of a reconcile that was taken, for whoever counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Which.
    pub step: Step,
    /// Whether it did what it should.
    pub succeeded: bool,
    /// How long it took.
    pub took: Duration,
}

/// What is allocated to a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allocated {
    pub(crate) id_range: IdRange,
    pub(crate) place: Place,
}

// === impl Driver ===

impl Driver {
    pub(crate) fn new(
        store: Store,
        ports: Ports,
        config: EngineConfig,
        images: ImageJobs,
        events: Events,
        queue: Arc<Queue>,
    ) -> Self {
        Self {
            store,
            ports,
            config,
            images,
            events,
            queue,
            attempts: Attempts::default(),
            running: Mutex::default(),
            amendments: Mutex::default(),
            waiting: Mutex::default(),
            done: broadcast::Sender::new(DONE_KEPT),
        }
    }

    pub(crate) fn capacity(&self) -> Room {
        Room {
            cpu_milli: self.config.host.cpu_milli,
            memory_bytes: self.config.host.memory_bytes,
        }
    }

    /// Takes steps until nothing is left to do now; says when to look again by itself.
    pub(crate) async fn reconcile(&self, key: &Key) -> Option<Duration> {
        if key.kind == Kind::Snapshot {
            return self.reconcile_snapshot(key).await;
        }
        match self.steps(key).await {
            Ok(again) => again,
            Err(cause) => {
                warn!(workspace = %key.name, owner = %key.namespace, error = %line(&cause), "failed to look after a workspace");
                Some(RETRY)
            }
        }
    }

    async fn steps(&self, key: &Key) -> Result<Option<Duration>, Cause> {
        let mut written: Option<Instant> = None;
        loop {
            let Some(subject) = self.read(key).await? else {
                return Ok(None);
            };
            let now = Timestamp::now();
            let wanted = subject.wanted(self.ports.runtime.provides());
            let mut observed = self.observe(&subject, now).await?;
            if let SandboxView::Exited {
                message,
                started: true,
            } = &observed.sandbox
                && wanted.running
                && !wanted.gone
            {
                // It is started again, with a pause that grows while it keeps ending.
                self.note(
                    &subject,
                    Step::StartSandbox,
                    Err(format!("it ended by itself: {message}").into()),
                );
                observed.failed = self.attempts.get(subject.id);
            }
            let next = match (&subject.refused, plan(&wanted, &observed, now)) {
                // What cannot be resolved cannot be started; it can be stopped and deleted.
                (Some(_), Next::Do(step)) if !wanted.gone && wanted.running && step != Step::StopSandbox => {
                    Next::Wait { until: None, step }
                }
                (_, next) => next,
            };
            debug!(workspace = %key.name, ?next, "planned");
            // What a start is for is written down before it: else the next look asks for another.
            let restarts = wanted.restart != wanted.restart_observed && !observed.runs();
            let quiet = !restarts
                && matches!(next, Next::Do(step) if quick(step))
                && written.is_none_or(|at| at.elapsed() < WRITE_EVERY);
            if !quiet {
                self.tell(&subject, &wanted, &observed, &next, now).await?;
                written = Some(Instant::now());
            }
            match next {
                Next::Settled => {
                    self.attempts.forgive(subject.id, &observed.sandbox, now);
                    return Ok(self.settled(&subject, observed.runs()));
                }
                Next::Wait { until, step } => return Ok(Some(self.waits(&subject, step, until, now))),
                Next::Do(step) => {
                    let began = Instant::now();
                    let outcome = self.act(step, &subject, &observed).await;
                    let done = outcome.is_ok();
                    // Nobody has to listen.
                    let _ = self.done.send(Done {
                        step,
                        succeeded: done,
                        took: began.elapsed(),
                    });
                    self.note(&subject, step, outcome);
                    if step == Step::DropFinalizer && done {
                        self.forget(subject.id);
                        return Ok(None);
                    }
                    if step == Step::Admit && self.queued(key).await? {
                        return Ok(None);
                    }
                    if matches!(step, Step::AwaitAgent | Step::AwaitApps) {
                        // It may wait for ever: others have their turn in between.
                        return Ok(Some(Duration::ZERO));
                    }
                }
            }
        }
    }

    /// Whether and when to look again at one that is as it should be.
    fn settled(&self, subject: &Subject, runs: bool) -> Option<Duration> {
        self.takes_pulse(&subject.key, runs.then_some(subject.id));
        let apps = subject
            .resolved
            .as_ref()
            .is_some_and(|resolved| !resolved.supervised.is_empty());
        runs.then_some(if apps { LOOK_AGAIN } else { LOOK_SELDOM })
    }

    pub(crate) async fn read(&self, key: &Key) -> Result<Option<Subject>, Cause> {
        Subject::read(&self.store, self.capacity(), key).await
    }

    /// Remembers how a step went.
    fn note(&self, subject: &Subject, step: Step, outcome: Result<(), Cause>) {
        let Err(cause) = outcome else {
            return self.attempts.succeeded(subject.id, step);
        };
        let message = line(&cause);
        let count = self.attempts.failed(subject.id, step, message.clone());
        warn!(workspace = %subject.key.name, owner = %subject.key.namespace, ?step, count, error = %message, "a step failed");
    }

    fn forget(&self, id: SandboxId) {
        self.attempts.forget(id);
        self.amendments
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
    }

    fn waits(&self, subject: &Subject, step: Step, until: Option<Timestamp>, now: Timestamp) -> Duration {
        if let (Step::EnsureImage, Some(resolved)) = (step, &subject.resolved) {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting
                .entry(resolved.image.clone())
                .or_default()
                .insert(subject.key.clone());
        }
        // Without a time something else wakes it: the watch, an image, or room. The look after
        // a while covers a word that was missed.
        let unsaid = if step == Step::AwaitApps {
            APP_PAUSE
        } else {
            LOOK_AGAIN
        };
        let pause = until.map_or(unsaid, |until| until.duration_since(now).unsigned_abs());
        pause.min(LOOK_AGAIN)
    }

    async fn queued(&self, key: &Key) -> Result<bool, Cause> {
        let Some(object) = self.store.get(key).await? else {
            return Ok(true);
        };
        let queued = object["status"]["queue"].is_object();
        if queued {
            // Told with its place once more, this time with phase and message.
            self.tell_place(key).await?;
        }
        Ok(queued)
    }

    /// An image changed: whoever waits for it looks again.
    pub(crate) fn image_changed(&self, name: &str) {
        let waiting = self
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(name);
        for key in waiting.into_iter().flatten() {
            self.queue.push(key);
        }
    }

    /// Room was given back: whoever waits for it looks again.
    pub(crate) async fn wake_waiting(&self) -> Result<(), StoreError> {
        let list = self
            .store
            .list(&Selection::all(Kind::Workspace), &Page::default())
            .await?;
        for object in list
            .items
            .iter()
            .filter(|object| object["status"]["queue"].is_object())
        {
            self.queue.push(Key::of(object)?);
        }
        Ok(())
    }
}

/// Whether a step is over before anybody could read that it began.
fn quick(step: Step) -> bool {
    !matches!(
        step,
        Step::EnsureImage
            | Step::AwaitApps
            | Step::StopSandbox
            | Step::RestoreVolume
            | Step::RemoveSandbox
            | Step::RemoveVolume
    )
}

//! The driver: observe, plan, act, and tell, for one workspace until nothing is left to do.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};
use toft_model::event::ObjectReference;
use toft_model::workspace::{Resources, WorkspaceStatus};
use toft_model::{Image, Kind, Phase, Template, Workspace};
use toft_runtime::{IdRange, SandboxId};
use toft_store::{Key, Page, Selection, Store, StoreError};
use tracing::{debug, warn};

use crate::admission::{Room, never_fits};
use crate::backoff;
use crate::engine::EngineConfig;
use crate::events::Events;
use crate::images::ImageJobs;
use crate::observe::{admitted, id_of, line};
use crate::observed::{Attempt, Observed, SandboxView};
use crate::plan::{Next, Step, Wanted, plan};
use crate::ports::{Cause, Place, Ports};
use crate::queue::Queue;
use crate::resolve::{Resolved, resolve};
use crate::status::{Facts, derive};

/// A workspace that runs is looked at again after this, whatever happens: it may have died.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// While steps follow each other quickly the status is written at most this often.
const WRITE_EVERY: Duration = Duration::from_millis(150);
/// What has run for so long did start well.
const LASTS: Duration = Duration::from_mins(1);
/// An app that failed is looked at again after this.
const APP_PAUSE: Duration = Duration::from_secs(2);
/// How soon a reconcile is repeated after the store or the runtime could not be asked.
const RETRY: Duration = Duration::from_secs(2);

pub(crate) struct Driver {
    pub(crate) store: Store,
    pub(crate) ports: Ports,
    pub(crate) config: EngineConfig,
    pub(crate) images: ImageJobs,
    pub(crate) events: Events,
    queue: Arc<Queue>,
    attempts: Mutex<HashMap<SandboxId, Attempt>>,
    /// Facts of a start that the next status tells.
    amendments: Mutex<HashMap<SandboxId, Amendment>>,
    /// Who waits for which image.
    waiting: Mutex<HashMap<String, HashSet<Key>>>,
}

type Amendment = Box<dyn FnOnce(&mut WorkspaceStatus) + Send>;

/// What is allocated to a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allocated {
    pub(crate) id_range: IdRange,
    pub(crate) place: Place,
}

/// A workspace with what it refers to, as read for one step.
pub(crate) struct Subject {
    pub(crate) key: Key,
    pub(crate) id: SandboxId,
    pub(crate) about: ObjectReference,
    pub(crate) workspace: Workspace,
    pub(crate) resolved: Option<Resolved>,
    pub(crate) image: Option<Image>,
    /// Why it cannot be resolved.
    refused: Option<String>,
}

// === impl Subject ===

impl Subject {
    pub(crate) fn resolved(&self) -> Result<&Resolved, Cause> {
        self.resolved
            .as_ref()
            .ok_or_else(|| self.refused.clone().unwrap_or_default().into())
    }

    pub(crate) fn image(&self) -> Result<&Image, Cause> {
        self.image
            .as_ref()
            .ok_or_else(|| "the image does not exist".into())
    }

    /// What was reserved for it when it was admitted.
    pub(crate) fn reserved(&self) -> Resources {
        self.workspace
            .status
            .as_ref()
            .map(|status| status.resources.clone())
            .unwrap_or_default()
    }

    /// Digest of the image that its machine was begun on.
    pub(crate) fn begun_on(&self) -> Option<&str> {
        self.workspace.status.as_ref()?.image_digest.as_deref()
    }

    fn status(&self) -> WorkspaceStatus {
        self.workspace.status.clone().unwrap_or_default()
    }
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
        let (attempts, amendments, waiting) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self {
            store,
            ports,
            config,
            images,
            events,
            queue,
            attempts,
            amendments,
            waiting,
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
            let wanted = self.wanted(&subject);
            let mut observed = self.observe(&subject, now).await?;
            if let (SandboxView::Exited { message }, true) =
                (&observed.sandbox, wanted.running && !wanted.gone)
            {
                // It is started again, with a pause that grows while it keeps ending.
                self.note(
                    &subject,
                    Step::StartSandbox,
                    Err(format!("it ended by itself: {message}").into()),
                );
                observed.failed = self.attempt(subject.id);
            }
            let next = match (&subject.refused, plan(&wanted, &observed, now)) {
                // What cannot be resolved cannot be started; it can be stopped and deleted.
                (Some(_), Next::Do(step)) if !wanted.gone && wanted.running && step != Step::StopSandbox => {
                    Next::Wait { until: None, step }
                }
                (_, next) => next,
            };
            debug!(workspace = %key.name, ?next, "planned");
            let quiet = matches!(next, Next::Do(step) if quick(step))
                && written.is_none_or(|at| at.elapsed() < WRITE_EVERY);
            if !quiet {
                self.tell(&subject, &wanted, &observed, &next, now).await?;
                written = Some(Instant::now());
            }
            match next {
                Next::Settled => {
                    self.forgive(subject.id, &observed, now);
                    return Ok(observed.runs().then_some(LOOK_AGAIN));
                }
                Next::Wait { until, step } => return Ok(Some(self.waits(&subject, step, until, now))),
                Next::Do(step) => {
                    let outcome = self.act(step, &subject, &observed).await;
                    let done = outcome.is_ok();
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

    /// The workspace with its template and image. One that cannot be read is reported and left.
    async fn read(&self, key: &Key) -> Result<Option<Subject>, Cause> {
        let Some(object) = self.store.get(key).await? else {
            return Ok(None);
        };
        let workspace: Workspace = serde_json::from_value(object)?;
        let template = self
            .store
            .get(&Key::new(Kind::Template, "", &workspace.spec.template))
            .await?;
        let template = template.and_then(|object| serde_json::from_value::<Template>(object).ok());
        let resolved = match &template {
            Some(template) => resolve(&workspace, template).map_err(|invalid| invalid.to_string()),
            None => Err(format!(
                "the template '{}' does not exist any more",
                workspace.spec.template
            )),
        };
        let (resolved, mut refused) = match resolved {
            Ok(resolved) => (Some(resolved), None),
            Err(why) => (None, Some(why)),
        };
        let mut image = None;
        if let Some(resolved) = &resolved {
            let found = self
                .store
                .get(&Key::new(Kind::Image, "", &resolved.image))
                .await?;
            image = found.and_then(|object| serde_json::from_value(object).ok());
            if image.is_none() {
                refused = Some(format!("the image '{}' does not exist", resolved.image));
            }
            // The host may have lost room since it was created, or its template may ask for more.
            if !admitted(&workspace)
                && let Err(invalid) = never_fits(self.capacity(), &resolved.resources)
            {
                refused = Some(invalid.to_string());
            }
        }
        let about = ObjectReference::to(Kind::Workspace, &workspace.metadata);
        Ok(Some(Subject {
            key: key.clone(),
            id: id_of(&workspace)?,
            about,
            workspace,
            resolved,
            image,
            refused,
        }))
    }

    fn wanted(&self, subject: &Subject) -> Wanted {
        let provides = self.ports.runtime.provides();
        Wanted {
            gone: subject.workspace.metadata.deletion_timestamp.is_some(),
            running: subject.workspace.spec.running,
            restarted_at: subject.workspace.spec.lifecycle.restarted_at,
            own_network: provides.network,
            own_volume: provides.volume,
        }
    }

    /// Writes the status where it differs, and the events that follow from the change.
    async fn tell(
        &self,
        subject: &Subject,
        wanted: &Wanted,
        observed: &Observed,
        next: &Next,
        now: Timestamp,
    ) -> Result<(), Cause> {
        let before = subject.status();
        let facts = Facts {
            generation: subject.workspace.metadata.generation,
            queue: before
                .queue
                .clone()
                .filter(|_| !observed.admitted && wanted.running && !wanted.gone),
            refused: subject.refused.clone(),
            image: subject
                .resolved
                .as_ref()
                .map(|resolved| resolved.image.clone())
                .unwrap_or_default(),
            outdated: observed.runs()
                && subject
                    .resolved
                    .as_ref()
                    .is_some_and(|resolved| resolved.resources != before.resources),
        };
        let amend = self
            .amendments
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&subject.id);
        let mut base = before.clone();
        if let Some(amend) = amend {
            amend(&mut base);
        }
        let after = derive(&base, wanted, observed, next, &facts, now);
        if after == before {
            return Ok(());
        }
        let uid = subject.workspace.metadata.uid;
        let change = |mut object: Value| -> Result<Value, StoreError> {
            // Another one of the same name is not this one.
            if object["metadata"]["uid"] == json!(uid) {
                object["status"] = json!(after);
            }
            Ok(object)
        };
        let mut tx = self.store.begin_removal().await?;
        match tx.update(&subject.key, None, change).await {
            Ok(_) => tx.commit().await?,
            Err(StoreError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
        self.announce(subject, &before, &after);
        if before.queue.is_some() && after.queue.is_none() && !observed.admitted {
            // It left the queue without having had its turn: those behind it move up.
            self.wake_waiting().await?;
        }
        Ok(())
    }

    fn announce(&self, subject: &Subject, before: &WorkspaceStatus, after: &WorkspaceStatus) {
        if before.observed_generation.is_none() {
            self.events.normal(
                &subject.about,
                "Created",
                &format!("created from the template '{}'", subject.workspace.spec.template),
            );
        }
        if after.queue.is_some() && after.queue != before.queue {
            self.events.normal(&subject.about, "Queued", &after.message);
        }
        if before.phase == after.phase {
            return;
        }
        match after.phase {
            Phase::Running => self
                .events
                .normal(&subject.about, "Ready", "its agent and apps answer"),
            Phase::Stopped => self.events.normal(
                &subject.about,
                "Stopped",
                "stopped; its home and machine are kept",
            ),
            Phase::Failed => self.events.warning(&subject.about, "Failed", &after.message),
            Phase::Deleting => self.events.normal(
                &subject.about,
                "Deleting",
                "its home and machine are being removed",
            ),
            Phase::Pending | Phase::Queued | Phase::Starting | Phase::Stopping => {}
        }
    }

    /// Remembers a failure for the pause after it, and forgets it when the step succeeds.
    fn note(&self, subject: &Subject, step: Step, outcome: Result<(), Cause>) {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let known = attempts
            .get(&subject.id)
            .filter(|known| known.step == step)
            .map_or(0, |known| known.count);
        match outcome {
            // A start has succeeded when it lasts: see `forgive`.
            Ok(()) if known == 0 || step == Step::StartSandbox => {}
            Ok(()) => drop(attempts.remove(&subject.id)),
            Err(cause) => {
                let (count, message) = (known + 1, line(&cause));
                warn!(workspace = %subject.key.name, owner = %subject.key.namespace, ?step, count, error = %message, "a step failed");
                let until = Timestamp::now()
                    .saturating_add(backoff::pause(count, rand::random()))
                    .unwrap_or(Timestamp::MAX);
                attempts.insert(
                    subject.id,
                    Attempt {
                        step,
                        count,
                        until,
                        message,
                    },
                );
            }
        }
    }

    /// Forgets failures of what has run well for a while, or is stopped.
    fn forgive(&self, id: SandboxId, observed: &Observed, now: Timestamp) {
        let lasts = match observed.sandbox {
            SandboxView::Running { started_at } => now.duration_since(started_at).unsigned_abs() > LASTS,
            _ => true,
        };
        if lasts {
            self.attempts
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&id);
        }
    }

    pub(crate) fn attempt(&self, id: SandboxId) -> Option<Attempt> {
        self.attempts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .cloned()
    }

    pub(crate) fn amend(
        &self,
        subject: &Subject,
        change: impl FnOnce(&mut WorkspaceStatus) + Send + 'static,
    ) {
        self.amendments
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(subject.id, Box::new(change));
    }

    fn forget(&self, id: SandboxId) {
        self.attempts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
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

    async fn tell_place(&self, key: &Key) -> Result<(), Cause> {
        let Some(subject) = self.read(key).await? else {
            return Ok(());
        };
        let now = Timestamp::now();
        let (wanted, observed) = (self.wanted(&subject), self.observe(&subject, now).await?);
        self.tell(
            &subject,
            &wanted,
            &observed,
            &Next::Wait {
                until: None,
                step: Step::Admit,
            },
            now,
        )
        .await
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

    /// Removes sandboxes and homes that belong to no workspace: what a delete could not remove,
    /// or what a crash left.
    pub(crate) async fn sweep(&self) {
        let sandboxes = match self.ports.runtime.list().await {
            Ok(sandboxes) => sandboxes,
            Err(error) => return warn!(%error, "failed to list the sandboxes of this host"),
        };
        let known = match self
            .store
            .list(&Selection::all(Kind::Workspace), &Page::default())
            .await
        {
            Ok(list) => list.items,
            Err(error) => return warn!(%error, "failed to list the workspaces"),
        };
        let known: HashSet<String> = known
            .iter()
            .filter_map(|object| object["metadata"]["uid"].as_str().map(str::to_owned))
            .collect();
        for id in sandboxes
            .into_iter()
            .filter(|id| !known.contains(&id.to_string()))
        {
            let left = self.ports.runtime.remove(id).await;
            let volume = self.ports.volumes.remove(id).await;
            match (left.first(), volume) {
                (None, Ok(())) => debug!(%id, "removed a stray sandbox"),
                (Some(first), _) => {
                    warn!(%id, path = %first.path.display(), reason = %first.reason, "a stray sandbox cannot be removed yet")
                }
                (None, Err(cause)) => warn!(%id, error = %line(&cause), "a stray home cannot be removed yet"),
            }
        }
    }

    /// Forgets old changes, events, sessions and codes.
    pub(crate) async fn tidy(&self, (age, keep): (Duration, i64)) {
        let pruned = self.store.prune_events(Timestamp::now()).await.map(|_| ());
        let compacted = self.store.compact(age, keep).await;
        let expired = self.store.forget_expired().await;
        for error in [pruned, compacted, expired].into_iter().filter_map(Result::err) {
            warn!(%error, "failed to tidy the store");
        }
    }
}

/// Whether a step is over before anybody could read that it began.
fn quick(step: Step) -> bool {
    !matches!(
        step,
        Step::EnsureImage | Step::AwaitApps | Step::StopSandbox | Step::RemoveSandbox | Step::RemoveVolume
    )
}

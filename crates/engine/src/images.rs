//! Image jobs: one preparation a source at a time, its progress on the `Image` object.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use toft_model::cause::chain;
use toft_model::condition::{self, Condition, ConditionStatus};
use toft_model::event::ObjectReference;
use toft_model::image::{ImagePhase, ImageStatus};
use toft_model::{Image, Kind};
use toft_store::{Key, Store, StoreError};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::backoff;
use crate::events::Events;
use crate::observed::ImageView;
use crate::ports::{Cause, ImageProgress, Images, PreparedImage};

/// Progress is written at most this often.
const WRITE_EVERY: Duration = Duration::from_millis(400);

/// The preparations of one engine. Cheap to clone.
#[derive(Clone)]
pub struct ImageJobs {
    store: Store,
    images: Arc<dyn Images>,
    events: Events,
    jobs: Arc<Mutex<HashMap<String, Job>>>,
    stopped: CancellationToken,
}

/// What is known about an image that is not there.
#[derive(Clone, Debug)]
enum Job {
    Running(ImageProgress),
    Failed {
        count: u32,
        message: String,
        until: Timestamp,
    },
}

// === impl ImageJobs ===

impl ImageJobs {
    pub(crate) fn new(store: Store, images: Arc<dyn Images>, events: Events) -> Self {
        Self {
            store,
            images,
            events,
            jobs: Arc::default(),
            stopped: CancellationToken::new(),
        }
    }

    /// The image, if it is there.
    pub fn find(&self, image: &Image) -> Option<PreparedImage> {
        self.images.find(&image.spec.source)
    }

    /// Gives up what is being prepared, for another process to take up.
    pub(crate) fn stop(&self) {
        self.stopped.cancel();
    }

    /// How an image stands.
    pub fn view(&self, image: &Image, now: Timestamp) -> ImageView {
        if self.find(image).is_some() {
            return ImageView::Ready;
        }
        match self.job(&image.metadata.name) {
            Some(Job::Running(progress)) => ImageView::Preparing {
                message: progress.message,
                percent: progress.percent,
            },
            Some(Job::Failed { message, until, .. }) if until > now => ImageView::Failed { message, until },
            Some(Job::Failed { .. }) | None => ImageView::Absent,
        }
    }

    /// Starts to prepare an image in the background, unless that is under way. Its object tells
    /// how it goes; whoever waits for it watches that.
    pub fn prepare(&self, image: Image) {
        let name = image.metadata.name.clone();
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let failures = match jobs.get(&name) {
            Some(Job::Running(_)) => return,
            Some(Job::Failed { count, .. }) => *count,
            None => 0,
        };
        jobs.insert(
            name,
            Job::Running(ImageProgress {
                message: "starting".to_owned(),
                percent: None,
            }),
        );
        drop(jobs);
        let this = self.clone();
        let job = async move { this.run(image, failures).await };
        tokio::spawn(self.stopped.clone().run_until_cancelled_owned(job));
    }

    /// The same for somebody who looks at the object from now on: it tells of this preparation,
    /// not of how one before it ended.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn prepare_anew(&self, image: Image) -> Result<(), StoreError> {
        let status = ImageStatus {
            phase: ImagePhase::Preparing,
            message: "starting".to_owned(),
            ..ImageStatus::default()
        };
        self.write(&image, status).await?;
        self.prepare(image);
        Ok(())
    }

    /// Writes the status of an image as the disk has it: a new daemon asks the world first.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn refresh(&self, image: &Image) -> Result<(), StoreError> {
        if self.job(&image.metadata.name).is_some() {
            return Ok(());
        }
        let status = match self.find(image) {
            Some(found) => ready(&found),
            None => ImageStatus::default(),
        };
        self.write(image, status).await
    }

    async fn run(&self, image: Image, failures: u32) {
        let about = ObjectReference::to(Kind::Image, &image.metadata);
        self.events.normal(&about, "Pulling", "preparing the image");
        let begun = std::time::Instant::now();
        let outcome = self.follow(&image).await;
        let status = match outcome {
            Ok(found) => {
                self.forget(&image.metadata.name);
                let message = format!(
                    "prepared {} in {:.1} s",
                    short(&found.digest),
                    begun.elapsed().as_secs_f64()
                );
                self.events.normal(&about, "Pulled", &message);
                ready(&found)
            }
            Err(cause) => {
                let message = chain(cause.as_ref());
                let count = failures + 1;
                let pause = backoff::pause(count, rand::random());
                let until = Timestamp::now().saturating_add(pause).unwrap_or(Timestamp::MAX);
                self.set(
                    &image.metadata.name,
                    Job::Failed {
                        count,
                        message: message.clone(),
                        until,
                    },
                );
                self.events.warning(&about, "Failed", &message);
                ImageStatus {
                    phase: ImagePhase::Failed,
                    message,
                    ..ImageStatus::default()
                }
            }
        };
        if let Err(error) = self.write(&image, status).await {
            warn!(image = %image.metadata.name, %error, "failed to write an image's status");
        }
    }

    /// Prepares, and writes the latest progress now and then.
    async fn follow(&self, image: &Image) -> Result<PreparedImage, Cause> {
        let (send, mut heard) = mpsc::unbounded_channel();
        let (this, name) = (self.clone(), image.metadata.name.clone());
        let on_progress = move |progress: ImageProgress| {
            this.set(&name, Job::Running(progress));
            // Nobody listens any more when the preparation is over.
            let _ = send.send(());
        };
        let work = self.images.prepare(&image.spec.source, Box::new(on_progress));
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                Some(()) = heard.recv() => {
                    while heard.try_recv().is_ok() {}
                    if let Some(Job::Running(progress)) = self.job(&image.metadata.name) {
                        let status = ImageStatus { phase: ImagePhase::Preparing, message: progress.message, progress: progress.percent, ..ImageStatus::default() };
                        if let Err(error) = self.write(image, status).await {
                            warn!(image = %image.metadata.name, %error, "failed to write an image's progress");
                        }
                    }
                    tokio::select! {
                        done = &mut work => return done,
                        () = tokio::time::sleep(WRITE_EVERY) => {}
                    }
                }
            }
        }
    }

    async fn write(&self, image: &Image, mut status: ImageStatus) -> Result<(), StoreError> {
        status.observed_generation = image.metadata.generation;
        let key = Key::new(Kind::Image, "", &image.metadata.name);
        let held = status.phase == ImagePhase::Ready;
        let change = |mut object: Value| -> Result<Value, StoreError> {
            let mut conditions: Vec<Condition> =
                serde_json::from_value(object["status"]["conditions"].clone()).unwrap_or_default();
            let next = Condition {
                kind: "Ready".to_owned(),
                status: if held {
                    ConditionStatus::True
                } else {
                    ConditionStatus::False
                },
                reason: format!("{:?}", status.phase),
                message: status.message.clone(),
                last_transition_time: Timestamp::now(),
                observed_generation: status.observed_generation,
            };
            condition::set(&mut conditions, next);
            status.conditions = conditions;
            object["status"] = json!(status);
            Ok(object)
        };
        match self.store.update(&key, None, change).await {
            Ok(_) | Err(StoreError::NotFound(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn job(&self, name: &str) -> Option<Job> {
        self.jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned()
    }

    fn set(&self, name: &str, job: Job) {
        self.jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned(), job);
    }

    fn forget(&self, name: &str) {
        self.jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(name);
    }
}

fn ready(found: &PreparedImage) -> ImageStatus {
    ImageStatus {
        phase: ImagePhase::Ready,
        digest: Some(found.digest.clone()),
        size_bytes: Some(found.size_bytes),
        ..ImageStatus::default()
    }
}

fn short(digest: &str) -> &str {
    digest.get(..19).unwrap_or(digest)
}

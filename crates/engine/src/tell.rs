//! What a step changed, told: the status, and the events that follow from it.

use std::sync::PoisonError;

use jiff::Timestamp;
use serde_json::{Value, json};
use toft_model::Phase;
use toft_model::workspace::WorkspaceStatus;
use toft_store::{Key, StoreError};

use crate::driver::Driver;
use crate::observed::Observed;
use crate::plan::{Next, Step, Wanted};
use crate::ports::Cause;
use crate::status::{Facts, derive};
use crate::subject::Subject;

/// A change of the status that a step asks for.
pub(crate) type Amendment = Box<dyn FnOnce(&mut WorkspaceStatus) + Send>;

// === impl Driver ===

impl Driver {
    /// Has the next status told tell a fact of this step.
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

    /// Writes the status where it differs, and the events that follow from the change.
    pub(crate) async fn tell(
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

    pub(crate) async fn tell_place(&self, key: &Key) -> Result<(), Cause> {
        let Some(subject) = self.read(key).await? else {
            return Ok(());
        };
        let now = Timestamp::now();
        let (wanted, observed) = (
            subject.wanted(self.ports.runtime.provides()),
            self.observe(&subject, now).await?,
        );
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
}

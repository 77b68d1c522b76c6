//! Snapshots carried out: taken, expired, removed. As with workspaces a pure plan says what comes
//! next, and each step may be cut off and repeated.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use toft_model::event::ObjectReference;
use toft_model::snapshot::{FINALIZER, SnapshotPhase, SnapshotSource, SnapshotSpec, SnapshotStatus};
use toft_model::{Kind, ObjectMeta, Snapshot, Workspace};
use toft_store::{Key, StoreError};
use tracing::warn;

use crate::driver::Driver;
use crate::observe::line;
use crate::ports::Cause;
use crate::subject::sandbox_of;

/// How soon a snapshot is looked at again after something of it failed.
const RETRY: Duration = Duration::from_secs(10);

/// What comes next for a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Keep what the workspace holds now.
    Take,
    /// What it held is not there any more.
    Lose,
    /// Its time is over.
    Expire,
    /// Remove what it holds.
    Remove,
    /// Let the object go.
    Drop,
    /// Nothing, or nothing before this.
    Rest(Option<Timestamp>),
}

/// What comes next, from the object and whether what it holds is there. Pure.
pub(crate) fn turn(snapshot: &Snapshot, there: bool, now: Timestamp) -> Turn {
    if snapshot.metadata.deletion_timestamp.is_some() {
        return if there { Turn::Remove } else { Turn::Drop };
    }
    let expires = snapshot.spec.expires_at;
    if expires.is_some_and(|at| at <= now) {
        return Turn::Expire;
    }
    match snapshot
        .status
        .as_ref()
        .map(|status| status.phase)
        .unwrap_or_default()
    {
        SnapshotPhase::Pending => Turn::Take,
        SnapshotPhase::Ready if !there => Turn::Lose,
        SnapshotPhase::Ready | SnapshotPhase::Failed => Turn::Rest(expires),
    }
}

// === impl Driver ===

impl Driver {
    /// Takes steps until nothing is left to do now; says when to look again by itself.
    pub(crate) async fn reconcile_snapshot(&self, key: &Key) -> Option<Duration> {
        match self.turns(key).await {
            Ok(again) => again,
            Err(cause) => {
                warn!(snapshot = %key.name, owner = %key.namespace, error = %line(&cause), "failed to look after a snapshot; tried again");
                Some(RETRY)
            }
        }
    }

    async fn turns(&self, key: &Key) -> Result<Option<Duration>, Cause> {
        loop {
            let Some(object) = self.store.get(key).await? else {
                return Ok(None);
            };
            let snapshot: Snapshot = serde_json::from_value(object)?;
            let id = snapshot.metadata.uid.ok_or("the snapshot has no uid")?;
            let now = Timestamp::now();
            match turn(&snapshot, self.ports.volumes.has_snapshot(id), now) {
                Turn::Take => self.take(key, &snapshot).await?,
                Turn::Lose => {
                    let lost = |status: &mut SnapshotStatus| {
                        status.phase = SnapshotPhase::Failed;
                        "what it held is not there any more".clone_into(&mut status.message);
                    };
                    self.tell_snapshot(key, lost).await?;
                }
                Turn::Expire => self.expire(key, now).await?,
                Turn::Remove => self.ports.volumes.remove_snapshot(id).await?,
                Turn::Drop => {
                    let mut tx = self.store.begin_removal().await?;
                    tx.update(key, None, |object| Ok::<_, StoreError>(without_finalizer(object)))
                        .await?;
                    tx.commit().await?;
                    return Ok(None);
                }
                Turn::Rest(until) => {
                    return Ok(until.map(|until| until.duration_since(now).unsigned_abs()));
                }
            }
        }
    }

    /// Takes it, and tells how that went. What cannot be taken is not tried again: it would hold
    /// another moment than the one that was meant.
    async fn take(&self, key: &Key, snapshot: &Snapshot) -> Result<(), Cause> {
        let about = ObjectReference::to(Kind::Snapshot, &snapshot.metadata);
        let taken = self.keep(key, snapshot).await;
        match &taken {
            Ok(_) => self.events.normal(
                &about,
                "Taken",
                &format!("holds what '{}' held", snapshot.spec.workspace),
            ),
            Err(cause) => self.events.warning(&about, "Failed", &line(cause)),
        }
        self.tell_snapshot(key, |status| match taken {
            // Whoever else looked after it was first.
            _ if status.phase != SnapshotPhase::Pending => {}
            Ok(done) => *status = done,
            Err(cause) => {
                status.phase = SnapshotPhase::Failed;
                status.message = line(&cause);
            }
        })
        .await
    }

    async fn keep(&self, key: &Key, snapshot: &Snapshot) -> Result<SnapshotStatus, Cause> {
        let name = &snapshot.spec.workspace;
        let object = self.store.get(&Key::workspace(&key.namespace, name)).await?;
        let object = object.ok_or_else(|| format!("there is no workspace '{name}'"))?;
        let workspace: Workspace = serde_json::from_value(object)?;
        let of = sandbox_of(&workspace).ok_or("the workspace has no uid")?;
        if !self.ports.volumes.exists(of) {
            return Err(format!("'{name}' has no disk yet: it was never started").into());
        }
        let id = snapshot.metadata.uid.ok_or("the snapshot has no uid")?;
        let size_bytes = self.ports.volumes.snapshot(of, id).await?;
        Ok(SnapshotStatus {
            phase: SnapshotPhase::Ready,
            message: String::new(),
            taken_at: Some(Timestamp::now()),
            size_bytes,
            image_digest: self.ports.volumes.begun_on(of),
            source: Some(SnapshotSource {
                template: workspace.spec.template,
                parameters: workspace.spec.parameters,
                image: workspace.spec.image,
                resources: workspace.spec.resources,
            }),
        })
    }

    async fn expire(&self, key: &Key, now: Timestamp) -> Result<(), Cause> {
        let mut tx = self.store.begin_removal().await?;
        let marked = |mut object: Value| -> Result<Value, StoreError> {
            object["metadata"]["deletionTimestamp"] = json!(now);
            Ok(object)
        };
        tx.update(key, None, marked).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn tell_snapshot(
        &self,
        key: &Key,
        change: impl FnOnce(&mut SnapshotStatus) + Send,
    ) -> Result<(), Cause> {
        let told = |mut object: Value| -> Result<Value, StoreError> {
            let mut status = serde_json::from_value(object["status"].clone()).unwrap_or_default();
            change(&mut status);
            object["status"] = json!(status);
            Ok(object)
        };
        self.store.update(key, None, told).await?;
        Ok(())
    }

    /// Makes a snapshot of this name be there and ready, whoever asked for it first.
    pub(crate) async fn ensure_snapshot(&self, key: &Key, workspace: &str) -> Result<(), Cause> {
        if self.store.get(key).await?.is_none() {
            let metadata = ObjectMeta {
                name: key.name.clone(),
                namespace: Some(key.namespace.clone()),
                finalizers: vec![FINALIZER.to_owned()],
                ..ObjectMeta::default()
            };
            let spec = SnapshotSpec {
                workspace: workspace.to_owned(),
                expires_at: None,
            };
            let mut snapshot = Snapshot::new(metadata, spec);
            snapshot.status = Some(SnapshotStatus::default());
            match self.store.create(json!(snapshot)).await {
                Err(StoreError::AlreadyExists(_)) => {}
                other => drop(other?),
            }
        }
        self.turns(key).await?;
        let object = self.store.get(key).await?.unwrap_or_default();
        match object["status"]["phase"].as_str() {
            Some("Ready") => Ok(()),
            _ => Err(format!(
                "no snapshot could be taken before: {}",
                object["status"]["message"].as_str().unwrap_or("it went away")
            )
            .into()),
        }
    }
}

/// Takes our finalizer away, with which the object goes.
fn without_finalizer(mut object: Value) -> Value {
    if let Some(finalizers) = object["metadata"]["finalizers"].as_array_mut() {
        finalizers.retain(|finalizer| finalizer != FINALIZER);
    }
    object
}

#[cfg(test)]
mod tests;

//! What becomes of a workspace's disk and limits after it was made: copied, restored, resized.

use jiff::Timestamp;
use serde_json::{Value, json};
use toft_model::workspace::{DataSource, DataSourceKind, Resources};
use toft_model::{Kind, Snapshot, Workspace};
use toft_store::{Key, Selection, StoreError};
use uuid::Uuid;

use crate::admission::{self, Room};
use crate::driver::Driver;
use crate::ports::{Cause, Origin};
use crate::resolve;
use crate::subject::{Subject, admitted, sandbox_of};

// === impl Driver ===

impl Driver {
    /// What a new disk is copied from.
    pub(crate) async fn copied_from(
        &self,
        subject: &Subject,
        source: &DataSource,
    ) -> Result<Origin<'static>, Cause> {
        let owner = &subject.key.namespace;
        match source.kind {
            DataSourceKind::Snapshot => Ok(Origin::Snapshot(self.snapshot_of(owner, &source.name).await?)),
            DataSourceKind::Workspace => {
                let object = self.store.get(&Key::workspace(owner, &source.name)).await?;
                let object =
                    object.ok_or_else(|| format!("there is no workspace '{}' to copy", source.name))?;
                let workspace: Workspace = serde_json::from_value(object)?;
                let of = sandbox_of(&workspace).filter(|of| self.ports.volumes.exists(*of));
                let of = of.ok_or_else(|| {
                    format!("'{}' has no disk yet to copy: it was never started", source.name)
                })?;
                Ok(Origin::Workspace(of))
            }
        }
    }

    /// A snapshot that can be used.
    async fn snapshot_of(&self, owner: &str, name: &str) -> Result<Uuid, Cause> {
        let object = self.store.get(&Key::new(Kind::Snapshot, owner, name)).await?;
        let object = object.ok_or_else(|| format!("there is no snapshot '{name}'"))?;
        let snapshot: Snapshot = serde_json::from_value(object)?;
        let id = snapshot
            .metadata
            .uid
            .filter(|id| self.ports.volumes.has_snapshot(*id));
        Ok(id.ok_or_else(|| format!("the snapshot '{name}' holds nothing"))?)
    }

    /// Puts what a snapshot holds in the place of the disk, which is kept as a snapshot before. The
    /// names follow from the wish, so that a repetition keeps the first one.
    pub(crate) async fn restore(&self, subject: &Subject) -> Result<(), Cause> {
        let Some(wish) = subject.workspace.spec.lifecycle.restore.clone() else {
            return Ok(());
        };
        let (owner, name) = (&subject.key.namespace, &subject.key.name);
        let from = self.snapshot_of(owner, &wish.snapshot).await?;
        if self.ports.volumes.exists(subject.id) {
            let before = Key::new(Kind::Snapshot, owner, &before(name, wish.requested_at));
            self.ensure_snapshot(&before, name).await?;
        }
        self.ports.volumes.restore(subject.id, from).await?;
        let done = |mut object: Value| -> Result<Value, StoreError> {
            object["status"]["restored"] = json!(wish.requested_at);
            Ok(object)
        };
        self.store.update(&subject.key, None, done).await?;
        let message = format!("its disk holds what '{}' held", wish.snapshot);
        self.events.normal(&subject.about, "Restored", &message);
        Ok(())
    }

    /// Holds what runs to other limits: applied first, and written down when there is room for what
    /// they reserve, so that whoever is cut off does it again.
    pub(crate) async fn resize(&self, subject: &Subject) -> Result<(), Cause> {
        let wanted = subject.resolved()?.resources.clone();
        self.fit(subject, &wanted).await?;
        if let Err(cause) = self.reserve(subject, &wanted).await {
            self.fit(subject, &subject.reserved()).await?;
            return Err(cause);
        }
        self.events
            .normal(&subject.about, "Resized", "runs with its new limits");
        self.wake_waiting().await?;
        Ok(())
    }

    async fn fit(&self, subject: &Subject, resources: &Resources) -> Result<(), Cause> {
        let limits = resolve::runtime_resources(resources);
        self.ports.runtime.resize(subject.id, &limits).await?;
        if self.ports.runtime.provides().volume {
            return Ok(());
        }
        self.ports
            .volumes
            .limit(subject.id, resolve::storage_bytes(resources), false)
            .await
    }

    /// Reserves what the limits need, if the host has it beside what others have.
    async fn reserve(&self, subject: &Subject, wanted: &Resources) -> Result<(), Cause> {
        let mut tx = self.store.begin().await?;
        let objects = tx.list(&Selection::all(Kind::Workspace)).await?;
        let others = objects
            .into_iter()
            .filter_map(|object| serde_json::from_value::<Workspace>(object).ok())
            .filter(|other| admitted(other) && sandbox_of(other) != Some(subject.id));
        let taken = |other: Workspace| admission::needs(&other.status.unwrap_or_default().resources);
        let free: Room = others.map(taken).fold(self.capacity(), Room::minus);
        let (needs, had) = (admission::needs(wanted), admission::needs(&subject.reserved()));
        if !free.holds(needs) && !had.holds(needs) {
            return Err("the host has no room for what its new limits reserve".into());
        }
        let resources = wanted.clone();
        tx.update(&subject.key, None, |mut object: Value| {
            object["status"]["resources"] = json!(resources);
            Ok::<_, StoreError>(object)
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The snapshot that is made before a restore: another one for each wish, the same for a repetition.
fn before(name: &str, at: Timestamp) -> String {
    let micros = at.subsec_nanosecond().unsigned_abs() / 1000;
    format!("{name}-before-{}-{micros:06}", at.strftime("%Y%m%d-%H%M%S"))
}

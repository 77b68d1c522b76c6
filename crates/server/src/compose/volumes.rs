//! Homes as the engine sees them.

use std::time::Duration;

use async_trait::async_trait;
use toft_engine::ports::{Cause, Home, Origin};
use toft_runtime::{HomeSource, Root, SandboxId};
use toft_volume::{Owner, Volumes};
use uuid::Uuid;

/// How often what resisted a removal is tried again.
const AGAIN: Duration = Duration::from_mins(10);

/// Goes on with removals that a daemon before this one was killed in, and tries again what
/// resisted: now, and from time to time.
pub(super) async fn clear(volumes: Volumes) {
    loop {
        if let Err(error) = volumes.retry().await {
            tracing::warn!(%error, "failed to look for removed homes that are left");
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// The homes of this host.
pub(super) struct VolumePort {
    volumes: Volumes,
}

// === impl VolumePort ===

impl VolumePort {
    pub(super) fn new(volumes: Volumes) -> Self {
        Self { volumes }
    }
}

#[async_trait]
impl toft_engine::ports::Volumes for VolumePort {
    fn exists(&self, id: SandboxId) -> bool {
        self.volumes.exists(&id.to_string())
    }

    async fn ensure(&self, home: &Home<'_>) -> Result<HomeSource, Cause> {
        let origin = match home.origin {
            Origin::Image(image) => toft_volume::Origin::Skeleton(match &image.root {
                Root::Directory(root) => Some(root.join("etc/skel")),
                Root::Image(_) => None,
            }),
            Origin::Workspace(other) => toft_volume::Origin::Volume(other.to_string()),
            Origin::Snapshot(snapshot) => toft_volume::Origin::Snapshot(snapshot.to_string()),
            Origin::There => toft_volume::Origin::Skeleton(None),
        };
        let owner = Owner {
            uid: home.user.uid,
            gid: home.user.gid,
        };
        let made = self.volumes.ensure(&home.id.to_string(), origin, owner).await?;
        Ok(HomeSource::Directory(made))
    }

    async fn limit(&self, id: SandboxId, storage_bytes: u64, starting: bool) -> Result<(), Cause> {
        let id = id.to_string();
        Ok(self.volumes.limit(&id, storage_bytes, starting).await?)
    }

    fn begun_on(&self, id: SandboxId) -> Option<String> {
        self.volumes.begun_on(&id.to_string())
    }

    async fn begin_on(&self, id: SandboxId, digest: &str) -> Result<(), Cause> {
        Ok(self.volumes.begin_on(&id.to_string(), digest)?)
    }

    fn can_snapshot(&self) -> bool {
        self.volumes.can_snapshot()
    }

    fn has_snapshot(&self, snapshot: Uuid) -> bool {
        self.volumes.has_snapshot(&snapshot.to_string())
    }

    async fn snapshot(&self, id: SandboxId, snapshot: Uuid) -> Result<Option<u64>, Cause> {
        let snapshot = snapshot.to_string();
        self.volumes.snapshot(&id.to_string(), &snapshot).await?;
        Ok(self.volumes.snapshot_bytes(&snapshot))
    }

    async fn restore(&self, id: SandboxId, snapshot: Uuid) -> Result<(), Cause> {
        Ok(self
            .volumes
            .restore(&id.to_string(), &snapshot.to_string())
            .await?)
    }

    async fn remove_snapshot(&self, snapshot: Uuid) -> Result<(), Cause> {
        Ok(self.volumes.remove_snapshot(&snapshot.to_string()).await?)
    }

    async fn renew(&self, id: SandboxId) -> Result<(), Cause> {
        Ok(self.volumes.renew(&id.to_string()).await?)
    }

    async fn remove(&self, id: SandboxId) -> Result<(), Cause> {
        Ok(self.volumes.remove(&id.to_string()).await?)
    }
}

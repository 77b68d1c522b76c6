//! Homes as the engine sees them.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use toft_engine::ports::{Cause, PreparedImage};
use toft_runtime::{HomeSource, Root, SandboxId, User};
use toft_volume::{Owner, Volumes};

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
    dir: PathBuf,
}

// === impl VolumePort ===

impl VolumePort {
    pub(super) fn new(volumes: Volumes, dir: PathBuf) -> Self {
        Self { volumes, dir }
    }
}

#[async_trait]
impl toft_engine::ports::Volumes for VolumePort {
    fn exists(&self, id: SandboxId) -> bool {
        self.dir.join(id.to_string()).join("home").is_dir()
    }

    async fn ensure(&self, id: SandboxId, image: &PreparedImage, user: &User) -> Result<HomeSource, Cause> {
        let skeleton = match &image.root {
            Root::Directory(root) => Some(root.join("etc/skel")),
            Root::Image(_) => None,
        };
        let owner = Owner {
            uid: user.uid,
            gid: user.gid,
        };
        let home = self
            .volumes
            .ensure_home(&id.to_string(), skeleton.as_deref(), owner)
            .await?;
        Ok(HomeSource::Directory(home))
    }

    async fn remove(&self, id: SandboxId) -> Result<(), Cause> {
        Ok(self.volumes.remove(&id.to_string()).await?)
    }
}

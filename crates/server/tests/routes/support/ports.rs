//! What the simulated runtime provides itself, so that nobody asks.

use async_trait::async_trait;
use toft_engine::ports::{
    Attachment, Cause, Home, Images, Networks, OnProgress, Place, PreparedImage, Volumes,
};
use toft_model::ImageSource;
use toft_runtime::{HomeSource, NetworkView, Root, SandboxId};
use uuid::Uuid;

pub struct NoImages;
pub struct NoVolumes;
pub struct NoNetworks;

#[async_trait]
impl Images for NoImages {
    fn find(&self, _: &ImageSource) -> Option<PreparedImage> {
        Some(PreparedImage {
            digest: "sha256:00".into(),
            root: Root::Image("base".into()),
            size_bytes: 1,
            env: [].into(),
        })
    }

    fn get(&self, _: &str) -> Option<PreparedImage> {
        self.find(&ImageSource::default())
    }

    async fn prepare(&self, source: &ImageSource, _: OnProgress) -> Result<PreparedImage, Cause> {
        self.find(source).ok_or_else(|| "none".into())
    }
}

#[async_trait]
impl Volumes for NoVolumes {
    fn exists(&self, _: SandboxId) -> bool {
        true
    }

    async fn ensure(&self, _: &Home<'_>) -> Result<HomeSource, Cause> {
        Ok(HomeSource::Provided { bytes: 1 })
    }

    async fn limit(&self, _: SandboxId, _: u64, _: bool) -> Result<(), Cause> {
        Ok(())
    }

    fn begun_on(&self, _: SandboxId) -> Option<String> {
        None
    }

    async fn begin_on(&self, _: SandboxId, _: &str) -> Result<(), Cause> {
        Ok(())
    }

    fn can_snapshot(&self) -> bool {
        true
    }

    fn has_snapshot(&self, _: Uuid) -> bool {
        true
    }

    async fn snapshot(&self, _: SandboxId, _: Uuid) -> Result<Option<u64>, Cause> {
        Ok(Some(1))
    }

    async fn restore(&self, _: SandboxId, _: Uuid) -> Result<(), Cause> {
        Ok(())
    }

    async fn remove_snapshot(&self, _: Uuid) -> Result<(), Cause> {
        Ok(())
    }

    async fn renew(&self, _: SandboxId) -> Result<(), Cause> {
        Ok(())
    }

    async fn remove(&self, _: SandboxId) -> Result<(), Cause> {
        Ok(())
    }
}

#[async_trait]
impl Networks for NoNetworks {
    fn subnets(&self) -> u32 {
        10
    }

    fn hosts(&self) -> std::ops::Range<u32> {
        0..100
    }

    fn attached(&self, _: SandboxId, _: Place) -> bool {
        true
    }

    fn traces(&self, _: SandboxId) -> bool {
        false
    }

    async fn attach(&self, _: &Attachment) -> Result<NetworkView, Cause> {
        Err("the runtime provides networks".into())
    }

    async fn detach(&self, _: SandboxId, _: Place) -> Result<(), Cause> {
        Ok(())
    }

    async fn release(&self, _: u32) -> Result<(), Cause> {
        Ok(())
    }
}

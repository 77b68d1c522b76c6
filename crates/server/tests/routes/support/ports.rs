//! What the simulated runtime provides itself, so that nobody asks.

use async_trait::async_trait;
use toft_engine::ports::{Attachment, Cause, Images, Networks, OnProgress, Place, PreparedImage, Volumes};
use toft_model::ImageSource;
use toft_runtime::{HomeSource, NetworkView, Root, SandboxId, User};

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

    async fn ensure(&self, _: SandboxId, _: &PreparedImage, _: &User) -> Result<HomeSource, Cause> {
        Ok(HomeSource::Provided { bytes: 1 })
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

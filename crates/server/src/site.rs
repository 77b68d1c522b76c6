//! What the API asks of the machine below it: capacity, checks, images, consoles.
//!
//! The composition answers for the real host; tests answer for one that they make up.

use std::path::PathBuf;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use toft_model::{ImageSource, Workspace};
use uuid::Uuid;

/// Amounts of what a host has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Amounts {
    /// Thousandths of cores.
    pub cpu_milli: u64,
    /// Memory.
    pub memory_bytes: u64,
    /// Disk.
    pub disk_bytes: u64,
}

/// One thing that `doctor` looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// `ok`, `warn` or `fail`.
    pub verdict: String,
    /// What was found.
    pub detail: String,
    /// What to do about it; empty where nothing is to be done.
    pub fix: String,
}

/// An image that was collected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// What it held.
    pub digest: String,
    /// What it took on disk.
    pub bytes: u64,
}

/// What a running workspace uses at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Thousandths of cores, since the sample before.
    pub cpu_milli: u64,
    /// Memory.
    pub memory_bytes: u64,
    /// Its limit.
    pub memory_limit_bytes: Option<u64>,
    /// Processes and threads.
    pub pids: u64,
}

/// Why the host did not do what it was asked, for people.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SiteError(pub String);

/// What a workspace takes on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// Bytes.
    pub bytes: u64,
    /// The most that it may take, where that is held.
    pub limit_bytes: Option<u64>,
}

/// The machine below.
#[async_trait]
pub trait Site: Send + Sync + 'static {
    /// Its name.
    fn name(&self) -> String;

    /// Addresses at which a browser finds the UI, the best first, without a final slash.
    fn urls(&self) -> Vec<String>;

    /// The domain below which apps have names.
    fn domain(&self) -> String;

    /// The certificate of its CA, as PEM.
    fn ca_pem(&self) -> String;

    /// The URL of the UI for whoever came by `visited` (`HOST[:PORT]`), or from this machine
    /// without naming it; without a final slash.
    fn ui_url(&self, visited: Option<&str>) -> String;

    /// The URL of an app of a workspace, by name or port, for whoever came by `visited`: by the
    /// app's own name where such names lead here, else by a port of its own at the same host.
    async fn app_url(
        &self,
        visited: Option<&str>,
        app: &str,
        workspace: &Workspace,
    ) -> Result<String, SiteError>;

    /// The authority (`HOST[:PORT]`) of the app that an authority means, if it is one of its own.
    fn is_app_authority(&self, authority: &str) -> bool;

    /// What its disk has, and what of it is free, in bytes.
    fn disk(&self) -> Result<(u64, u64), SiteError>;

    /// Looks at everything that can be wrong.
    async fn doctor(&self) -> Vec<Check>;

    /// Makes the next preparation of this source ask for it anew, even if it is there.
    fn renew(&self, source: &ImageSource);

    /// Removes the images that nothing needs.
    async fn collect_images(&self) -> Result<Vec<Removed>, SiteError>;

    /// The file to which a workspace's first process writes, if there is one.
    fn console(&self, workspace: Uuid) -> Option<PathBuf>;

    /// What a workspace takes on disk: home, machine and logs.
    async fn disk_of(&self, workspace: Uuid) -> Result<Disk, SiteError>;

    /// The same where its file system counts, so that nobody has to look at files.
    fn disk_counted(&self, workspace: Uuid) -> Option<Disk>;
}

//! What the engine needs of the world. Each has a real implementation in the daemon and one in
//! memory in the tests. All operations are idempotent: the engine repeats whatever it is not
//! sure of.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use toft_agent::wire::{AppSpec, Apps};
use toft_model::ImageSource;
use toft_model::template::Network as NetworkRules;
use toft_runtime::{HomeSource, IdRange, NetworkView, Root, Runtime, SandboxId, User};
use uuid::Uuid;

/// Why a port could not do what it was asked, for people.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Everything that the engine acts through.
#[derive(Clone)]
pub struct Ports {
    /// Root file systems.
    pub images: Arc<dyn Images>,
    /// Homes.
    pub volumes: Arc<dyn Volumes>,
    /// Owners' networks.
    pub networks: Arc<dyn Networks>,
    /// Sandboxes.
    pub runtime: Arc<dyn Runtime>,
    /// The agents inside them.
    pub agents: Arc<dyn Agents>,
}

/// A root file system that sandboxes can start from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedImage {
    /// `sha256:…` of what it holds.
    pub digest: String,
    /// Where the runtime finds it.
    pub root: Root,
    /// Bytes on disk.
    pub size_bytes: u64,
    /// Variables that it asks for.
    pub env: BTreeMap<String, String>,
}

/// How far the preparation of an image is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageProgress {
    /// What is being done, for people.
    pub message: String,
    /// How much of it, where that can be told.
    pub percent: Option<u8>,
}

/// Hears of progress.
pub type OnProgress = Box<dyn FnMut(ImageProgress) + Send>;

/// Root file systems by their source.
#[async_trait]
pub trait Images: Send + Sync {
    /// The image of this source, if it is there. Must not wait.
    fn find(&self, source: &ImageSource) -> Option<PreparedImage>;

    /// The image that holds this, if it is there, whatever its source gives by now. Must not wait.
    fn get(&self, digest: &str) -> Option<PreparedImage>;

    /// Makes it be there. One preparation a source at a time, however many ask.
    async fn prepare(&self, source: &ImageSource, on_progress: OnProgress) -> Result<PreparedImage, Cause>;
}

/// What a new home begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin<'a> {
    /// The skeleton of this image.
    Image(&'a PreparedImage),
    /// What the volume of another workspace holds at this moment.
    Workspace(SandboxId),
    /// What a snapshot holds.
    Snapshot(Uuid),
    /// It is there already.
    There,
}

/// A home to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home<'a> {
    /// Whose.
    pub id: SandboxId,
    /// What it begins with.
    pub origin: Origin<'a>,
    /// Who lives there.
    pub user: &'a User,
}

/// Homes by workspace, each with everything else that its workspace can write.
#[async_trait]
pub trait Volumes: Send + Sync {
    /// Whether the home exists. Must not wait.
    fn exists(&self, id: SandboxId) -> bool;

    /// Makes it exist, with what it begins with in a new one, and says where.
    async fn ensure(&self, home: &Home<'_>) -> Result<HomeSource, Cause>;

    /// Holds home, machine and logs together to this limit, where that can be held. While it starts the
    /// daemon itself may write a little beyond, so that a full one starts.
    async fn limit(&self, id: SandboxId, storage_bytes: u64, starting: bool) -> Result<(), Cause>;

    /// The digest of the image that its machine was begun on, if that is known. Must not wait.
    fn begun_on(&self, id: SandboxId) -> Option<String>;

    /// Writes down on what image its machine is begun.
    async fn begin_on(&self, id: SandboxId, digest: &str) -> Result<(), Cause>;

    /// Whether volumes can be copied and kept at all here. Must not wait.
    fn can_snapshot(&self) -> bool;

    /// Whether what a snapshot holds is there. Must not wait.
    fn has_snapshot(&self, snapshot: Uuid) -> bool;

    /// Keeps what the volume holds now; one that is there stays as it is. Says how much that is,
    /// where it is known.
    async fn snapshot(&self, id: SandboxId, snapshot: Uuid) -> Result<Option<u64>, Cause>;

    /// Puts what a snapshot holds in the place of the volume, at once.
    async fn restore(&self, id: SandboxId, snapshot: Uuid) -> Result<(), Cause>;

    /// Removes what a snapshot holds.
    async fn remove_snapshot(&self, snapshot: Uuid) -> Result<(), Cause>;

    /// Makes the next [`Volumes::ensure`] begin with an empty one.
    async fn renew(&self, id: SandboxId) -> Result<(), Cause>;

    /// Removes it with everything in it.
    async fn remove(&self, id: SandboxId) -> Result<(), Cause>;
}

/// A workspace's place in its owner's network, as allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Number of the owner's subnet.
    pub subnet: u32,
    /// Number of the workspace in it.
    pub host: u32,
}

/// A workspace to connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Which sandbox.
    pub id: SandboxId,
    /// Its owner, a DNS label.
    pub owner: String,
    /// Its name, a DNS label.
    pub name: String,
    /// Where it sits.
    pub place: Place,
    /// Whose network namespace it is to be.
    pub id_range: IdRange,
    /// Where its packets may go.
    pub rules: NetworkRules,
}

/// The owners' private networks.
#[async_trait]
pub trait Networks: Send + Sync {
    /// How many subnets there are.
    fn subnets(&self) -> u32;

    /// The numbers that workspaces of a subnet can have.
    fn hosts(&self) -> std::ops::Range<u32>;

    /// Whether the sandbox is connected there. Must not wait.
    fn attached(&self, id: SandboxId, place: Place) -> bool;

    /// Whether anything of its connection is there, though its cable may be gone. Must not wait.
    fn traces(&self, id: SandboxId) -> bool;

    /// Connects it, and says what the inside sees.
    async fn attach(&self, attachment: &Attachment) -> Result<NetworkView, Cause>;

    /// Takes it off the network.
    async fn detach(&self, id: SandboxId, place: Place) -> Result<(), Cause>;

    /// Nobody of this subnet is left.
    async fn release(&self, subnet: u32) -> Result<(), Cause>;
}

/// The agents inside running sandboxes.
#[async_trait]
pub trait Agents: Send + Sync {
    /// Whether the agent answers now.
    async fn answers(&self, id: SandboxId) -> bool;

    /// Waits until it answers, at most for `limit`.
    async fn wait(&self, id: SandboxId, limit: Duration) -> Result<(), Cause>;

    /// Makes the supervised apps these.
    async fn configure(&self, id: SandboxId, apps: Vec<AppSpec>) -> Result<Apps, Cause>;

    /// The apps as they are.
    async fn apps(&self, id: SandboxId) -> Result<Apps, Cause>;

    /// The apps as soon as something changed after `revision`, or after `limit`.
    async fn apps_changed(&self, id: SandboxId, revision: u64, limit: Duration) -> Result<Apps, Cause>;

    /// The ports that something inside listens on.
    async fn ports(&self, id: SandboxId) -> Result<Vec<u16>, Cause>;
}

/// The binary that is mounted into sandboxes as their agent, and the host's capacity: what the
/// composition root knows and the engine passes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFacts {
    /// The agent's binary.
    pub agent_binary: PathBuf,
    /// Thousandths of cores that workspaces can reserve.
    pub cpu_milli: u64,
    /// Bytes of memory that workspaces can reserve.
    pub memory_bytes: u64,
}

//! What a sandbox is made of: plain data that a runtime turns into a machine.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

pub use toft_effects::namespaces::IdRange;
use uuid::Uuid;

/// Which sandbox: the uid of its workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SandboxId(pub Uuid);

/// Everything a runtime needs to know. It is given whole at every create and start, so that a
/// change (resources, network, a new image of the same machine) needs no step of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxSpec {
    /// Which sandbox.
    pub id: SandboxId,
    /// Whose it is, for labels and messages.
    pub owner: String,
    /// The workspace's name, for labels and messages.
    pub name: String,
    /// What the machine calls itself.
    pub hostname: String,
    /// What its root file system is made of.
    pub root: Root,
    /// Whether what is changed outside of home (`apt install`) survives a stop.
    pub keep_machine: bool,
    /// The home, which survives everything but delete.
    pub home: Mounted,
    /// Who works inside.
    pub user: User,
    /// What it may use.
    pub resources: Resources,
    /// Variables of every process inside.
    pub env: BTreeMap<String, String>,
    /// Its place in the owner's network; none means a loopback and nothing else.
    pub network: Option<NetworkView>,
    /// The host's ids that are ids 0, 1, … inside. Ignored by runtimes without user namespaces.
    pub id_range: IdRange,
    /// The statically linked `toft` on the host that becomes the agent.
    pub agent_binary: PathBuf,
    /// What is the first process.
    pub init: Init,
    /// Whether containers can be run inside. A runtime that cannot refuses to start it.
    pub nesting: Nesting,
    /// How long processes inside may take to end, for runtimes that must know it from the start
    /// (Kubernetes); others are told by each stop.
    pub grace: Duration,
}

/// What is the first process of a sandbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Init {
    /// The agent.
    #[default]
    Agent,
    /// The image's own init, the agent beside it. It may mount, and configure its network and its
    /// control groups, as far as its own namespaces go.
    System,
}

/// How much of what runs containers works inside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Nesting {
    /// Nothing.
    #[default]
    None,
    /// Rootless containers: namespaces, and mounts inside of those.
    Containers,
    /// Docker as root inside: mounts, network, control groups.
    Docker,
}

/// The read-only ground of a root file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// An unpacked image on this host; never written to.
    Directory(PathBuf),
    /// An image by reference and digest, for runtimes that provide images themselves.
    Image(String),
}

/// Something durable that appears inside at `target`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mounted {
    /// Where it comes from.
    pub source: HomeSource,
    /// Where it is seen inside, absolute.
    pub target: PathBuf,
}

/// Where a home comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HomeSource {
    /// A directory on this host with unshifted ids.
    Directory(PathBuf),
    /// A volume of this many bytes, for runtimes that provide volumes themselves.
    Provided {
        /// Its size.
        bytes: u64,
    },
}

/// Who works inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Login name.
    pub name: String,
    /// User id inside.
    pub uid: u32,
    /// Group id inside.
    pub gid: u32,
    /// Home directory inside.
    pub home: PathBuf,
    /// Login shell inside.
    pub shell: PathBuf,
    /// Groups that the root file system knows, of which they are members.
    pub groups: Vec<String>,
}

/// What a sandbox may use. Limits are enforced, requests weigh it against its neighbours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resources {
    /// Reserved thousandths of a core.
    pub cpu_request_millis: u64,
    /// At most so many thousandths of a core.
    pub cpu_limit_millis: Option<u64>,
    /// At most so many bytes of memory.
    pub memory_limit_bytes: Option<u64>,
    /// At most so many processes and threads.
    pub pids_limit: u64,
}

/// What the inside sees of a network that others have plumbed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkView {
    /// The directory of `Door::ensure_namespaces` whose network namespace is plumbed.
    pub namespaces: PathBuf,
    /// Its own address.
    pub address: IpAddr,
    /// The way out, if there is one.
    pub gateway: Option<IpAddr>,
    /// Who answers its name queries.
    pub dns: Option<IpAddr>,
    /// The domain in which short names are looked up.
    pub search: Option<String>,
    /// Lines for its `/etc/hosts` beside its own.
    pub hosts: Vec<(IpAddr, Vec<String>)>,
}

// === impl SandboxId ===

impl fmt::Display for SandboxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for SandboxId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl From<Uuid> for SandboxId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

// === impl Resources ===

impl Default for Resources {
    /// No limits but a sane number of processes.
    fn default() -> Self {
        Self {
            cpu_request_millis: 100,
            cpu_limit_millis: None,
            memory_limit_bytes: None,
            pids_limit: 4_096,
        }
    }
}

// === impl User ===

impl User {
    /// The user that people are by default: id 1000, a home under `/home`, bash.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            uid: 1_000,
            gid: 1_000,
            home: PathBuf::from("/home").join(name),
            shell: "/bin/bash".into(),
            groups: Vec::new(),
        }
    }
}

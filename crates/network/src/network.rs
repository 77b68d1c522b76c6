//! The door of this crate: what the composition root holds and the engine calls.

mod missing;
mod steps;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use toft_effects::Door;

use crate::error::NetworkError;
use crate::foreign;
use crate::plan::{self, Plan, Seat};
use crate::probe::{self, Check};
use missing::Missing;
use steps::Inner;

/// How often the name forwarder is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// How long the firewall must be left alone before it is looked at.
const QUIET: Duration = Duration::from_millis(20);

/// What an instance's network is made from.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    /// Six lower-case hexadecimal characters that mark everything of this instance.
    pub instance: String,
    /// All addresses of the instance: what [`claim_pool`] gave at its first start.
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

/// Finds the pool of a new instance from the routes of this host (see [`plan::pool_for`]) and
/// reserves it. `keep` writes each choice down before it is reserved, so that nothing stays behind
/// of which a purge would not know.
///
/// # Errors
/// No network is free, the kernel refuses, or what `keep` says.
pub async fn claim_pool<E: From<NetworkError>>(
    door: &Door,
    instance: &str,
    keep: impl AsyncFn(Ipv4Net) -> Result<(), E>,
) -> Result<Ipv4Net, E> {
    loop {
        let routes = door.link_routes().await.map_err(NetworkError::from)?;
        let taken: Vec<Ipv4Net> = routes
            .into_iter()
            .map(|route| route.destination)
            .filter(|net| net.prefix_len() > 0)
            .collect();
        let pool = plan::pool_for(instance, &taken).ok_or(NetworkError::NoPool)?;
        keep(pool).await?;
        // Two that start at once may choose alike; the kernel says whose it is.
        if door.route_claim(pool).await.map_err(NetworkError::from)? {
            return Ok(pool);
        }
    }
}

// === impl Network ===

impl Network {
    /// The network of an instance. Checks the numbers and touches nothing.
    pub fn new(door: Door, config: NetworkConfig) -> Result<Self, NetworkError> {
        let plan = Plan::new(&config.instance, config.pool)?;
        Ok(Self {
            inner: Arc::new(Inner::new(door, plan, config)),
        })
    }

    /// The address plan: how many subnets and seats there are to allocate.
    pub fn plan(&self) -> &Plan {
        &self.inner.plan
    }

    /// Brings an owner's bridge and the firewall up.
    pub async fn ensure_owner(&self, subnet: u32) -> Result<(), NetworkError> {
        let _shared = self.inner.turns.read().await;
        self.inner.publish().await?;
        self.inner.ensure_bridge(subnet).await
    }

    /// Connects a workspace's network namespace; returns when packets and names can flow.
    ///
    /// # Errors
    /// Another interface of the host leads into the owner's subnet, the kernel or `nft` refuses,
    /// or the name forwarder does not come up. What was done until then stays and is taken up
    /// by the next attempt, or removed by [`Network::detach`].
    pub async fn attach(&self, attach: &Attach) -> Result<Attachment, NetworkError> {
        let inner = &self.inner;
        let attachment = inner.attachment(attach)?;
        let _shared = inner.turns.read().await;
        if !inner.is_finished(attach) {
            inner.intend(attach)?;
            inner.publish().await?;
            inner.ensure_bridge(attach.seat.subnet).await?;
            inner.plug(attach).await?;
        }
        inner.forwarder.ensure(Some(attachment.gateway)).await?;
        inner.finish(attach);
        Ok(attachment)
    }

    /// Whether a workspace is, or was about to be, on the network: what it got there is given back
    /// by [`Network::detach`] only, also when its cable went with its namespace.
    pub fn intends(&self, uid: &str) -> bool {
        self.inner.intents.has(uid)
    }

    /// Takes a workspace off the network; nothing happens when it is not on it.
    pub async fn detach(&self, uid: &str, seat: Seat) -> Result<(), NetworkError> {
        let inner = &self.inner;
        let _shared = inner.turns.read().await;
        inner.reopen(|other| other == uid);
        // A detach that is repeated late must not cut off who sits there now.
        let reseated = inner
            .intents
            .all()?
            .iter()
            .any(|other| other.seat == seat && other.uid != uid);
        if !reseated {
            inner.door.link_delete(&inner.plan.veth(seat)).await?;
        }
        let forget = || inner.intents.remove(uid);
        inner.door.pass("network.forget", uid, forget)?;
        inner.publish().await
    }

    /// Removes an owner's bridge when nothing is attached to it; says whether it is gone.
    pub async fn release_owner(&self, subnet: u32) -> Result<bool, NetworkError> {
        let inner = &self.inner;
        let _alone = inner.turns.write().await;
        if inner
            .intents
            .all()?
            .iter()
            .any(|attach| attach.seat.subnet == subnet)
        {
            return Ok(false);
        }
        inner.door.link_delete(&inner.plan.bridge(subnet)).await?;
        Ok(true)
    }

    /// Makes the world fit for exactly these attachments: removes strays of this instance,
    /// restores firewall, bridges and forwarder. Attaches nothing by itself.
    pub async fn reconcile(&self, wanted: &[Attach]) -> Result<Reconciled, NetworkError> {
        let inner = &self.inner;
        let _alone = inner.turns.write().await;
        inner.reopen(|_| true);
        inner
            .intents
            .retain(|uid| wanted.iter().any(|attach| attach.uid == uid))?;
        for attach in wanted {
            match inner.attachment(attach) {
                Ok(_) => inner.intend(attach)?,
                // One bad record must not take the others off the network.
                Err(error) => tracing::warn!(uid = attach.uid, %error, "passed over an attachment"),
            }
        }
        inner.doubt().await;
        inner.publish().await?;
        foreign::open(&inner.door, &inner.plan).await?;
        let subnets: BTreeSet<u32> = wanted.iter().map(|attach| attach.seat.subnet).collect();
        let seats: BTreeSet<Seat> = wanted.iter().map(|attach| attach.seat).collect();
        let removed = inner.remove_links(|plan, name| {
            let veth = plan.seat_of_veth(name).is_some_and(|seat| seats.contains(&seat));
            veth || plan
                .subnet_of_bridge(name)
                .is_some_and(|subnet| subnets.contains(&subnet))
        });
        let removed = removed.await?;
        for subnet in subnets {
            // Whoever attaches there is told; the others are not held up.
            if let Err(error) = inner.ensure_bridge(subnet).await {
                tracing::warn!(subnet, %error, "failed to bring an owner's bridge up");
            }
        }
        if wanted.is_empty() {
            inner.forwarder.stop().await?;
        } else {
            inner.forwarder.ensure(None).await?;
        }
        Ok(Reconciled { removed })
    }

    /// Puts the firewall back whenever another program removed it (`nft flush ruleset`, a restart
    /// of the host's firewall service), and starts a forwarder that died again. Runs until it is
    /// dropped; the composition root spawns it.
    ///
    /// # Errors
    /// The kernel's news cannot be listened to; single failures are logged and tried again.
    pub async fn guard(&self) -> std::io::Result<()> {
        let inner = &self.inner;
        let mut changes = inner.door.nft_changes()?;
        // What happened before anybody listened.
        let mut look = true;
        loop {
            if std::mem::take(&mut look)
                && let Err(error) = inner.restore().await
            {
                tracing::error!(%error, "failed to put the firewall back");
            }
            if let Ok(news) = tokio::time::timeout(LOOK, changes.next()).await {
                let mut missing = Missing::of(&inner.plan);
                missing.hear(news?);
                // The rest of the same change, such as all rules of a flushed ruleset, or our
                // own tables that come back with other rules.
                while let Ok(news) = tokio::time::timeout(QUIET, changes.next()).await {
                    missing.hear(news?);
                }
                look = missing.any();
            }
            if let Err(error) = inner.revive().await {
                tracing::error!(%error, "failed to start the name forwarder again");
            }
        }
    }

    /// Removes all of this instance from the host, the forwarder too.
    pub async fn purge(&self) -> Result<(), NetworkError> {
        let inner = &self.inner;
        let _alone = inner.turns.write().await;
        inner.reopen(|_| true);
        inner.forwarder.stop().await?;
        inner.remove_links(|_, _| false).await?;
        inner.door.route_release(inner.plan.pool()).await?;
        foreign::close(&inner.door, &inner.plan).await?;
        inner.unpublish().await?;
        match std::fs::remove_dir_all(&inner.config.dir) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(NetworkError::file("remove", &inner.config.dir)(error))
            }
            _ => Ok(()),
        }
    }

    /// What `toft doctor` reports about the network.
    pub async fn probe(&self) -> Vec<Check> {
        let inner = &self.inner;
        let attached = inner.intents.all().map_or(0, |attached| attached.len());
        probe::all(&inner.door, &inner.plan, &inner.forwarder, attached).await
    }
}

//! What the forwarder knows: a file that the daemon replaces as workspaces come and go.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use crate::network::{Attach, Egress};
use crate::plan::{Plan, PlanError};

/// The domain of all workspaces' names; `internal` is reserved for such use.
pub const DOMAIN: &str = "toft.internal";
/// Most bytes of a zone file that are read.
pub const LIMIT: u64 = 16 << 20;

/// All names of an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Told back in [`State`], so that the daemon knows when it is served.
    pub serial: u64,
    /// Addresses whose reverse names nobody else is asked for.
    pub pool: Option<Ipv4Net>,
    /// One for each owner with workspaces.
    pub networks: Vec<Network>,
}

/// An owner's network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// The interface that questions come from.
    pub bridge: String,
    /// The address that they are asked on.
    pub gateway: Ipv4Addr,
    /// The owner's name.
    pub owner: String,
    /// Who lives there.
    pub workspaces: Vec<Workspace>,
}

/// A workspace's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Its name, a DNS label.
    pub name: String,
    /// Its address.
    pub address: Ipv4Addr,
    /// Whether its other questions are passed on: a workspace that may send packets nowhere
    /// would otherwise send them as names.
    pub forward: bool,
}

/// What the forwarder tells the daemon.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The version that runs.
    pub version: String,
    /// The zone that is served.
    pub serial: u64,
    /// Gateways that it cannot listen on, each with the reason.
    pub failures: Vec<(Ipv4Addr, String)>,
}

// === impl Zone ===

impl Zone {
    /// The names of what is attached.
    pub(crate) fn of(plan: &Plan, attached: &[Attach]) -> Result<Self, PlanError> {
        let mut zone = Self {
            serial: 0,
            pool: Some(plan.pool()),
            networks: Vec::new(),
        };
        for attach in attached {
            let workspace = Workspace {
                name: attach.name.clone(),
                address: plan.address(attach.seat)?,
                forward: attach.egress != Egress::None,
            };
            let bridge = plan.bridge(attach.seat.subnet);
            match zone.networks.iter_mut().find(|network| network.bridge == bridge) {
                Some(network) => network.workspaces.push(workspace),
                None => zone.networks.push(Network {
                    bridge,
                    gateway: plan.gateway(attach.seat.subnet)?,
                    owner: attach.owner.clone(),
                    workspaces: vec![workspace],
                }),
            }
        }
        Ok(zone)
    }
}

/// The domain that an owner's bare names are looked up in.
pub(crate) fn domain(owner: &str) -> String {
    format!("{owner}.{DOMAIN}")
}

/// Whether a name can stand between two dots.
pub(crate) fn is_label(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&name.len())
        && name.bytes().all(plain)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

//! The address plan: pure arithmetic from numbers to addresses and names, and back.
//!
//! ```text
//! pool 10.213.0.0/16   subnet 3 → 10.213.3.0/24   gateway 10.213.3.1   seat (3, 0) → 10.213.3.2
//! MAC 02:74:0a:d5:03:02 = 02:74 and the address   bridge t1a2b3cb3   veth t1a2b3cv302
//! ```
//!
//! Everything the network calls something is derived here and can be read back, so that no
//! second list of names has to be kept in step with the world.

use std::fmt;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

/// Prefix length of an owner's subnet.
pub const SUBNET_PREFIX: u8 = 24;
/// Workspaces that one owner's subnet has room for: all but network, gateway and broadcast.
pub const SEATS: u32 = 253;
/// The first two octets of every hardware address: locally administered, then `t`.
const MAC_HEAD: [u8; 2] = [0x02, 0x74];

/// A workspace's place: which owner's subnet, and which seat in it. Both count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Seat {
    /// Index of the owner's subnet, below [`Plan::subnets`].
    pub subnet: u32,
    /// Number of the workspace in it, below [`SEATS`].
    pub host: u32,
}

/// A hardware address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(pub [u8; 6]);

/// The plan of one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    instance: String,
    pool: Ipv4Net,
}

/// Numbers or names that the plan has no room for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The instance id would not fit into interface names.
    #[error("instance id {0:?} is not six lower-case hexadecimal characters")]
    Instance(String),
    /// The pool is no block that owners' subnets can be cut from.
    #[error("pool {0} is not usable: give a private network of 8 to 24 bits such as 10.213.0.0/16")]
    Pool(Ipv4Net),
    /// No such subnet.
    #[error("subnet {subnet} is outside the pool {pool}, which has {room}")]
    Subnet {
        /// The index that was asked for.
        subnet: u32,
        /// The pool.
        pool: Ipv4Net,
        /// How many subnets it has.
        room: u32,
    },
    /// No such seat.
    #[error("seat {host} is outside an owner's subnet, which has {SEATS}")]
    Host {
        /// The number that was asked for.
        host: u32,
    },
}

// === impl Plan ===

impl Plan {
    /// A plan for an instance and its pool.
    pub fn new(instance: &str, pool: Ipv4Net) -> Result<Self, PlanError> {
        let hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        if instance.len() != 6 || !instance.bytes().all(hex) {
            return Err(PlanError::Instance(instance.to_owned()));
        }
        let private = [
            Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 8),
            Ipv4Net::new_assert(Ipv4Addr::new(172, 16, 0, 0), 12),
            Ipv4Net::new_assert(Ipv4Addr::new(192, 168, 0, 0), 16),
        ];
        let fits = (8..=SUBNET_PREFIX).contains(&pool.prefix_len()) && pool == pool.trunc();
        if !fits || !private.iter().any(|net| net.contains(&pool)) {
            return Err(PlanError::Pool(pool));
        }
        Ok(Self {
            instance: instance.to_owned(),
            pool,
        })
    }

    /// The instance's id.
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// All addresses of the instance.
    pub fn pool(&self) -> Ipv4Net {
        self.pool
    }

    /// How many owners' subnets the pool has; indexes lie below.
    pub fn subnets(&self) -> u32 {
        1 << (SUBNET_PREFIX - self.pool.prefix_len())
    }

    /// An owner's subnet.
    pub fn subnet(&self, subnet: u32) -> Result<Ipv4Net, PlanError> {
        if subnet >= self.subnets() {
            return Err(PlanError::Subnet {
                subnet,
                pool: self.pool,
                room: self.subnets(),
            });
        }
        Ok(Ipv4Net::new_assert(
            Ipv4Addr::from(u32::from(self.pool.network()) + (subnet << 8)),
            SUBNET_PREFIX,
        ))
    }

    /// The gateway's address in an owner's subnet: the first.
    pub fn gateway(&self, subnet: u32) -> Result<Ipv4Addr, PlanError> {
        Ok(Ipv4Addr::from(u32::from(self.subnet(subnet)?.network()) + 1))
    }

    /// A workspace's address.
    pub fn address(&self, seat: Seat) -> Result<Ipv4Addr, PlanError> {
        if seat.host >= SEATS {
            return Err(PlanError::Host { host: seat.host });
        }
        Ok(Ipv4Addr::from(
            u32::from(self.gateway(seat.subnet)?) + 1 + seat.host,
        ))
    }

    /// The seat that an address belongs to, if it is a workspace's.
    pub fn seat(&self, address: Ipv4Addr) -> Option<Seat> {
        let offset = u32::from(address).checked_sub(u32::from(self.pool.network()))?;
        let seat = Seat {
            subnet: offset >> 8,
            host: (offset & 0xff).checked_sub(2)?,
        };
        (seat.subnet < self.subnets() && seat.host < SEATS).then_some(seat)
    }

    /// Start of every bridge's name.
    pub fn bridge_prefix(&self) -> String {
        format!("t{}b", self.instance)
    }

    /// Start of every host-side veth's name.
    pub fn veth_prefix(&self) -> String {
        format!("t{}v", self.instance)
    }

    /// Name of an owner's bridge; at most 15 characters for any pool.
    pub fn bridge(&self, subnet: u32) -> String {
        format!("{}{subnet}", self.bridge_prefix())
    }

    /// Name of the host's end of a workspace's veth pair; at most 15 characters for any pool.
    pub fn veth(&self, seat: Seat) -> String {
        format!("{}{:x}", self.veth_prefix(), (seat.subnet << 8) | seat.host)
    }

    /// The subnet whose bridge bears this name.
    pub fn subnet_of_bridge(&self, name: &str) -> Option<u32> {
        let subnet = name.strip_prefix(&self.bridge_prefix())?.parse().ok()?;
        (subnet < self.subnets() && self.bridge(subnet) == name).then_some(subnet)
    }

    /// The seat whose veth bears this name.
    pub fn seat_of_veth(&self, name: &str) -> Option<Seat> {
        let number = u32::from_str_radix(name.strip_prefix(&self.veth_prefix())?, 16).ok()?;
        let seat = Seat {
            subnet: number >> 8,
            host: number & 0xff,
        };
        (seat.subnet < self.subnets() && seat.host < SEATS && self.veth(seat) == name).then_some(seat)
    }

    /// Name of the instance's firewall tables.
    pub fn table(&self) -> String {
        format!("toft_{}", self.instance)
    }
}

// === impl Mac ===

impl Mac {
    /// The hardware address that goes with an address.
    pub fn of(address: Ipv4Addr) -> Self {
        let [a, b, c, d] = address.octets();
        Self([MAC_HEAD[0], MAC_HEAD[1], a, b, c, d])
    }

    /// The address that a hardware address goes with, if it is one of Toft's.
    pub fn address(self) -> Option<Ipv4Addr> {
        let [head @ .., a, b, c, d] = self.0;
        (head == MAC_HEAD).then(|| Ipv4Addr::new(a, b, c, d))
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let octets = self.0.map(|octet| format!("{octet:02x}"));
        f.write_str(&octets.join(":"))
    }
}

/// Chooses the pool of an instance: a private /16 that no network of the host touches, found from
/// a start that depends on the instance, so that two instances made on one host before either
/// has a route do not choose alike.
///
/// `routes` are the destinations that the host has routes to, without the default route.
pub fn pool_for(instance: &str, routes: &[Ipv4Net]) -> Option<Ipv4Net> {
    const FIRST: u32 = 128;
    const COUNT: u32 = 127;
    let start = instance.bytes().fold(0u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    }) % COUNT;
    let candidates = || {
        (0..COUNT)
            .map(move |step| FIRST + (start + step) % COUNT)
            .map(|second| Ipv4Net::new_assert(Ipv4Addr::from((10 << 24) | (second << 16)), 16))
    };
    let inside = |pool: &Ipv4Net| routes.iter().any(|net| pool.contains(net));
    let around = |pool: &Ipv4Net| routes.iter().any(|net| net.contains(pool));
    // Where a VPN claims all of 10.0.0.0/8, a more specific block of it is the best there is.
    candidates()
        .find(|pool| !inside(pool) && !around(pool))
        .or_else(|| candidates().find(|pool| !inside(pool)))
}

#[cfg(test)]
mod tests;

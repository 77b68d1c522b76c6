//! A rendered firewall, and how one becomes another: mostly by an element in a few sets.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use toft_effects::nft::Elements;

use crate::plan::Mac;

/// The kernel's numbers of the families of our two tables.
const INET: u8 = 1;
const BRIDGE: u8 = 7;
/// Octets of an interface's name in a key.
const INTERFACE: usize = 16;

/// One element of a set: as `nft` writes it, and the kernel's key of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Element {
    pub(super) text: String,
    key: Vec<u8>,
}

/// The sets whose elements come and go with workspaces.
#[derive(Clone, Debug, Default)]
pub(super) struct Sets {
    pub(super) seats: BTreeSet<Element>,
    pub(super) gateways: BTreeSet<Element>,
    pub(super) bridges: BTreeSet<Element>,
    pub(super) internet: BTreeSet<Element>,
    pub(super) ports: BTreeSet<Element>,
    pub(super) macs: BTreeSet<Element>,
    pub(super) arps: BTreeSet<Element>,
}

/// The firewall of an instance, whole.
#[derive(Clone, Debug)]
pub struct Firewall {
    /// For `nft -f`: removes both tables and makes them anew.
    pub text: String,
    /// The same with the sets empty: all that only a new load can change.
    pub(super) frame: String,
    pub(super) table: String,
    pub(super) sets: Sets,
}

/// What makes one firewall of another: taken out first, then put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Elements that go.
    pub take: Vec<Elements>,
    /// Elements that come.
    pub put: Vec<Elements>,
}

// === impl Element ===

impl Element {
    /// Begins with the name of an interface.
    pub(super) fn interface(name: &str) -> Self {
        let mut key = name.as_bytes().to_vec();
        key.resize(INTERFACE, 0);
        Self {
            text: format!("\"{name}\""),
            key,
        }
    }

    pub(super) fn address(address: Ipv4Addr) -> Self {
        Self {
            text: address.to_string(),
            key: address.octets().to_vec(),
        }
    }

    pub(super) fn mac(mac: Mac) -> Self {
        Self {
            text: mac.to_string(),
            key: [&mac.0[..], &[0, 0]].concat(),
        }
    }

    /// This and another one as one.
    pub(super) fn with(&self, other: &Self) -> Self {
        Self {
            text: format!("{} . {}", self.text, other.text),
            key: [&self.key[..], &other.key].concat(),
        }
    }
}

// === impl Sets ===

impl Sets {
    /// Each with its family and name.
    fn named(&self) -> [(u8, &'static str, &BTreeSet<Element>); 7] {
        [
            (INET, "seats", &self.seats),
            (INET, "gateways", &self.gateways),
            (INET, "same_bridge", &self.bridges),
            (INET, "internet", &self.internet),
            (BRIDGE, "ports", &self.ports),
            (BRIDGE, "macs", &self.macs),
            (BRIDGE, "arps", &self.arps),
        ]
    }
}

// === impl Firewall ===

impl Firewall {
    /// What makes this one of another; none where that takes a new load, or nothing differs: who
    /// asks for the same again doubts that it is there.
    pub fn change_from(&self, before: &Self) -> Option<Change> {
        if self.frame != before.frame {
            return None;
        }
        let change = Change {
            take: self.beyond(&before.sets, &self.sets),
            put: self.beyond(&self.sets, &before.sets),
        };
        let some = !change.take.is_empty() || !change.put.is_empty();
        some.then_some(change)
    }

    /// What some sets hold beyond others.
    fn beyond(&self, more: &Sets, less: &Sets) -> Vec<Elements> {
        let pairs = more.named().into_iter().zip(less.named());
        let elements = pairs.map(|((family, set, more), (_, _, less))| Elements {
            family,
            table: self.table.clone(),
            set,
            keys: more.difference(less).map(|element| element.key.clone()).collect(),
        });
        elements.filter(|elements| !elements.keys.is_empty()).collect()
    }
}

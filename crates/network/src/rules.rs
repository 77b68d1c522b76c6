//! The firewall as text: a pure function of what is attached.
//!
//! ```text
//! bridge table   frame from a port ── its own MAC, its own address, IPv4 or ARP ──▶ on, else dropped
//! inet table     from a bridge to this host ── DNS and ping of the own gateway ──▶ in, else dropped
//!                from a bridge onwards ── egress allows the destination ──▶ out (masqueraded), else refused
//!                towards a bridge ── answers only ──▶ in, else dropped
//! ```
//!
//! Chains of the deny rules match by the names' common start, so that an interface which is in
//! no set yet, or no more, can reach nothing. Both tables are replaced in one transaction; where only
//! elements of sets differ from what is loaded, those are.

mod firewall;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::network::{Attach, Egress};
use crate::plan::{Mac, Plan, PlanError};

pub use firewall::{Change, Firewall};
use firewall::{Element, Sets};

/// What is not the internet: special-purpose blocks of RFC 6890, and multicast.
const SPECIAL: [(Ipv4Addr, u8); 11] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Connections of one workspace to the outside at once; the kernel's table of them is everybody's.
const FLOWS: u32 = 4096;

/// Everything that the firewall of an instance depends on.
#[derive(Clone, Copy, Debug)]
pub struct Ruleset<'a> {
    /// The address plan.
    pub plan: &'a Plan,
    /// What is attached or about to be.
    pub attached: &'a [Attach],
    /// Networks that the host itself is connected to.
    pub neighbours: &'a [Ipv4Net],
}

/// Removes the tables of an instance, whether they exist or not.
pub fn removal(plan: &Plan) -> String {
    let table = plan.table();
    // A table that is declared first can be deleted without an error.
    format!(
        "table inet {table}\ndelete table inet {table}\ntable bridge {table}\ndelete table bridge {table}\n"
    )
}

// === impl Ruleset ===

impl Ruleset<'_> {
    /// The firewall as a whole.
    pub fn render(&self) -> Result<Firewall, PlanError> {
        let (sets, lan) = (self.sets()?, self.lan()?);
        Ok(Firewall {
            text: self.text(&sets, &lan),
            frame: self.text(&Sets::default(), &lan),
            table: self.plan.table(),
            sets,
        })
    }

    fn text(&self, sets: &Sets, lan: &[String]) -> String {
        let mut text = removal(self.plan);
        inet(&mut text, self, sets, lan);
        bridge(&mut text, self.plan, sets);
        text
    }

    fn sets(&self) -> Result<Sets, PlanError> {
        let (plan, mut sets) = (self.plan, Sets::default());
        for attach in self.attached {
            let address = plan.address(attach.seat)?;
            let gateway = Element::address(plan.gateway(attach.seat.subnet)?);
            let bridge = Element::interface(&plan.bridge(attach.seat.subnet));
            let port = Element::interface(&plan.veth(attach.seat));
            let mac = port.with(&Element::mac(Mac::of(address)));
            let address = Element::address(address);
            sets.seats.insert(bridge.with(&address));
            sets.gateways.insert(bridge.with(&gateway));
            sets.bridges.insert(bridge.with(&bridge));
            sets.ports.insert(port.with(&address));
            sets.arps.insert(mac.with(&address));
            sets.macs.insert(mac);
            if attach.egress == Egress::Internet {
                sets.internet.insert(address);
            }
        }
        Ok(sets)
    }

    /// Who may go to which networks; ranges, which only a new load changes.
    fn lan(&self) -> Result<Vec<String>, PlanError> {
        let mut lan = Vec::new();
        for attach in self.attached {
            let Egress::Lan(networks) = &attach.egress else {
                continue;
            };
            let address = self.plan.address(attach.seat)?;
            let networks: Vec<Ipv4Net> = networks.iter().map(Ipv4Net::trunc).collect();
            let networks = Ipv4Net::aggregate(&networks);
            lan.extend(networks.iter().map(|net| format!("{address} . {net}")));
        }
        Ok(lan)
    }

    fn private(&self) -> Vec<String> {
        let special = SPECIAL
            .iter()
            .map(|(address, prefix)| Ipv4Net::new_assert(*address, *prefix));
        let all: Vec<Ipv4Net> = special.chain(self.neighbours.iter().copied()).collect();
        Ipv4Net::aggregate(&all).iter().map(ToString::to_string).collect()
    }
}

fn inet(text: &mut String, rules: &Ruleset, sets: &Sets, lan: &[String]) {
    let _ = writeln!(text, "table inet {} {{", rules.plan.table());
    set(text, "seats", "type ifname . ipv4_addr", texts(&sets.seats));
    set(text, "gateways", "type ifname . ipv4_addr", texts(&sets.gateways));
    set(text, "same_bridge", "type ifname . ifname", texts(&sets.bridges));
    set(text, "internet", "type ipv4_addr", texts(&sets.internet));
    set(
        text,
        "lan",
        "type ipv4_addr . ipv4_addr; flags interval",
        lan.iter().map(String::as_str),
    );
    set(
        text,
        "private",
        "type ipv4_addr; flags interval",
        rules.private().iter().map(String::as_str),
    );
    set(text, "flows", "type ipv4_addr; size 65535; flags dynamic", []);
    text.push_str(&chains(include_str!("rules/inet.nft"), rules.plan));
}

fn bridge(text: &mut String, plan: &Plan, sets: &Sets) {
    let _ = writeln!(text, "table bridge {} {{", plan.table());
    set(text, "ports", "type ifname . ipv4_addr", texts(&sets.ports));
    set(text, "macs", "type ifname . ether_addr", texts(&sets.macs));
    set(
        text,
        "arps",
        "type ifname . ether_addr . ipv4_addr",
        texts(&sets.arps),
    );
    text.push_str(&chains(include_str!("rules/bridge.nft"), plan));
}

/// A table's chains, which depend on names only, and its end.
fn chains(template: &str, plan: &Plan) -> String {
    let with = [
        ("{bridges}", plan.bridge_prefix()),
        ("{ports}", plan.veth_prefix()),
        ("{pool}", plan.pool().to_string()),
        ("{flows}", FLOWS.to_string()),
    ];
    let text = with.iter().fold(template.to_owned(), |text, (place, value)| {
        text.replace(place, value)
    });
    format!("{text}}}\n")
}

fn texts(set: &BTreeSet<Element>) -> impl Iterator<Item = &str> {
    set.iter().map(|element| element.text.as_str())
}

fn set<'a>(text: &mut String, name: &str, kind: &str, elements: impl IntoIterator<Item = &'a str>) {
    let _ = writeln!(text, "\tset {name} {{\n\t\t{kind};");
    let elements: Vec<&str> = elements.into_iter().collect();
    if !elements.is_empty() {
        let _ = writeln!(
            text,
            "\t\telements = {{\n\t\t\t{}\n\t\t}}",
            elements.join(",\n\t\t\t")
        );
    }
    text.push_str("\t}\n");
}

#[cfg(test)]
mod tests;

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
//! no set yet, or no more, can reach nothing. Both tables are replaced in one transaction.

use std::fmt::Write;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::network::{Attach, Egress};
use crate::plan::{Mac, Plan, PlanError};

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
    /// The text for `nft -f`: removes both tables and makes them anew.
    pub fn render(&self) -> Result<String, PlanError> {
        let sets = Sets::of(self)?;
        let mut text = removal(self.plan);
        inet(&mut text, self, &sets);
        bridge(&mut text, self.plan, &sets);
        Ok(text)
    }

    fn private(&self) -> Vec<String> {
        let special = SPECIAL
            .iter()
            .map(|(address, prefix)| Ipv4Net::new_assert(*address, *prefix));
        let all: Vec<Ipv4Net> = special.chain(self.neighbours.iter().copied()).collect();
        Ipv4Net::aggregate(&all).iter().map(ToString::to_string).collect()
    }
}

/// Elements of the sets, as `nft` writes them.
#[derive(Default)]
struct Sets {
    seats: Vec<String>,
    gateways: Vec<String>,
    bridges: Vec<String>,
    internet: Vec<String>,
    lan: Vec<String>,
    ports: Vec<String>,
    macs: Vec<String>,
    arps: Vec<String>,
}

// === impl Sets ===

impl Sets {
    fn of(rules: &Ruleset) -> Result<Self, PlanError> {
        let (plan, mut sets) = (rules.plan, Self::default());
        for attach in rules.attached {
            let (address, gateway) = (plan.address(attach.seat)?, plan.gateway(attach.seat.subnet)?);
            let (bridge, veth, mac) = (
                plan.bridge(attach.seat.subnet),
                plan.veth(attach.seat),
                Mac::of(address),
            );
            sets.seats.push(format!("\"{bridge}\" . {address}"));
            sets.gateways.push(format!("\"{bridge}\" . {gateway}"));
            sets.bridges.push(format!("\"{bridge}\" . \"{bridge}\""));
            sets.ports.push(format!("\"{veth}\" . {address}"));
            sets.macs.push(format!("\"{veth}\" . {mac}"));
            sets.arps.push(format!("\"{veth}\" . {mac} . {address}"));
            match &attach.egress {
                Egress::None => {}
                Egress::Internet => sets.internet.push(address.to_string()),
                Egress::Lan(networks) => {
                    let networks: Vec<Ipv4Net> = networks.iter().map(Ipv4Net::trunc).collect();
                    sets.lan.extend(
                        Ipv4Net::aggregate(&networks)
                            .iter()
                            .map(|net| format!("{address} . {net}")),
                    );
                }
            }
        }
        for set in [&mut sets.gateways, &mut sets.bridges] {
            set.sort();
            set.dedup();
        }
        Ok(sets)
    }
}

fn inet(text: &mut String, rules: &Ruleset, sets: &Sets) {
    let _ = writeln!(text, "table inet {} {{", rules.plan.table());
    set(text, "seats", "type ifname . ipv4_addr", &sets.seats);
    set(text, "gateways", "type ifname . ipv4_addr", &sets.gateways);
    set(text, "same_bridge", "type ifname . ifname", &sets.bridges);
    set(text, "internet", "type ipv4_addr", &sets.internet);
    set(
        text,
        "lan",
        "type ipv4_addr . ipv4_addr; flags interval",
        &sets.lan,
    );
    set(
        text,
        "private",
        "type ipv4_addr; flags interval",
        &rules.private(),
    );
    set(text, "flows", "type ipv4_addr; size 65535; flags dynamic", &[]);
    text.push_str(&chains(include_str!("rules/inet.nft"), rules.plan));
}

fn bridge(text: &mut String, plan: &Plan, sets: &Sets) {
    let _ = writeln!(text, "table bridge {} {{", plan.table());
    set(text, "ports", "type ifname . ipv4_addr", &sets.ports);
    set(text, "macs", "type ifname . ether_addr", &sets.macs);
    set(text, "arps", "type ifname . ether_addr . ipv4_addr", &sets.arps);
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

fn set(text: &mut String, name: &str, kind: &str, elements: &[String]) {
    let _ = writeln!(text, "\tset {name} {{\n\t\t{kind};");
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

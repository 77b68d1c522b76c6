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
    (Ipv4Addr::new(0, 0, 0, 0), 8),
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
    let (any, port, pool) = (
        rules.plan.bridge_prefix(),
        rules.plan.veth_prefix(),
        rules.plan.pool(),
    );
    text.push_str(&format!(
        r#"	chain prerouting {{
		type filter hook prerouting priority raw; policy accept;
		iifname "{any}*" jump from_workspace
	}}
	chain from_workspace {{
		meta nfproto != ipv4 drop
		iifname . ip saddr != @seats drop
		fib daddr type local goto to_host
		fib daddr type {{ broadcast, multicast, anycast }} drop
	}}
	chain to_host {{
		iifname . ip daddr @gateways udp dport 53 accept
		iifname . ip daddr @gateways tcp dport 53 accept
		iifname . ip daddr @gateways icmp type echo-request accept
		drop
	}}
	chain input {{
		type filter hook input priority filter - 10; policy accept;
		iifname "{any}*" goto to_host
		iifname "{port}*" drop
	}}
	chain forward {{
		type filter hook forward priority filter - 10; policy accept;
		iifname . oifname @same_bridge accept
		iifname "{any}*" oifname "{any}*" drop
		iifname "{any}*" goto leaving
		oifname "{any}*" goto arriving
	}}
	chain leaving {{
		iifname . ip saddr != @seats drop
		ip daddr {pool} drop
		ip saddr @internet ip daddr != @private accept
		ip saddr . ip daddr @lan accept
		meta nfproto ipv4 reject with icmp type admin-prohibited
		drop
	}}
	chain arriving {{
		ct state established,related accept
		drop
	}}
	chain output {{
		type filter hook output priority filter - 10; policy accept;
		oifname "{any}*" goto to_workspace
	}}
	chain to_workspace {{
		ct state established,related accept
		icmp type {{ destination-unreachable, time-exceeded, parameter-problem }} accept
		drop
	}}
	chain postrouting {{
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr {pool} oifname != "{any}*" masquerade
	}}
}}
"#
    ));
}

fn bridge(text: &mut String, plan: &Plan, sets: &Sets) {
    let _ = writeln!(text, "table bridge {} {{", plan.table());
    set(text, "ports", "type ifname . ipv4_addr", &sets.ports);
    set(text, "macs", "type ifname . ether_addr", &sets.macs);
    set(text, "arps", "type ifname . ether_addr . ipv4_addr", &sets.arps);
    let port = plan.veth_prefix();
    // Link-local groups (LLDP and the like) skip prerouting and meet only the input hook.
    text.push_str(&format!(
        r#"	chain prerouting {{
		type filter hook prerouting priority filter; policy accept;
		iifname "{port}*" goto from_port
	}}
	chain input {{
		type filter hook input priority filter; policy accept;
		iifname "{port}*" goto from_port
	}}
	chain from_port {{
		iifname . ether saddr != @macs drop
		ether type arp arp operation {{ request, reply }} iifname . arp saddr ether . arp saddr ip @arps accept
		ether daddr & 01:00:00:00:00:00 != 00:00:00:00:00:00 drop
		ether type ip udp dport {{ 67, 68 }} drop
		ether type ip iifname . ip saddr @ports accept
		drop
	}}
}}
"#
    ));
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

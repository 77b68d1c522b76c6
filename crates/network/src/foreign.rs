//! Beside the firewalls of others: Docker, ufw and the like keep tables of their own, and a
//! packet must pass all of them.
//!
//! Toft's own tables decide what its networks may do, so in chains whose rest would drop it
//! (`iptables` by nftables: tables `ip filter`, chains `FORWARD` and `INPUT`) a rule at the head
//! lets through what has come past ours. Rules are known by the interface names in them; a
//! reload of those firewalls loses them, and [`crate::Network::reconcile`] puts them back.

use std::fmt::Write;

use serde_json::Value;
use toft_effects::Door;

use crate::error::NetworkError;
use crate::plan::Plan;

/// Chains in which iptables by nftables keeps what passes through and what comes in.
const CHAINS: [&str; 2] = ["FORWARD", "INPUT"];

/// Makes the openings that are missing.
pub(crate) async fn open(door: &Door, plan: &Plan) -> Result<(), NetworkError> {
    let mut text = String::new();
    for chain in CHAINS {
        let Some(listing) = list(door, plan, chain).await? else {
            continue;
        };
        if handles(&listing, &plan.bridge_prefix()).is_empty() {
            for rule in openings(chain, plan) {
                let _ = writeln!(text, "insert rule ip filter {chain} {rule}");
            }
        }
    }
    load(door, plan, text).await
}

/// Whether no opening is missing in the chains that are there.
pub(crate) async fn is_open(door: &Door, plan: &Plan) -> bool {
    for chain in CHAINS {
        let listing = list(door, plan, chain).await.ok().flatten();
        if listing.is_some_and(|listing| handles(&listing, &plan.bridge_prefix()).is_empty()) {
            return false;
        }
    }
    true
}

/// Takes them back.
pub(crate) async fn close(door: &Door, plan: &Plan) -> Result<(), NetworkError> {
    let mut text = String::new();
    for chain in CHAINS {
        let Some(listing) = list(door, plan, chain).await? else {
            continue;
        };
        for handle in handles(&listing, &plan.bridge_prefix()) {
            let _ = writeln!(text, "delete rule ip filter {chain} handle {handle}");
        }
    }
    load(door, plan, text).await
}

fn openings(chain: &str, plan: &Plan) -> Vec<String> {
    let bridges = format!("\"{}*\"", plan.bridge_prefix());
    match chain {
        "INPUT" => ["udp", "tcp"]
            .map(|kind| format!("iifname {bridges} {kind} dport 53 counter accept"))
            .to_vec(),
        _ => ["iifname", "oifname"]
            .map(|side| format!("{side} {bridges} counter accept"))
            .to_vec(),
    }
}

async fn list(door: &Door, plan: &Plan, chain: &str) -> Result<Option<Value>, NetworkError> {
    let listing = door.nft_list(&["chain", "ip", "filter", chain]).await;
    listing.map_err(|source| NetworkError::Firewall {
        instance: plan.instance().to_owned(),
        source,
    })
}

async fn load(door: &Door, plan: &Plan, text: String) -> Result<(), NetworkError> {
    if text.is_empty() {
        return Ok(());
    }
    let loaded = door.nft_apply("openings", text).await;
    loaded.map_err(|source| NetworkError::Firewall {
        instance: plan.instance().to_owned(),
        source,
    })
}

/// Handles of the rules in a chain's listing that name an interface with this start.
fn handles(listing: &Value, prefix: &str) -> Vec<u64> {
    let rules = listing["nftables"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let ours = |rule: &&Value| {
        rule["expr"]
            .as_array()
            .is_some_and(|expr| expr.iter().any(|part| names(part, prefix)))
    };
    rules
        .iter()
        .map(|entry| &entry["rule"])
        .filter(ours)
        .filter_map(|rule| rule["handle"].as_u64())
        .collect()
}

fn names(part: &Value, prefix: &str) -> bool {
    part["match"]["right"]
        .as_str()
        .is_some_and(|name| name.starts_with(prefix))
}

#[cfg(test)]
mod tests;

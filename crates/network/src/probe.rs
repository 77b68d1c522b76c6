//! What `toft doctor` asks about the network: each check says what is, and what to do about it.

use std::collections::BTreeSet;
use std::fs;

use serde::Serialize;
use serde_json::Value;
use toft_effects::Door;
use toft_effects::link::Route;

use crate::foreign;
use crate::forwarder::Forwarder;
use crate::plan::Plan;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Works, with less than promised.
    Warn,
    /// Workspaces' networks will not work.
    Fail,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// A stable name, such as `network.nft`.
    pub name: &'static str,
    /// How it came out.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do, when anything.
    pub hint: Option<String>,
}

// === impl Check ===

impl Check {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            name,
            verdict: Verdict::Ok,
            found: found.into(),
            hint: None,
        }
    }

    fn bad(name: &'static str, verdict: Verdict, found: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            name,
            verdict,
            found: found.into(),
            hint: Some(hint.into()),
        }
    }
}

/// All checks.
pub(crate) async fn all(door: &Door, plan: &Plan, forwarder: &Forwarder, attached: usize) -> Vec<Check> {
    let chains = match door.nft_list(&["chains"]).await {
        Ok(chains) => chains.unwrap_or_default(),
        Err(error) => {
            let hint = "install nftables (`apt install nftables`) and run Toft as root";
            return vec![Check::bad("network.nft", Verdict::Fail, error.to_string(), hint)];
        }
    };
    let openings = foreign::is_open(door, plan).await;
    let routes = door.link_routes().await.unwrap_or_default();
    let mut checks = vec![tables(&chains, plan, attached), others(&chains, plan, openings)];
    checks.extend(legacy(
        &fs::read_to_string("/proc/net/ip_tables_names").unwrap_or_default(),
    ));
    checks.push(pool(plan, &routes));
    checks.push(names(forwarder, attached));
    checks
}

/// Whether a listing has both tables of this name.
pub(crate) fn has_tables(listing: &Value, name: &str) -> bool {
    let kept = |family: &str| {
        entries(listing, "table").any(|table| table["name"] == name && table["family"] == family)
    };
    kept("inet") && kept("bridge")
}

fn entries<'a>(listing: &'a Value, kind: &'static str) -> impl Iterator<Item = &'a Value> {
    let all = listing["nftables"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    all.iter().filter_map(move |entry| entry.get(kind))
}

fn tables(chains: &Value, plan: &Plan, attached: usize) -> Check {
    let name = plan.table();
    let ours = |chain: &Value| chain["table"] == name.as_str() && chain["name"] == "from_port";
    if attached == 0 || entries(chains, "chain").any(ours) {
        return Check::ok("network.nft", format!("table {name} for {attached} workspaces"));
    }
    let found = format!("table {name} is missing, and with it the walls between workspaces");
    Check::bad(
        "network.nft",
        Verdict::Fail,
        found,
        "another program emptied the firewall: restart Toft to load it again",
    )
}

/// Chains of others through which our packets must pass, too.
fn others(chains: &Value, plan: &Plan, openings: bool) -> Check {
    let closed = |chain: &&Value| {
        let hook = chain["hook"].as_str().unwrap_or_default();
        chain["policy"] == "drop" && ["forward", "input"].contains(&hook)
    };
    let place = |chain: &Value| {
        let part = |key: &str| chain[key].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}", part("family"), part("table"), part("name"))
    };
    let closed: Vec<String> = entries(chains, "chain").filter(closed).map(place).collect();
    let opened =
        |place: &String| openings && ["ip filter FORWARD", "ip filter INPUT"].contains(&place.as_str());
    // The chains of IPv6 are not on the way of any packet that workspaces may send.
    let shut: Vec<String> = closed
        .iter()
        .filter(|place| !opened(place) && !place.starts_with("ip6 "))
        .cloned()
        .collect();
    let firewalld = entries(chains, "chain").any(|chain| chain["table"] == "firewalld");
    let bridges = plan.bridge_prefix();
    if !shut.is_empty() {
        let hint = format!("accept packets from and to interfaces {bridges}* in these chains");
        return Check::bad(
            "network.firewalls",
            Verdict::Fail,
            format!("dropped by {}", shut.join(", ")),
            hint,
        );
    }
    if firewalld {
        let hint = format!(
            "firewall-cmd --permanent --zone=trusted --add-interface={bridges}+ && firewall-cmd --reload"
        );
        return Check::bad(
            "network.firewalls",
            Verdict::Warn,
            "firewalld may refuse what workspaces send",
            hint,
        );
    }
    match closed.as_slice() {
        [] => Check::ok("network.firewalls", "no other firewall stands in the way"),
        some => Check::ok(
            "network.firewalls",
            format!("openings made in {}", some.join(", ")),
        ),
    }
}

/// `iptables-legacy` keeps rules that nftables does not show.
fn legacy(tables: &str) -> Option<Check> {
    let hint = "where its FORWARD chain drops, run: iptables-legacy -I FORWARD -i t+ -j ACCEPT; iptables-legacy -I FORWARD -o t+ -j ACCEPT; better, move to iptables-nft (update-alternatives --config iptables)";
    let found = "rules of iptables-legacy are in force, which Toft cannot see";
    tables
        .lines()
        .any(|table| table == "filter")
        .then(|| Check::bad("network.legacy", Verdict::Warn, found, hint))
}

fn pool(plan: &Plan, routes: &[Route]) -> Check {
    let own = plan.bridge_prefix();
    let inside = |route: &&Route| plan.pool().contains(&route.destination);
    let devices = routes
        .iter()
        .filter(inside)
        .filter_map(|route| route.device.as_deref());
    let strangers: BTreeSet<&str> = devices.filter(|device| !device.starts_with(&own)).collect();
    if strangers.is_empty() {
        return Check::ok("network.pool", plan.pool().to_string());
    }
    let found = format!(
        "{} is also reached through {}",
        plan.pool(),
        Vec::from_iter(strangers).join(", ")
    );
    Check::bad(
        "network.pool",
        Verdict::Warn,
        found,
        "owners whose subnet is there cannot start workspaces: remove those routes",
    )
}

fn names(forwarder: &Forwarder, attached: usize) -> Check {
    let state = forwarder.state().unwrap_or_default();
    if attached == 0 {
        return Check::ok("network.names", "no workspace needs names");
    }
    if !forwarder.runs() {
        let hint = "restart Toft; the forwarder's log lies in the data directory under run/network/dns/log";
        return Check::bad(
            "network.names",
            Verdict::Fail,
            "the name forwarder does not run",
            hint,
        );
    }
    match state.failures.first() {
        Some((gateway, reason)) => {
            let hint = "see who else listens there: ss -lnptu 'sport = :53'";
            Check::bad(
                "network.names",
                Verdict::Fail,
                format!("cannot listen on {gateway}:53: {reason}"),
                hint,
            )
        }
        None => Check::ok(
            "network.names",
            format!("forwarder {} serves {attached} workspaces", state.version),
        ),
    }
}

#[cfg(test)]
mod tests;

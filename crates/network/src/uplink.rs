//! What the host's own network means for the workspaces': pure readings of its routes.

use std::collections::BTreeSet;

use ipnet::Ipv4Net;
use toft_effects::link::{Link, Route};

use crate::network::Egress;
use crate::plan::Plan;

/// No path that IPv4 is used on has a smaller one in practice.
const LEAST_MTU: u32 = 1280;
/// What a veth has without being asked.
const USUAL_MTU: u32 = 1500;

/// The networks that the host is connected to, without this instance's own: to a workspace they
/// are the LAN, not the internet, even where their addresses are public.
pub(crate) fn neighbours(plan: &Plan, routes: &[Route]) -> Vec<Ipv4Net> {
    let own = |route: &&Route| plan.pool().contains(&route.destination);
    routes
        .iter()
        .filter(|route| route.connected && !own(route))
        .map(|route| route.destination)
        .collect()
}

/// The interfaces through which workspaces with these egresses leave: answers come back through
/// them, and the kernel passes on only what arrives where forwarding is on.
pub(crate) fn exits<'a>(
    plan: &Plan,
    routes: &[Route],
    egresses: impl IntoIterator<Item = &'a Egress>,
) -> BTreeSet<String> {
    let mut exits = BTreeSet::new();
    let own = plan.bridge_prefix();
    let foreign = |route: &&Route| {
        route
            .device
            .as_deref()
            .is_some_and(|name| name != "lo" && !name.starts_with(&own))
    };
    let mut add = |wanted: &dyn Fn(&Route) -> bool| {
        let devices = routes.iter().filter(foreign).filter(|route| wanted(route));
        exits.extend(devices.filter_map(|route| route.device.clone()));
    };
    // VPNs like to cover everything by two halves.
    let general = |route: &Route| route.destination.prefix_len() <= 1;
    for egress in egresses {
        match egress {
            Egress::None => {}
            Egress::Internet => add(&general),
            Egress::Lan(networks) => {
                for network in networks {
                    add(&|route| network.contains(&route.destination));
                    let around = routes.iter().filter(|route| route.destination.contains(network));
                    let closest = around.map(|route| route.destination.prefix_len()).max();
                    add(&|route| {
                        route.destination.contains(network) && Some(route.destination.prefix_len()) == closest
                    });
                }
            }
        }
    }
    exits
}

/// The largest packet that leaves the host in one piece.
pub(crate) fn mtu(routes: &[Route], links: &[Link]) -> u32 {
    let general = routes.iter().filter(|route| route.destination.prefix_len() <= 1);
    let devices = general.filter_map(|route| route.device.as_deref());
    let mtus = devices
        .filter_map(|name| links.iter().find(|link| link.name == name))
        .map(|link| link.mtu);
    mtus.min().unwrap_or(USUAL_MTU).clamp(LEAST_MTU, USUAL_MTU)
}

/// The interface other than the owner's bridge that already leads into an owner's subnet.
pub(crate) fn taken_by(subnet: Ipv4Net, bridge: &str, routes: &[Route]) -> Option<String> {
    let others = routes.iter().filter(|route| subnet.contains(&route.destination));
    others
        .filter_map(|route| route.device.as_deref())
        .find(|device| *device != bridge)
        .map(str::to_owned)
}

#[cfg(test)]
mod tests;

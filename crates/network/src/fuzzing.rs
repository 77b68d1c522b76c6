//! Entry points of the fuzz targets (`fuzz/`), replayed over their corpus by ordinary tests.

use std::net::Ipv4Addr;

use hickory_proto::op::Query;
use ipnet::Ipv4Net;

use crate::dns::answer::{self, Decision, Question};
use crate::dns::upstream;
use crate::dns::zone::{Network, Workspace};

/// Treats bytes as a workspace's question, as a resolver's answer and as a `resolv.conf`.
pub fn dns_question(data: &[u8]) {
    let network = network();
    let pool = Ipv4Net::new(Ipv4Addr::new(10, 213, 0, 0), 16).ok();
    for workspace in &network.workspaces {
        if let Decision::Forward(question) = answer::decide(data, workspace.address, &network, pool) {
            let _ = answer::failure(&question);
            let _ = answer::relay(&question, question.id, data.to_vec(), true);
        }
    }
    let room = usize::from(answer::SMALLEST);
    let question = Question {
        id: 7,
        query: Query::new(),
        bytes: Vec::new(),
        room,
    };
    let _ = answer::relay(&question, 7, data.to_vec(), true);
    let _ = upstream::resolvers(data);
}

fn network() -> Network {
    let workspace = |name: &str, host, forward| Workspace {
        name: name.to_owned(),
        address: Ipv4Addr::new(10, 213, 0, host),
        forward,
    };
    Network {
        bridge: "t1a2b3cb0".to_owned(),
        gateway: Ipv4Addr::new(10, 213, 0, 1),
        owner: "ada".to_owned(),
        workspaces: vec![workspace("web", 2, true), workspace("db", 3, false)],
    }
}

#[cfg(test)]
mod tests;

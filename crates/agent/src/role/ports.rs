//! Which TCP ports something inside listens on.

use std::collections::BTreeMap;
use std::fs;

use crate::wire::Port;

/// How the kernel's tables spell "listening".
const LISTEN: &str = "0A";

/// The ports, in order.
pub fn listening() -> Vec<Port> {
    let mut ports = BTreeMap::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        // Without IPv6, or without /proc, a table is missing and nothing is in it.
        for port in parse(&fs::read_to_string(table).unwrap_or_default()) {
            ports
                .entry(port.port)
                .and_modify(|loopback| *loopback &= port.loopback)
                .or_insert(port.loopback);
        }
    }
    ports
        .into_iter()
        .map(|(port, loopback)| Port { port, loopback })
        .collect()
}

fn parse(table: &str) -> impl Iterator<Item = Port> {
    table.lines().skip(1).filter_map(|line| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let (address, port) = fields.next()?.split_once(':')?;
        let _remote = fields.next()?;
        if fields.next()? != LISTEN {
            return None;
        }
        // Words are in host order: 127.x.y.z ends in 7F, ::1 is three zero words and 01000000.
        let loopback = (address.len() == 8 && address.ends_with("7F"))
            || address == "00000000000000000000000001000000"
            || (address.starts_with("0000000000000000FFFF0000") && address.ends_with("7F"));
        Some(Port {
            port: u16::from_str_radix(port, 16).ok()?,
            loopback,
        })
    })
}

#[cfg(test)]
mod tests;

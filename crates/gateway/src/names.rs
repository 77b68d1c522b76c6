//! What this host is called, and the addresses at which others reach it.

use std::ffi::CStr;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ptr;

use crate::config::GatewayConfig;
use crate::tls::Names;

/// Interfaces that machines and containers on this host are plugged into. Nobody outside reaches
/// the host by their addresses, and they come and go.
const INNER: [&str; 9] = [
    "docker", "br-", "veth", "virbr", "cni", "flannel", "incusbr", "lxdbr", "lxcbr",
];

/// The host's own names: its host name, that name's first label, and what mDNS makes of it.
pub fn host_names() -> Vec<String> {
    let Ok(name) = std::fs::read_to_string("/proc/sys/kernel/hostname") else {
        return Vec::new();
    };
    let name = name.trim().to_ascii_lowercase();
    let short = name.split('.').next().unwrap_or_default().to_owned();
    let mdns = format!("{short}.local");
    let mut names = vec![name, short, mdns];
    names.retain(|name| is_dns_name(name));
    names.sort();
    names.dedup();
    names
}

/// The host's addresses on its networks, without loopback, link-local IPv6 (which a browser
/// cannot be told) and the bridges of containers and machines on it.
pub fn lan_addresses() -> io::Result<Vec<IpAddr>> {
    let mut addresses: Vec<IpAddr> = interface_addresses()?
        .into_iter()
        .filter(|(interface, ip)| !is_inner(interface) && is_reachable(*ip))
        .map(|(_, ip)| ip)
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    Ok(addresses)
}

/// What the UI's certificate should be good for.
pub(crate) fn wanted(config: &GatewayConfig) -> Names {
    let lan = lan_addresses().unwrap_or_else(|error| {
        tracing::warn!(%error, "cannot list the host's addresses: they are left out of the certificate");
        Vec::new()
    });
    let bound = config
        .listen
        .iter()
        .map(SocketAddr::ip)
        .filter(|ip| !ip.is_unspecified());
    let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    let names = config
        .host_names
        .iter()
        .map(|name| name.trim_end_matches('.').to_ascii_lowercase());
    let own = ["localhost".to_owned(), config.domain.to_string()];
    Names {
        dns: names.filter(|name| is_dns_name(name)).chain(own).collect(),
        ips: lan.into_iter().chain(bound).chain(loopback).collect(),
    }
}

fn is_dns_name(name: &str) -> bool {
    let label = |label: &str| {
        let plain = label
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        plain && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(label) && name.parse::<IpAddr>().is_err()
}

/// Toft's own bridges and pairs are `t<six hex digits>b<N>` and `…v<N>`.
fn is_inner(interface: &str) -> bool {
    let ours = interface.strip_prefix('t').is_some_and(|rest| {
        rest.len() > 7
            && rest.bytes().take(6).all(|b| b.is_ascii_hexdigit())
            && matches!(rest.as_bytes()[6], b'b' | b'v')
            && rest.bytes().skip(7).all(|b| b.is_ascii_digit())
    });
    ours || INNER.iter().any(|prefix| interface.starts_with(prefix))
}

fn is_reachable(ip: IpAddr) -> bool {
    let link_local = match ip {
        IpAddr::V4(_) => false,
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    !ip.is_loopback() && !ip.is_unspecified() && !ip.is_multicast() && !link_local
}

/// Every interface's addresses, with the interface's name.
fn interface_addresses() -> io::Result<Vec<(String, IpAddr)>> {
    let mut list: *mut libc::ifaddrs = ptr::null_mut();
    // SAFETY: `list` is a valid place for the pointer; it is freed below, once.
    if unsafe { libc::getifaddrs(&raw mut list) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let mut found = Vec::new();
    let mut next = list;
    // SAFETY: the entries are valid until `freeifaddrs`, and `next` is one of them or null.
    while let Some(entry) = unsafe { next.as_ref() } {
        next = entry.ifa_next;
        // SAFETY: `ifa_addr` is null or points to an address of the family it names.
        if let Some(ip) = unsafe { address(entry.ifa_addr) } {
            // SAFETY: `ifa_name` is a string that ends in NUL and lives as long as the list.
            let name = unsafe { CStr::from_ptr(entry.ifa_name) };
            found.push((name.to_string_lossy().into_owned(), ip));
        }
    }
    // SAFETY: `list` came from `getifaddrs` and nothing borrowed from it is left.
    unsafe { libc::freeifaddrs(list) };
    Ok(found)
}

/// # Safety
/// `address` is null or points to a socket address of the family that it names.
unsafe fn address(address: *const libc::sockaddr) -> Option<IpAddr> {
    // SAFETY: as promised by the caller; null is handled by `as_ref`.
    match i32::from(unsafe { address.as_ref() }?.sa_family) {
        libc::AF_INET => {
            // SAFETY: the family says what it is; reading unaligned asks nothing of its place.
            let v4 = unsafe { address.cast::<libc::sockaddr_in>().read_unaligned() };
            Some(IpAddr::V4(Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr))))
        }
        libc::AF_INET6 => {
            // SAFETY: as above.
            let v6 = unsafe { address.cast::<libc::sockaddr_in6>().read_unaligned() };
            Some(IpAddr::V6(Ipv6Addr::from(v6.sin6_addr.s6_addr)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;

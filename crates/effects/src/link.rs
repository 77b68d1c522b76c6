//! Interfaces, addresses and routes, by netlink and `/proc/sys/net`.
//!
//! Everything is idempotent: what exists is looked at first, and what is wrong about it is
//! changed in place. A veth pair is made with its far end already inside the network namespace
//! and under its final name, so that no moment exists at which a half of it lies elsewhere.
//!
//! Calls into a namespace use a thread that enters it, opens what is needed and ends: a netlink
//! socket belongs to the namespace it was opened in, whoever uses it later.

mod inside;
mod netlink;

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::Ipv4Net;
use rtnetlink::packet_route::link::{
    InfoBridgePort, InfoData, InfoPortData, InfoPortKind, InfoVeth, LinkMessage,
};
use rtnetlink::packet_route::route::{RouteMessage, RouteProtocol, RouteType};
use rtnetlink::{LinkBridge, LinkMessageBuilder, LinkUnspec, LinkVeth, RouteMessageBuilder};

use crate::Door;
pub use inside::Inside;
use netlink::Netlink;

/// How long the kernel may take until a cable carries packets; milliseconds are usual.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is looked at meanwhile.
const GLANCE: Duration = Duration::from_millis(1);

/// An interface of this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The kernel's number for it.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// Whether it is switched on.
    pub up: bool,
    /// Its largest packet.
    pub mtu: u32,
    /// Its hardware address; empty where it has none.
    pub mac: Vec<u8>,
    /// The bridge it is a port of, by number.
    pub controller: Option<u32>,
    /// The other end of a veth pair, by number in that end's namespace.
    pub peer: Option<u32>,
    /// Whether it carries packets: the kernel gets there a moment after it was switched on.
    pub carries: bool,
}

/// A route of this host, whatever its table; local and broadcast ones are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Where it leads.
    pub destination: Ipv4Net,
    /// Through which interface; none for an unreachable one.
    pub device: Option<String>,
    /// Whether the kernel made it from an address of this host's: a network at its own link.
    pub connected: bool,
    /// Whether ordinary look-ups see it: it stands in the main table.
    pub main: bool,
}

/// A bridge with the one address that its network reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bridge {
    /// Its name.
    pub name: String,
    /// Its hardware address, fixed, so that it does not change with its ports.
    pub mac: [u8; 6],
    /// Its address and the prefix of its network.
    pub address: Ipv4Net,
    /// Its largest packet.
    pub mtu: u32,
}

/// A veth pair from a bridge into a network namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Veth {
    /// Name of the host's end.
    pub name: String,
    /// The namespace that holds the other end.
    pub netns: PathBuf,
    /// Name of the end inside.
    pub inner: String,
    /// Hardware address of the end inside.
    pub mac: [u8; 6],
    /// The bridge that the host's end is a port of.
    pub bridge: String,
    /// Largest packet of both ends.
    pub mtu: u32,
}

/// Why an interface is not as it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The kernel cannot be talked to.
    #[error("failed to open a netlink socket: {0}")]
    Socket(#[source] io::Error),
    /// A namespace cannot be entered.
    #[error("failed to enter network namespace {}: {source}", path.display())]
    Enter {
        /// Where it is pinned.
        path: PathBuf,
        /// The kernel's reason.
        source: io::Error,
    },
    /// The kernel refused.
    #[error("failed to {verb} {subject}: {source}")]
    Refused {
        /// What was tried.
        verb: &'static str,
        /// On what.
        subject: String,
        /// The kernel's reason.
        source: io::Error,
    },
    /// An interface that must exist does not.
    #[error("failed to find interface {0}")]
    Missing(String),
    /// A cable is plugged in and carries nothing.
    #[error("interface {0} is switched on and carries no packets")]
    Idle(String),
    /// A kernel setting could not be changed.
    #[error("failed to set {key} to {value}: {source}")]
    Setting {
        /// The setting, as `net/ipv4/ip_forward`.
        key: String,
        /// What it was to become.
        value: String,
        /// The kernel's reason.
        source: io::Error,
    },
}

// === impl Door ===

impl Door {
    /// All interfaces of this host.
    pub async fn link_list(&self) -> Result<Vec<Link>, LinkError> {
        Netlink::here()?.links().await
    }

    /// All IPv4 routes of this host but local and broadcast ones.
    pub async fn link_routes(&self) -> Result<Vec<Route>, LinkError> {
        let netlink = Netlink::here()?;
        let links = netlink.links().await?;
        netlink.routes(&links).await
    }

    /// Makes a bridge, gives it its address and switches it on.
    ///
    /// # Guarantees
    /// IPv6 is off on it before it is switched on: the host has no address on it but this one.
    pub async fn link_bridge(&self, bridge: &Bridge) -> Result<(), LinkError> {
        let (netlink, name) = (Netlink::here()?, bridge.name.as_str());
        let link = match netlink.link(name).await? {
            Some(link) => link,
            None => self.make_bridge(&netlink, bridge).await?,
        };
        self.link_harden(name)?;
        if link.mac != bridge.mac || !link.up || link.mtu != bridge.mtu {
            let message = at(link.index)
                .address(bridge.mac.to_vec())
                .mtu(bridge.mtu)
                .up()
                .build();
            self.pass_async("link.up", name, netlink.change(message))
                .await
                .map_err(refused("switch on", name))?;
        }
        if !netlink.addresses(link.index).await?.contains(&bridge.address) {
            let add = netlink.address(link.index, bridge.address);
            self.pass_async("link.address", name, add)
                .await
                .map_err(refused("give an address to", name))?;
        }
        Ok(())
    }

    async fn make_bridge(&self, netlink: &Netlink, bridge: &Bridge) -> Result<Link, LinkError> {
        let name = bridge.name.as_str();
        // Multicast snooping would send queries of its own into the network.
        let message = LinkBridge::new(name)
            .mcast_snooping(false)
            .address(bridge.mac.to_vec())
            .mtu(bridge.mtu);
        match self
            .pass_async("link.bridge", name, netlink.add(message.down().build()))
            .await
        {
            // Two workspaces of one owner come up at once.
            Err(error) if error.raw_os_error() == Some(libc::EEXIST) => {}
            other => other.map_err(refused("make bridge", name))?,
        }
        netlink.need(name).await
    }

    /// Makes a veth pair into a namespace and plugs its host's end, still switched off, into the
    /// bridge. What goes through the port is fixed: nothing is learned, and frames to unknown
    /// addresses and multicast are not flooded into it.
    pub async fn link_veth(&self, veth: &Veth) -> Result<(), LinkError> {
        let (netlink, name) = (Netlink::here()?, veth.name.as_str());
        let bridge = netlink.need(&veth.bridge).await?;
        let link = match netlink.link(name).await? {
            Some(link) if inside::holds_peer(&veth.netns, &veth.inner, &link).await? => link,
            stale => {
                if stale.is_some() {
                    self.link_delete(name).await?;
                }
                self.make_veth(&netlink, veth).await?
            }
        };
        self.link_harden(name)?;
        if link.controller != Some(bridge.index) {
            let message = at(link.index).controller(bridge.index).build();
            self.pass_async("link.plug", name, netlink.change(message))
                .await
                .map_err(refused("plug in", name))?;
        }
        self.pass_async("link.port", name, netlink.port(fixed_port(link.index)))
            .await
            .map_err(refused("fix the port", name))?;
        self.pass_async("link.pin", name, netlink.pin(link.index, veth.mac))
            .await
            .map_err(refused("pin the address of", name))
    }

    async fn make_veth(&self, netlink: &Netlink, veth: &Veth) -> Result<Link, LinkError> {
        let name = veth.name.as_str();
        let netns = inside::open(&veth.netns)?;
        let peer = LinkMessageBuilder::<LinkUnspec>::new()
            .name(&veth.inner)
            .address(veth.mac.to_vec())
            .mtu(veth.mtu)
            .setns_by_fd(netns.as_raw_fd())
            .build();
        let message = LinkMessageBuilder::<LinkVeth>::new(name, &veth.inner)
            .mtu(veth.mtu)
            .set_info_data(InfoData::Veth(InfoVeth::Peer(peer)))
            .build();
        let made = self
            .pass_async("link.veth", name, netlink.add(message.clone()))
            .await;
        if made
            .as_ref()
            .is_err_and(|error| error.raw_os_error() == Some(libc::EEXIST))
        {
            // The name is taken inside, by whoever is root there: theirs goes.
            self.link_remove_inside(&veth.netns, &veth.inner).await?;
            self.pass_async("link.veth", name, netlink.add(message))
                .await
                .map_err(refused("make veth pair", name))?;
        } else {
            made.map_err(refused("make veth pair", name))?;
        }
        netlink.need(name).await
    }

    /// Switches an interface on: for a veth's host end the last step, from which packets flow.
    pub async fn link_up(&self, name: &str) -> Result<(), LinkError> {
        let netlink = Netlink::here()?;
        let link = netlink.need(name).await?;
        if link.up {
            return Ok(());
        }
        let up = netlink.change(at(link.index).up().build());
        self.pass_async("link.up", name, up)
            .await
            .map_err(refused("switch on", name))
    }

    /// Waits until a cable carries packets at both ends and the bridge passes them on: until
    /// then the kernel drops them, and whoever asks for an address the first time waits for a second.
    pub async fn link_settled(&self, veth: &Veth) -> Result<(), LinkError> {
        let (here, there) = (Netlink::here()?, inside::enter(&veth.netns)?);
        let work = async {
            loop {
                let ends = [
                    here.need(&veth.name).await?,
                    here.need(&veth.bridge).await?,
                    there.need(&veth.inner).await?,
                ];
                if ends.iter().all(|link| link.carries) {
                    return Ok(());
                }
                tokio::time::sleep(GLANCE).await;
            }
        };
        let late = || LinkError::Idle(veth.name.clone());
        tokio::time::timeout(PATIENCE, work)
            .await
            .unwrap_or_else(|_| Err(late()))
    }

    /// Removes an interface; nothing happens when it is not there.
    pub async fn link_delete(&self, name: &str) -> Result<(), LinkError> {
        let netlink = Netlink::here()?;
        let Some(link) = netlink.link(name).await? else {
            return Ok(());
        };
        match self
            .pass_async("link.delete", name, netlink.delete(link.index))
            .await
        {
            // A veth goes with its namespace, at a moment of the kernel's choice.
            Err(error) if error.raw_os_error() == Some(libc::ENODEV) => Ok(()),
            other => other.map_err(refused("remove", name)),
        }
    }

    /// Makes a whole network unreachable but for more specific routes: packets to what is not
    /// there stay here, and others who look for a free network see that this one is taken.
    pub async fn route_reserve(&self, network: Ipv4Net) -> Result<(), LinkError> {
        let netlink = Netlink::here()?;
        if netlink
            .routes(&[])
            .await?
            .iter()
            .any(|route| route.destination == network && route.device.is_none())
        {
            return Ok(());
        }
        self.route_claim(network).await.map(drop)
    }

    /// The same for who looks for a network that is nobody's: whether this call reserved it.
    pub async fn route_claim(&self, network: Ipv4Net) -> Result<bool, LinkError> {
        let (netlink, subject) = (Netlink::here()?, network.to_string());
        let add = netlink.route_add(unreachable(network));
        match self.pass_async("route.reserve", &subject, add).await {
            Ok(()) => Ok(true),
            Err(error) if error.raw_os_error() == Some(libc::EEXIST) => Ok(false),
            Err(error) => Err(refused("reserve", &subject)(error)),
        }
    }

    /// Undoes [`Door::route_reserve`]; nothing happens when there is no such route.
    pub async fn route_release(&self, network: Ipv4Net) -> Result<(), LinkError> {
        let (netlink, subject) = (Netlink::here()?, network.to_string());
        match self
            .pass_async("route.release", &subject, netlink.route_del(unreachable(network)))
            .await
        {
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Ok(()),
            other => other.map_err(refused("release", &subject)),
        }
    }

    /// Sets a kernel setting of this host's network, such as `net/ipv4/ip_forward`, unless it has
    /// that value; one that this kernel does not have is passed over.
    pub fn sysctl(&self, key: &str, value: &str) -> Result<(), LinkError> {
        inside::set(self, None, key, value)
    }

    /// Takes from an interface of this host what lets a network behind it reach further than
    /// its bridge: IPv6, redirects, source routes, routes to the host's loopback.
    fn link_harden(&self, name: &str) -> Result<(), LinkError> {
        const OFF: [&str; 4] = [
            "accept_redirects",
            "send_redirects",
            "accept_source_route",
            "route_localnet",
        ];
        self.sysctl(&format!("net/ipv6/conf/{name}/disable_ipv6"), "1")?;
        for key in OFF {
            self.sysctl(&format!("net/ipv4/conf/{name}/{key}"), "0")?;
        }
        self.sysctl(&format!("net/ipv4/conf/{name}/rp_filter"), "1")?;
        // Answer ARP only for the address of the interface that is asked.
        self.sysctl(&format!("net/ipv4/conf/{name}/arp_ignore"), "1")
    }
}

fn at(index: u32) -> LinkMessageBuilder<LinkUnspec> {
    LinkUnspec::new_with_index(index)
}

fn fixed_port(index: u32) -> LinkMessage {
    let options = vec![
        InfoBridgePort::Learning(false),
        InfoBridgePort::UnicastFlood(false),
        InfoBridgePort::MulticastFlood(false),
        InfoBridgePort::Guard(true),
    ];
    at(index)
        .set_port_kind(InfoPortKind::Bridge)
        .set_port_data(InfoPortData::BridgePort(options))
        .build()
}

fn unreachable(network: Ipv4Net) -> RouteMessage {
    RouteMessageBuilder::<Ipv4Addr>::new()
        .destination_prefix(network.network(), network.prefix_len())
        .kind(RouteType::Unreachable)
        .protocol(RouteProtocol::Static)
        .build()
}

fn refused(verb: &'static str, subject: &str) -> impl FnOnce(io::Error) -> LinkError {
    move |source| LinkError::Refused {
        verb,
        subject: subject.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests;

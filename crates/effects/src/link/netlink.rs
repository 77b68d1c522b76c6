//! One netlink connection, and the few requests that are made over it.

use std::io;
use std::net::{IpAddr, Ipv4Addr};

use futures_util::TryStreamExt;
use ipnet::Ipv4Net;
use rtnetlink::packet_route::address::AddressAttribute;
use rtnetlink::packet_route::link::{
    BridgePortState, InfoBridgePort, InfoPortData, LinkAttribute, LinkFlags, LinkInfo, LinkMessage, State,
};
use rtnetlink::packet_route::neighbour::{NeighbourFlags, NeighbourState};
use rtnetlink::packet_route::route::{
    RouteAddress, RouteAttribute, RouteMessage, RouteProtocol, RouteScope, RouteType,
};
use rtnetlink::{Handle, RouteMessageBuilder};
use tokio::task::JoinHandle;

use super::{Link, LinkError, Route, refused};

/// The main routing table.
const MAIN: u32 = 254;

/// A connection to the routing family of one network namespace; closed when dropped.
pub(super) struct Netlink {
    handle: Handle,
    task: JoinHandle<()>,
}

// === impl Netlink ===

impl Netlink {
    /// A connection to this thread's namespace.
    // The door itself is where the ban of clippy.toml ends.
    #[allow(clippy::disallowed_methods)]
    pub(super) fn here() -> Result<Self, LinkError> {
        let (connection, handle, _) = rtnetlink::new_connection().map_err(LinkError::Socket)?;
        Ok(Self {
            handle,
            task: tokio::spawn(connection),
        })
    }

    pub(super) async fn links(&self) -> Result<Vec<Link>, LinkError> {
        let messages: Vec<LinkMessage> = self
            .handle
            .link()
            .get()
            .execute()
            .try_collect()
            .await
            .map_err(|e| refused("list", "interfaces")(reason(e)))?;
        Ok(messages.iter().map(link).collect())
    }

    pub(super) async fn link(&self, name: &str) -> Result<Option<Link>, LinkError> {
        let mut found = self.handle.link().get().match_name(name.to_owned()).execute();
        match found.try_next().await.map_err(reason) {
            Ok(message) => Ok(message.as_ref().map(link)),
            Err(error) if error.raw_os_error() == Some(libc::ENODEV) => Ok(None),
            Err(error) => Err(refused("find interface", name)(error)),
        }
    }

    pub(super) async fn need(&self, name: &str) -> Result<Link, LinkError> {
        self.link(name)
            .await?
            .ok_or_else(|| LinkError::Missing(name.to_owned()))
    }

    pub(super) async fn add(&self, message: LinkMessage) -> io::Result<()> {
        self.handle.link().add(message).execute().await.map_err(reason)
    }

    pub(super) async fn change(&self, message: LinkMessage) -> io::Result<()> {
        self.handle.link().change(message).execute().await.map_err(reason)
    }

    pub(super) async fn port(&self, message: LinkMessage) -> io::Result<()> {
        self.handle
            .link()
            .set_port(message)
            .execute()
            .await
            .map_err(reason)
    }

    pub(super) async fn delete(&self, index: u32) -> io::Result<()> {
        self.handle.link().del(index).execute().await.map_err(reason)
    }

    /// Tells a bridge behind which port a hardware address is, for good.
    pub(super) async fn pin(&self, port: u32, mac: [u8; 6]) -> io::Result<()> {
        let pin = self.handle.neighbours().add_bridge(port, &mac).replace();
        pin.state(NeighbourState::Noarp)
            .flags(NeighbourFlags::Controller)
            .execute()
            .await
            .map_err(reason)
    }

    pub(super) async fn addresses(&self, index: u32) -> Result<Vec<Ipv4Net>, LinkError> {
        let get = self.handle.address().get().set_link_index_filter(index);
        let messages: Vec<_> = get
            .execute()
            .try_collect()
            .await
            .map_err(|e| refused("list", "addresses")(reason(e)))?;
        let address = |message: &rtnetlink::packet_route::address::AddressMessage| {
            message.attributes.iter().find_map(|attribute| match attribute {
                AddressAttribute::Local(IpAddr::V4(address)) => {
                    Ipv4Net::new(*address, message.header.prefix_len).ok()
                }
                _ => None,
            })
        };
        Ok(messages.iter().filter_map(address).collect())
    }

    pub(super) async fn address(&self, index: u32, address: Ipv4Net) -> io::Result<()> {
        let add = self
            .handle
            .address()
            .add(index, IpAddr::V4(address.addr()), address.prefix_len());
        add.replace().execute().await.map_err(reason)
    }

    pub(super) async fn routes(&self, links: &[Link]) -> Result<Vec<Route>, LinkError> {
        let all = RouteMessageBuilder::<Ipv4Addr>::new().table_id(0).build();
        let messages: Vec<RouteMessage> = self
            .handle
            .route()
            .get(all)
            .execute()
            .try_collect()
            .await
            .map_err(|e| refused("list", "routes")(reason(e)))?;
        Ok(messages
            .iter()
            .filter_map(|message| route(message, links))
            .collect())
    }

    pub(super) async fn route_add(&self, message: RouteMessage) -> io::Result<()> {
        self.handle.route().add(message).execute().await.map_err(reason)
    }

    pub(super) async fn route_replace(&self, message: RouteMessage) -> io::Result<()> {
        self.handle
            .route()
            .add(message)
            .replace()
            .execute()
            .await
            .map_err(reason)
    }

    pub(super) async fn route_del(&self, message: RouteMessage) -> io::Result<()> {
        self.handle.route().del(message).execute().await.map_err(reason)
    }
}

impl Drop for Netlink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The kernel's reason in an error of the library's.
fn reason(error: rtnetlink::Error) -> io::Error {
    match error {
        rtnetlink::Error::NetlinkError(message) => message.to_io(),
        other => io::Error::other(other),
    }
}

fn link(message: &LinkMessage) -> Link {
    let up = message.header.flags.contains(LinkFlags::Up);
    let mut link = Link {
        index: message.header.index,
        name: String::new(),
        up,
        mtu: 0,
        mac: Vec::new(),
        controller: None,
        peer: None,
        carries: false,
    };
    let (mut live, mut passes) = (false, true);
    for attribute in &message.attributes {
        match attribute {
            LinkAttribute::IfName(name) => link.name.clone_from(name),
            LinkAttribute::Mtu(mtu) => link.mtu = *mtu,
            LinkAttribute::Address(mac) => link.mac.clone_from(mac),
            LinkAttribute::Controller(index) => link.controller = Some(*index).filter(|index| *index != 0),
            LinkAttribute::Link(index) => link.peer = Some(*index),
            LinkAttribute::OperState(state) => live = *state == State::Up,
            LinkAttribute::LinkInfo(infos) => passes = infos.iter().all(passes_frames),
            _ => {}
        }
    }
    link.carries = live && passes;
    link
}

/// Whether this is not about a bridge's port, or about one that is open.
fn passes_frames(info: &LinkInfo) -> bool {
    let LinkInfo::PortData(InfoPortData::BridgePort(options)) = info else {
        return true;
    };
    options.iter().all(
        |option| !matches!(option, InfoBridgePort::State(state) if *state != BridgePortState::Forwarding),
    )
}

fn route(message: &RouteMessage, links: &[Link]) -> Option<Route> {
    let header = &message.header;
    if matches!(
        header.kind,
        RouteType::Local | RouteType::Broadcast | RouteType::Multicast | RouteType::Anycast
    ) {
        return None;
    }
    let mut route = Route {
        destination: Ipv4Net::new(Ipv4Addr::UNSPECIFIED, header.destination_prefix_length).ok()?,
        device: None,
        connected: header.protocol == RouteProtocol::Kernel && header.scope == RouteScope::Link,
        main: u32::from(header.table) == MAIN,
    };
    for attribute in &message.attributes {
        match attribute {
            RouteAttribute::Destination(RouteAddress::Inet(address)) => {
                route.destination = Ipv4Net::new(*address, header.destination_prefix_length).ok()?;
            }
            RouteAttribute::Oif(index) => {
                route.device = links
                    .iter()
                    .find(|link| link.index == *index)
                    .map(|link| link.name.clone());
            }
            RouteAttribute::MultiPath(hops) => {
                let first = hops.first().map(|hop| hop.interface_index);
                route.device = links
                    .iter()
                    .find(|link| Some(link.index) == first)
                    .map(|link| link.name.clone());
            }
            _ => {}
        }
    }
    Some(route)
}

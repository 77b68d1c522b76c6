//! What is set and opened inside a workspace's network namespace, from a thread that enters it.

use std::fs::File;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use ipnet::Ipv4Net;
use rtnetlink::RouteMessageBuilder;
use rustix::net::{AddressFamily, SocketFlags, SocketType, ipproto};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::netlink::Netlink;
use super::{Link, LinkError, at, refused};
use crate::Door;

/// How the far end of a veth pair is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inside {
    /// The namespace that holds it.
    pub netns: PathBuf,
    /// Its name there.
    pub name: String,
    /// Its hardware address.
    pub mac: [u8; 6],
    /// Its address and the prefix of its network.
    pub address: Ipv4Net,
    /// Where the default route leads.
    pub gateway: Ipv4Addr,
    /// Settings of the namespace (`net/ipv4/ping_group_range`), written before it is switched on.
    pub settings: Vec<(String, String)>,
}

// === impl Door ===

impl Door {
    /// Sets up the far end of a veth pair: settings, loopback, address, default route.
    pub async fn link_inside(&self, inside: &Inside) -> Result<(), LinkError> {
        let name = inside.name.as_str();
        set_all(self, &inside.netns, &inside.settings)?;
        let netlink = enter(&inside.netns)?;
        let lo = netlink.need("lo").await?;
        if !lo.up {
            let up = netlink.change(at(lo.index).up().build());
            self.pass_async("link.inside.lo", name, up)
                .await
                .map_err(refused("switch on", "lo"))?;
        }
        let link = netlink.need(name).await?;
        if !link.up || link.mac != inside.mac {
            let up = netlink.change(at(link.index).address(inside.mac.to_vec()).up().build());
            self.pass_async("link.inside.up", name, up)
                .await
                .map_err(refused("switch on", name))?;
        }
        if !netlink.addresses(link.index).await?.contains(&inside.address) {
            let add = netlink.address(link.index, inside.address);
            self.pass_async("link.inside.address", name, add)
                .await
                .map_err(refused("give an address to", name))?;
        }
        let route = RouteMessageBuilder::<Ipv4Addr>::new()
            .gateway(inside.gateway)
            .output_interface(link.index)
            .build();
        let add = netlink.route_replace(route);
        self.pass_async("link.inside.route", name, add)
            .await
            .map_err(refused("give a default route to", name))
    }

    /// A TCP socket of that namespace, for connecting to `address` there: it stays in the namespace
    /// whoever uses it, and nobody inside has a hand on it. It does not block.
    pub fn socket_inside(&self, netns: &Path, address: IpAddr) -> Result<OwnedFd, LinkError> {
        let family = match address {
            IpAddr::V4(_) => AddressFamily::INET,
            IpAddr::V6(_) => AddressFamily::INET6,
        };
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let open = || rustix::net::socket_with(family, SocketType::STREAM, flags, Some(ipproto::TCP));
        let made = self.pass("link.inside.socket", &netns.to_string_lossy(), || {
            within(netns, open)
        })?;
        made.map_err(|error| LinkError::Enter {
            path: netns.to_owned(),
            source: error.into(),
        })
    }

    /// Removes an interface inside a namespace; nothing happens when it is not there.
    pub async fn link_remove_inside(&self, netns: &Path, name: &str) -> Result<(), LinkError> {
        let netlink = enter(netns)?;
        let Some(link) = netlink.link(name).await? else {
            return Ok(());
        };
        match self
            .pass_async("link.inside.delete", name, netlink.delete(link.index))
            .await
        {
            Err(error) if error.raw_os_error() == Some(libc::ENODEV) => Ok(()),
            other => other.map_err(refused("remove", name)),
        }
    }
}

/// Opens a pinned namespace.
pub(super) fn open(netns: &Path) -> Result<File, LinkError> {
    File::open(netns).map_err(|source| LinkError::Enter {
        path: netns.to_owned(),
        source,
    })
}

/// Whether the other end of `link` is the interface `inner` of that namespace.
pub(super) async fn holds_peer(netns: &Path, inner: &str, link: &Link) -> Result<bool, LinkError> {
    let there = enter(netns)?.link(inner).await?;
    Ok(there.is_some_and(|there| Some(there.index) == link.peer && there.peer == Some(link.index)))
}

/// A netlink connection to a pinned namespace.
pub(super) fn enter(netns: &Path) -> Result<Netlink, LinkError> {
    let runtime = tokio::runtime::Handle::current();
    within(netns, move || {
        let _runtime = runtime.enter();
        Netlink::here()
    })?
}

fn set_all(door: &Door, netns: &Path, settings: &[(String, String)]) -> Result<(), LinkError> {
    within(netns, || {
        settings
            .iter()
            .try_for_each(|(key, value)| set(door, Some(netns), key, value))
    })?
}

/// Sets one kernel setting of the calling thread's namespace, unless it has that value.
pub(super) fn set(door: &Door, netns: Option<&Path>, key: &str, value: &str) -> Result<(), LinkError> {
    let path = Path::new("/proc/sys").join(key);
    match std::fs::read_to_string(&path) {
        Ok(now) if now.split_whitespace().eq(value.split_whitespace()) => return Ok(()),
        // Not in this kernel, or IPv6 is off altogether.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        _ => {}
    }
    let subject = netns.map_or_else(|| key.to_owned(), |netns| format!("{key} in {}", netns.display()));
    door.pass("link.setting", &subject, || std::fs::write(&path, value))
        .map_err(|source| LinkError::Setting {
            key: key.to_owned(),
            value: value.to_owned(),
            source,
        })
}

/// Runs `act` on a thread that has entered the namespace and ends with it.
fn within<T: Send>(netns: &Path, act: impl FnOnce() -> T + Send) -> Result<T, LinkError> {
    let file = open(netns)?;
    let entered = |source: io::Error| LinkError::Enter {
        path: netns.to_owned(),
        source,
    };
    std::thread::scope(|scope| {
        let work = scope.spawn(move || {
            move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))?;
            Ok(act())
        });
        work.join()
            .unwrap_or_else(|_| Err(io::Error::other("the thread inside ended early")))
            .map_err(entered)
    })
}

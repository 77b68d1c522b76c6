//! Opening the listening sockets, or taking over those of the process before.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::time::Duration;

use rustix::net::{AddressFamily, SocketFlags, SocketType, ipproto, sockopt};

use crate::holder;

/// Where the UI is served when nothing else is asked for, and where else.
const PORTS: [u16; 2] = [443, 8443];

/// Connections that wait to be accepted.
const BACKLOG: i32 = 4096;

/// Why the gateway cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Somebody else listens there.
    #[error("port {} is in use{}: stop that program, or choose another address with --listen", address.port(), holder::tell(holders))]
    InUse {
        /// Where we wanted to listen.
        address: SocketAddr,
        /// Who listens there, as far as can be seen.
        holders: Vec<holder::Holder>,
    },
    /// Low ports are for the privileged.
    #[error("not allowed to listen on {0}: run as root, or choose a port above 1023 with --listen")]
    Denied(SocketAddr),
    /// Anything else.
    #[error("failed to listen on {address}: {source}")]
    Other {
        /// Where.
        address: SocketAddr,
        /// The operating system's reason.
        source: io::Error,
    },
}

/// Takes out of `inherited` what it uses. Opens `wanted`, or every address at 443 or else at 8443 when nothing is wanted.
/// Sockets in `inherited` that listen where we want to are used instead of new ones.
pub(crate) fn open(
    wanted: &[SocketAddr],
    inherited: &mut Vec<TcpListener>,
) -> Result<Vec<TcpListener>, ListenError> {
    if !wanted.is_empty() {
        return wanted
            .iter()
            .map(|&address| take_or_bind(address, inherited))
            .collect();
    }
    let [first, second] = PORTS.map(every_address);
    let port_of = |listener: &TcpListener| listener.local_addr().map(|address| address.port()).ok();
    if inherited
        .iter()
        .any(|listener| port_of(listener) == Some(PORTS[1]))
    {
        return Ok(vec![take_or_bind(second, inherited)?]);
    }
    match take_or_bind(first, inherited) {
        Ok(listener) => Ok(vec![listener]),
        Err(ListenError::Other { address, source }) => Err(ListenError::Other { address, source }),
        Err(_) => Ok(vec![take_or_bind(second, inherited)?]),
    }
}

/// Binds one address. `[::]` means IPv4 too, and falls back to it where there is no IPv6.
pub(crate) fn bind(address: SocketAddr) -> Result<TcpListener, ListenError> {
    let bound = match try_bind(address) {
        Err(error)
            if address.ip() == Ipv6Addr::UNSPECIFIED && error.raw_os_error() == Some(libc::EAFNOSUPPORT) =>
        {
            try_bind(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), address.port()))
        }
        bound => bound,
    };
    bound.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ListenError::InUse {
            address,
            holders: holder::of_port(address.port()),
        },
        io::ErrorKind::PermissionDenied => ListenError::Denied(address),
        _ => ListenError::Other { address, source },
    })
}

/// Binds one port at each of `ips`; the one that 0 gives at the first.
pub(crate) fn everywhere(
    ips: &[IpAddr],
    port: u16,
    inherited: &mut Vec<TcpListener>,
) -> Result<Vec<TcpListener>, ListenError> {
    let mut listeners: Vec<TcpListener> = Vec::new();
    for &ip in ips {
        let taken = listeners.first().and_then(|first| first.local_addr().ok());
        let port = taken.map_or(port, |taken| taken.port());
        listeners.push(take_or_bind(SocketAddr::new(ip, port), inherited)?);
    }
    Ok(listeners)
}

/// Every address of both families, through one socket.
pub(crate) fn every_address(port: u16) -> SocketAddr {
    SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port)
}

/// Small messages at once, and news of clients that vanish without a word.
pub(crate) fn tune(stream: &tokio::net::TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, Duration::from_mins(1))?;
    sockopt::set_tcp_keepintvl(stream, Duration::from_secs(15))?;
    sockopt::set_tcp_keepcnt(stream, 4)?;
    Ok(())
}

fn take_or_bind(address: SocketAddr, inherited: &mut Vec<TcpListener>) -> Result<TcpListener, ListenError> {
    let same = |listener: &TcpListener| {
        let local = listener.local_addr().ok();
        local == Some(address) || local.is_some_and(|local| both_every(local, address))
    };
    match inherited.iter().position(same) {
        Some(at) => {
            let listener = inherited.swap_remove(at);
            let ready = listener.set_nonblocking(true);
            ready
                .map(|()| listener)
                .map_err(|source| ListenError::Other { address, source })
        }
        None => bind(address),
    }
}

/// `0.0.0.0` stands for `[::]` where there is no IPv6.
fn both_every(local: SocketAddr, wanted: SocketAddr) -> bool {
    let every = |ip: IpAddr| ip.is_unspecified();
    local.port() == wanted.port() && every(local.ip()) && every(wanted.ip())
}

fn try_bind(address: SocketAddr) -> io::Result<TcpListener> {
    let family = if address.is_ipv4() {
        AddressFamily::INET
    } else {
        AddressFamily::INET6
    };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(family, SocketType::STREAM, flags, Some(ipproto::TCP))?;
    // Without it, connections of a gateway that just ended would hold the port for a minute.
    sockopt::set_socket_reuseaddr(&socket, true)?;
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(&socket, address.ip() != Ipv6Addr::UNSPECIFIED)?;
    }
    rustix::net::bind(&socket, &address)?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(TcpListener::from(socket))
}

#[cfg(test)]
mod tests;

//! The sockets of one gateway address, and what is taken from each client at once.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::answer::{self, Decision, LARGEST};
use super::upstream::Upstream;
use super::zone::Zone;

/// Where names are asked for.
const PORT: u16 = 53;
/// Questions of one client that are worked on at once; more are dropped, and asked again.
const QUESTIONS: usize = 64;
/// Connections of one client.
const CONNECTIONS: usize = 8;
/// Questions and connections of all clients together.
const EVERYBODY: usize = 2048;
/// How long a connection may be silent, or take for one question or answer.
const SILENCE: Duration = Duration::from_secs(10);
/// Clients that wait to be accepted.
const BACKLOG: i32 = 64;

/// What all listeners share.
#[derive(Debug)]
pub struct Service {
    /// The names.
    pub zone: RwLock<Arc<Zone>>,
    /// The host's resolvers.
    pub upstream: Upstream,
    /// What is in work for whom.
    pub load: Arc<Load>,
}

/// Counts what is in work, for each client and altogether.
#[derive(Debug, Default)]
pub struct Load {
    counts: Mutex<HashMap<(Ipv4Addr, bool), usize>>,
}

/// One thing in work; counted until it is dropped.
#[derive(Debug)]
pub struct Place {
    load: Arc<Load>,
    key: (Ipv4Addr, bool),
}

/// The listeners of one gateway; they end when this is dropped.
#[derive(Debug)]
pub struct Listener {
    _tasks: JoinSet<()>,
}

// === impl Load ===

impl Load {
    /// A place for one more question (or connection) of this client, if there is one.
    pub fn enter(self: &Arc<Self>, client: Ipv4Addr, connection: bool) -> Option<Place> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = if connection { CONNECTIONS } else { QUESTIONS };
        let key = (client, connection);
        if counts.get(&key).copied().unwrap_or(0) >= limit || counts.values().sum::<usize>() >= EVERYBODY {
            return None;
        }
        *counts.entry(key).or_default() += 1;
        Some(Place {
            load: self.clone(),
            key,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.load.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

// === impl Listener ===

impl Listener {
    /// Listens on a gateway address, for what comes through its bridge only.
    pub fn open(service: &Arc<Service>, bridge: &str, gateway: Ipv4Addr) -> io::Result<Self> {
        let address = SocketAddr::V4(SocketAddrV4::new(gateway, PORT));
        let udp = socket(bridge, address, Type::DGRAM, Protocol::UDP)?;
        let tcp = socket(bridge, address, Type::STREAM, Protocol::TCP)?;
        tcp.listen(BACKLOG)?;
        let udp = Arc::new(UdpSocket::from_std(udp.into())?);
        let tcp = TcpListener::from_std(tcp.into())?;
        let mut tasks = JoinSet::new();
        tasks.spawn(serve_udp(service.clone(), udp, bridge.to_owned()));
        tasks.spawn(serve_tcp(service.clone(), tcp, bridge.to_owned()));
        Ok(Self { _tasks: tasks })
    }
}

fn socket(bridge: &str, address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, kind.nonblocking(), Some(protocol))?;
    socket.bind_device(Some(bridge.as_bytes()))?;
    socket.set_freebind_v4(true)?;
    if protocol == Protocol::TCP {
        // Connections of the forwarder before this one may still be closing.
        socket.set_reuse_address(true)?;
    }
    socket.bind(&address.into())?;
    Ok(socket)
}

async fn serve_udp(service: Arc<Service>, socket: Arc<UdpSocket>, bridge: String) {
    // One more than the largest, so that a larger one is seen to be.
    let mut buffer = vec![0; LARGEST + 1];
    let mut tasks = JoinSet::new();
    loop {
        let (length, client) = match socket.recv_from(&mut buffer).await {
            Ok((length, SocketAddr::V4(client))) => (length, client),
            Ok(_) => continue,
            // Such as an unreachable client of the answer before; pauses should it go on and on.
            Err(error) => {
                tracing::debug!(%bridge, %error, "a question could not be received");
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            }
        };
        while tasks.try_join_next().is_some() {}
        let place = service.load.enter(*client.ip(), false);
        let (Some(place), true) = (place, length <= LARGEST) else {
            continue;
        };
        let (service, socket, bridge) = (service.clone(), socket.clone(), bridge.clone());
        let question = buffer[..length].to_vec();
        tasks.spawn(async move {
            let _place = place;
            if let Some(answer) = respond(&service, &bridge, *client.ip(), &question, true).await {
                let _ = socket.send_to(&answer, client).await;
            }
        });
    }
}

async fn serve_tcp(service: Arc<Service>, listener: TcpListener, bridge: String) {
    let mut tasks = JoinSet::new();
    loop {
        let (stream, client) = match listener.accept().await {
            Ok((stream, SocketAddr::V4(client))) => (stream, *client.ip()),
            Ok(_) => continue,
            Err(error) => {
                tracing::debug!(%bridge, %error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            }
        };
        while tasks.try_join_next().is_some() {}
        let Some(place) = service.load.enter(client, true) else {
            continue;
        };
        let (service, bridge) = (service.clone(), bridge.clone());
        tasks.spawn(async move {
            let _place = place;
            // The client's end, its silence and its errors all end the connection alike.
            let _ = converse(&service, &bridge, client, stream).await;
        });
    }
}

async fn converse(
    service: &Service,
    bridge: &str,
    client: Ipv4Addr,
    mut stream: TcpStream,
) -> io::Result<()> {
    loop {
        let length = usize::from(timeout(SILENCE, stream.read_u16()).await??);
        if length > LARGEST {
            return Ok(());
        }
        let mut question = vec![0; length];
        timeout(SILENCE, stream.read_exact(&mut question)).await??;
        let Some(answer) = respond(service, bridge, client, &question, false).await else {
            return Ok(());
        };
        let length = u16::try_from(answer.len()).map_err(io::Error::other)?;
        let framed = [&length.to_be_bytes()[..], &answer].concat();
        timeout(SILENCE, stream.write_all(&framed)).await??;
    }
}

async fn respond(
    service: &Service,
    bridge: &str,
    client: Ipv4Addr,
    bytes: &[u8],
    udp: bool,
) -> Option<Vec<u8>> {
    let zone = service
        .zone
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let network = zone.networks.iter().find(|network| network.bridge == bridge)?;
    match answer::decide(bytes, client, network, zone.pool) {
        Decision::Reply(answer) => Some(answer),
        Decision::Ignore => None,
        Decision::Forward(question) => Some(
            service
                .upstream
                .ask(&question, udp)
                .await
                .unwrap_or_else(|| answer::failure(&question)),
        ),
    }
}

#[cfg(test)]
mod tests;

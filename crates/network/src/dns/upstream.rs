//! Asking the host's resolvers.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use super::answer::{self, LARGEST, Question};

/// How long one resolver is waited for.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many of the host's resolvers are tried, as libc does.
const RESOLVERS: usize = 3;
/// Most bytes of `resolv.conf` that mean anything.
const CONF_LIMIT: usize = 64 << 10;

/// The resolvers that the host itself asks, as its `resolv.conf` names them now.
#[derive(Debug)]
pub struct Upstream {
    conf: PathBuf,
    known: Mutex<(Option<SystemTime>, Vec<SocketAddr>)>,
}

// === impl Upstream ===

impl Upstream {
    /// The resolvers of a `resolv.conf`, read again whenever it changes.
    pub fn new(conf: PathBuf) -> Self {
        Self {
            conf,
            known: Mutex::default(),
        }
    }

    /// Asks one resolver after the other; none when nobody answers.
    pub async fn ask(&self, question: &Question, udp: bool) -> Option<Vec<u8>> {
        for resolver in self.resolvers() {
            match timeout(PATIENCE, exchange(resolver, question, udp)).await {
                Ok(Ok(answer)) => return Some(answer),
                Ok(Err(error)) => tracing::debug!(%resolver, %error, "a resolver gave no answer"),
                Err(_) => tracing::debug!(%resolver, "a resolver did not answer in time"),
            }
        }
        None
    }

    fn resolvers(&self) -> Vec<SocketAddr> {
        let changed = std::fs::metadata(&self.conf)
            .and_then(|meta| meta.modified())
            .ok();
        let Ok(mut known) = self.known.lock() else {
            return Vec::new();
        };
        if known.0 != changed || changed.is_none() {
            let text = std::fs::read(&self.conf).unwrap_or_default();
            *known = (changed, resolvers(&text));
        }
        known.1.clone()
    }
}

/// The resolvers that a `resolv.conf` names; the host itself when it names none, as libc does.
pub fn resolvers(conf: &[u8]) -> Vec<SocketAddr> {
    let text = String::from_utf8_lossy(&conf[..conf.len().min(CONF_LIMIT)]);
    let server = |line: &str| {
        let mut words = line.split_whitespace();
        let address = (words.next() == Some("nameserver"))
            .then(|| words.next())
            .flatten()?;
        Some(SocketAddr::new(address.parse::<IpAddr>().ok()?, 53))
    };
    let found: Vec<SocketAddr> = text.lines().filter_map(server).take(RESOLVERS).collect();
    if found.is_empty() {
        vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 53))]
    } else {
        found
    }
}

async fn exchange(resolver: SocketAddr, question: &Question, udp: bool) -> io::Result<Vec<u8>> {
    let answer = over_udp(resolver, question, udp).await?;
    if udp || !answer::is_truncated(&answer) {
        return Ok(answer);
    }
    over_tcp(resolver, question).await
}

/// The number under which a question is passed on: unlike the asker's, nobody else knows it.
fn fresh(question: &Question) -> (u16, Vec<u8>) {
    let (id, mut bytes) = (rand::random::<u16>(), question.bytes.clone());
    bytes[..2].copy_from_slice(&id.to_be_bytes());
    (id, bytes)
}

async fn over_udp(resolver: SocketAddr, question: &Question, udp: bool) -> io::Result<Vec<u8>> {
    let any = if resolver.is_ipv4() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED)
    } else {
        IpAddr::V6(Ipv6Addr::UNSPECIFIED)
    };
    // A socket for each question: its port is the kernel's choice, and connected, it hears nobody else.
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(resolver).await?;
    let (id, bytes) = fresh(question);
    socket.send(&bytes).await?;
    let mut buffer = vec![0; LARGEST];
    loop {
        let length = socket.recv(&mut buffer).await?;
        if let Some(answer) = answer::relay(question, id, buffer[..length].to_vec(), udp) {
            return Ok(answer);
        }
    }
}

async fn over_tcp(resolver: SocketAddr, question: &Question) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(resolver).await?;
    let (id, bytes) = fresh(question);
    let length = u16::try_from(bytes.len()).map_err(io::Error::other)?;
    stream
        .write_all(&[&length.to_be_bytes()[..], &bytes].concat())
        .await?;
    let length = stream.read_u16().await?;
    let mut buffer = vec![0; usize::from(length)];
    stream.read_exact(&mut buffer).await?;
    answer::relay(question, id, buffer, false).ok_or_else(|| io::Error::other("an answer to something else"))
}

#[cfg(test)]
mod tests;

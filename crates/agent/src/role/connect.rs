//! Connections to ports inside, on loopback addresses only.

use std::cell::Cell;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::agent::{Agent, Meters};
use super::connection::Connection;
use crate::wire::{Code, Done, Refusal};

/// Bytes moved at once.
const BUFFER: usize = 32 << 10;

/// Counts a connection for as long as it is open.
struct Open<'a>(&'a Meters);

/// Serves the operation `connect`.
pub async fn serve(agent: &Agent, port: u16, mut connection: Connection) -> io::Result<()> {
    let inside = match dial(port).await {
        Ok(inside) => inside,
        Err(error) => {
            let message = format!("nothing inside listens on port {port}: {error}");
            return connection.refuse(Refusal::new(Code::Refused, message)).await;
        }
    };
    // Small answers must not wait for more.
    inside.set_nodelay(true)?;
    connection.reply(Ok(Done {})).await?;
    let _open = Open::new(&agent.meters);
    let (outside, ahead) = connection.into_raw()?;
    let (mut inside_read, mut inside_write) = inside.into_split();
    let (mut outside_read, mut outside_write) = outside.into_split();
    let bytes = &agent.meters.port_bytes;
    inside_write.write_all(&ahead).await?;
    // Each direction ends by itself; one that breaks ends both.
    tokio::try_join!(
        copy(&mut outside_read, &mut inside_write, bytes),
        copy(&mut inside_read, &mut outside_write, bytes),
    )?;
    Ok(())
}

async fn dial(port: u16) -> io::Result<TcpStream> {
    match TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
        Ok(stream) => Ok(stream),
        Err(first) => TcpStream::connect((Ipv6Addr::LOCALHOST, port))
            .await
            .map_err(|_| first),
    }
}

async fn copy(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    bytes: &Cell<u64>,
) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..length]).await?;
        bytes.set(bytes.get().saturating_add(length as u64));
    }
}

// === impl Open ===

impl<'a> Open<'a> {
    fn new(meters: &'a Meters) -> Self {
        meters.port_connections.set(meters.port_connections.get() + 1);
        Self(meters)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.port_connections.set(self.0.port_connections.get() - 1);
    }
}

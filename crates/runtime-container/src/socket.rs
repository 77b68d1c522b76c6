//! Ways into a sandbox: the agent's socket, bound here and inherited by the agent, its path only on
//! the host; and the ports on its loopback addresses, by sockets of its network namespace.

use std::fs::{self, File};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use toft_agent::BoxStream;
use toft_effects::Door;
use tokio::net::TcpSocket;

use crate::error::{Error, file};

/// Its name in the sandbox's directory.
pub(crate) const NAME: &str = "agent.sock";

/// A listening socket in the sandbox's directory, in place of one from before.
pub(crate) fn listen(dir: &Path) -> Result<OwnedFd, Error> {
    let path = dir.join(NAME);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(file("remove", &path)(error)),
        _ => {}
    }
    let (_dir, short) = shortened(dir).map_err(file("open", dir))?;
    let listener = UnixListener::bind(short).map_err(file("listen at", &path))?;
    Ok(listener.into())
}

/// Whether anybody holds the listening socket. Does not wait, however busy they are.
pub(crate) fn is_held(dir: &Path) -> bool {
    let tried = || -> io::Result<()> {
        let (_dir, short) = shortened(dir)?;
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
        Ok(rustix::net::connect(&socket, &SocketAddrUnix::new(short)?)?)
    };
    match tried() {
        Ok(()) => true,
        // Only their queue is full.
        Err(error) => error.kind() == io::ErrorKind::WouldBlock,
    }
}

/// A new connection to the agent.
pub(crate) async fn connect(dir: &Path) -> io::Result<BoxStream> {
    let (_dir, short) = shortened(dir)?;
    Ok(Box::new(tokio::net::UnixStream::connect(short).await?))
}

/// A new connection to a port inside.
pub(crate) async fn connect_port(door: &Door, netns: &Path, port: u16) -> io::Result<BoxStream> {
    let dial = async |address: IpAddr| {
        let socket = door
            .socket_inside(netns, address)
            .map_err(|error| io::Error::new(io::ErrorKind::NotFound, error))?;
        let stream = TcpSocket::from_std_stream(socket.into())
            .connect(SocketAddr::new(address, port))
            .await?;
        // Small requests must not wait for more.
        stream.set_nodelay(true)?;
        io::Result::Ok(Box::new(stream) as BoxStream)
    };
    match dial(Ipv4Addr::LOCALHOST.into()).await {
        Err(first) if first.kind() == io::ErrorKind::ConnectionRefused => {
            dial(Ipv6Addr::LOCALHOST.into()).await.map_err(|_| first)
        }
        other => other,
    }
}

/// A path that fits a socket address, whatever the length of the real one, and what it needs to
/// stay valid.
fn shortened(dir: &Path) -> io::Result<(File, PathBuf)> {
    let dir = File::open(dir)?;
    let short = PathBuf::from(format!("/proc/self/fd/{}", dir.as_raw_fd())).join(NAME);
    Ok((dir, short))
}

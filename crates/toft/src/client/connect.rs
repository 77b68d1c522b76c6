//! Ways to a daemon: a Unix socket in its data directory, or TLS over TCP.
//!
//! Names are resolved without the C library, which a static program cannot rely on;
//! `localhost` and everything below it is this machine (RFC 6761, section 6.3).

use std::fmt;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use super::tls;
use crate::failure::{Context, Failure, Outcome};

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where a daemon is.
#[derive(Clone)]
pub enum Endpoint {
    /// On this machine, with this data directory.
    Local(PathBuf),
    /// Anywhere.
    Remote(Remote),
}

/// A daemon behind a URL.
#[derive(Clone)]
pub struct Remote {
    host: String,
    port: u16,
    tls: Arc<rustls::ClientConfig>,
}

/// A byte stream to a daemon.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

// === impl Endpoint ===

impl Endpoint {
    /// The daemon at `https://HOST[:PORT]`, whose certificate the system or `ca` (PEM) vouches for.
    ///
    /// # Errors
    /// The URL is not of this form.
    pub fn remote(url: &str, ca: Option<&str>) -> Outcome<Self> {
        let (host, port) = parse(url)?;
        Ok(Self::Remote(Remote {
            host,
            port,
            tls: tls::trusting(ca)?,
        }))
    }

    /// The same, with this TLS configuration.
    ///
    /// # Errors
    /// The URL is not of the form `https://HOST[:PORT]`.
    pub fn remote_with(url: &str, tls: Arc<rustls::ClientConfig>) -> Outcome<Self> {
        let (host, port) = parse(url)?;
        Ok(Self::Remote(Remote { host, port, tls }))
    }

    /// What stands in `Host`.
    pub fn authority(&self) -> String {
        match self {
            Self::Local(_) => "localhost".to_owned(),
            Self::Remote(remote) if remote.port == 443 => remote.host.clone(),
            Self::Remote(remote) => format!("{}:{}", remote.host, remote.port),
        }
    }

    /// Connects.
    ///
    /// # Errors
    /// The daemon is not there, or its certificate is not trusted.
    pub async fn open(&self) -> Outcome<Box<dyn Wire>> {
        match self {
            Self::Local(dir) => local(dir).await.map(|stream| Box::new(stream) as Box<dyn Wire>),
            Self::Remote(remote) => remote.open().await,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(dir) => write!(f, "the daemon of {}", dir.display()),
            Self::Remote(_) => write!(f, "https://{}", self.authority()),
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

// === impl Remote ===

impl Remote {
    async fn open(&self) -> Outcome<Box<dyn Wire>> {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        let addresses = resolve(bare, self.port).await?;
        let tcp = tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(addresses.as_slice()))
            .await
            .map_err(|_| {
                Failure::new(format!(
                    "{} did not answer within {} s",
                    self.host,
                    CONNECT_TIMEOUT.as_secs()
                ))
                .unanswered()
            })?
            .context(|| format!("connect to {}:{}", self.host, self.port))
            .map_err(Failure::unanswered)?;
        let _ = tcp.set_nodelay(true);
        let name = ServerName::try_from(bare.to_owned())
            .context(|| format!("understand the host '{}'", self.host))?;
        let tls = tokio_rustls::TlsConnector::from(self.tls.clone());
        let stream = tls.connect(name, tcp).await.map_err(|error| {
            let failure = Failure::new(format!(
                "failed to make a secure connection to {}: {error}",
                self.host
            ));
            // A certificate that is not trusted is an error of its own kind.
            if matches!(
                error.kind(),
                ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset
            ) {
                return failure.unanswered();
            }
            failure.hint(format!(
                "toft login https://{}:{}   (asks you to trust its certificate)",
                self.host, self.port
            ))
        })?;
        Ok(Box::new(stream))
    }
}

/// The socket of a data directory. Its path may be longer than a socket's address can be, so the
/// directory is opened and the socket named below it.
async fn local(dir: &Path) -> Outcome<UnixStream> {
    let missing = |error: std::io::Error| match error.kind() {
        ErrorKind::PermissionDenied => {
            Failure::new(format!("no permission to use the daemon of {}", dir.display()))
                .hint("run it as root (sudo toft …) or join the group: sudo usermod -aG toft $USER")
        }
        _ => Failure::new(format!(
            "no daemon runs with the data directory {}",
            dir.display()
        ))
        .hint("start one with `toft up`, or name another: --data-dir DIR, TOFT_URL, or `toft login URL`")
        .unanswered(),
    };
    let folder = std::fs::File::open(dir).map_err(missing)?;
    let path = format!("/proc/self/fd/{}/toft.sock", folder.as_raw_fd());
    UnixStream::connect(path).await.map_err(missing)
}

fn parse(url: &str) -> Outcome<(String, u16)> {
    let wrong = || {
        Failure::new(format!("'{url}' is not a Toft's address"))
            .hint("write it as https://HOST or https://HOST:PORT")
    };
    let uri: Uri = url.parse().map_err(|_| wrong())?;
    if uri.scheme_str() != Some("https") {
        return Err(wrong());
    }
    let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
    Ok((host.to_owned(), uri.port_u16().unwrap_or(443)))
}

async fn resolve(host: &str, port: u16) -> Outcome<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    if host == "localhost" || host.ends_with(".localhost") {
        return Ok(vec![
            SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            SocketAddr::from((Ipv6Addr::LOCALHOST, port)),
        ]);
    }
    let doing = || format!("look up the host '{host}'");
    let resolver = hickory_resolver::TokioResolver::builder_tokio()
        .context(doing)?
        .build()
        .context(doing)?;
    let found = resolver.lookup_ip(host).await.context(doing)?;
    Ok(found
        .iter()
        .map(|address| SocketAddr::new(address, port))
        .collect())
}

#[cfg(test)]
mod tests;

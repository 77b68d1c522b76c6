//! The one client of all that goes over HTTPS: TLS 1.3 with the authority checked, HTTP/1.1.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{ACCEPT, COOKIE, HOST, USER_AGENT};
use hyper::{Request, http};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::failure::{Context, Failure};

/// A stream that the server has proven itself on.
pub type Secure = TlsStream<TcpStream>;

/// Trusts one authority and nothing else.
#[derive(Clone)]
pub struct Client {
    tls: TlsConnector,
}

/// Where requests go, and with what.
#[derive(Clone, Debug)]
pub struct Aim {
    /// Whom it is about, for messages.
    pub name: &'static str,
    /// A port on 127.0.0.1.
    pub port: u16,
    /// What its certificate and the requests say.
    pub host: String,
    /// The `Cookie` field; empty if none is needed.
    pub cookie: String,
}

// === impl Aim ===

impl Aim {
    /// Host and port, as a URL has them.
    pub fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// A request for `path`, to be completed.
    pub fn get(&self, path: &str) -> http::request::Builder {
        let request = Request::get(path)
            .header(HOST, self.authority())
            .header(USER_AGENT, "toft-bench")
            .header(ACCEPT, "*/*");
        if self.cookie.is_empty() {
            request
        } else {
            request.header(COOKIE, &self.cookie)
        }
    }
}

// === impl Client ===

impl Client {
    /// Trusts the authority in the file.
    pub fn trusting(authority: &Path) -> Result<Self, Failure> {
        let doing = || format!("trust the authority in {}", authority.display());
        let certificate = CertificateDer::from_pem_file(authority).context(doing)?;
        let mut roots = RootCertStore::empty();
        roots.add(certificate).context(doing)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .context(doing)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let tls = TlsConnector::from(Arc::new(config));
        Ok(Self { tls })
    }

    /// An encrypted connection; the other end has proven that it is the host.
    pub async fn connect(&self, aim: &Aim) -> Result<Secure, Failure> {
        let doing = || format!("connect to {} at {}", aim.name, aim.authority());
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, aim.port));
        let stream = TcpStream::connect(address).await.context(doing)?;
        stream.set_nodelay(true).context(doing)?;
        let name = ServerName::try_from(aim.host.clone()).context(doing)?;
        self.tls.connect(name, stream).await.context(doing)
    }

    /// The same, ready for requests without bodies.
    pub async fn open(&self, aim: &Aim) -> Result<SendRequest<Empty<Bytes>>, Failure> {
        let stream = TokioIo::new(self.connect(aim).await?);
        let opened = http1::handshake(stream).await;
        let (sender, connection) = opened.context(|| format!("speak HTTP to {}", aim.name))?;
        // How it ends, the request on it is told.
        tokio::spawn(connection);
        Ok(sender)
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

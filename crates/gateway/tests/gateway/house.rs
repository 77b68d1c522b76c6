//! A house to knock at: a gateway on loopback with a UI, two workspaces' apps and two people.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tempfile::TempDir;
use toft_gateway::{
    AppHost, AppName, AppRoute, Apps, Body, Bound, BoxError, BoxStream, ConnInfo, ConnectError, Credential,
    Domain, Gateway, GatewayConfig, HostSession, Identity, RouteError, Sessions, Ui, Visibility,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

pub const DOMAIN: &str = "toft.localhost";
/// Alice's private app.
pub const PRIVATE: &str = "web--lab--alice.toft.localhost";
/// Alice's public app.
pub const PUBLIC: &str = "site--lab--alice.toft.localhost";
/// Mallory's private app.
pub const OTHER: &str = "web--den--mallory.toft.localhost";
/// Alice's token.
pub const TOKEN: &str = "toft_alice0123456789";
/// The UI's and the host sessions' cookie values of alice's.
pub const SESSION: &str = "alice-session-value";

pub type Reply = Response<UnsyncBoxBody<Bytes, BoxError>>;

pub struct House {
    pub gateway: Option<Gateway>,
    pub address: SocketAddr,
    pub world: Arc<World>,
    pub dir: TempDir,
}

/// The people and workspaces behind the gateway.
#[derive(Default)]
pub struct World {
    pub sessions: Mutex<HashMap<String, &'static str>>,
    pub codes: Mutex<HashMap<String, String>>,
    pub state: Mutex<State>,
    /// Ticks when something is taken back.
    pub changes: watch::Sender<u64>,
    pub connects: AtomicUsize,
    /// Requests that the app has and does not answer.
    pub waiting: Arc<AtomicUsize>,
    pub ui_calls: AtomicUsize,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Running,
    Stopped,
    Silent,
    /// Each connection is closed by the app after one response, without saying so.
    HangsUp,
}

/// A response read whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl House {
    pub fn start() -> Self {
        Self::with(|_| ())
    }

    pub fn with(change: impl FnOnce(&mut GatewayConfig)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = GatewayConfig::new(Domain::parse(DOMAIN).unwrap(), dir.path().join("tls"));
        config.listen = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))];
        config.host_names = vec!["box".to_owned(), "box.lan".to_owned()];
        change(&mut config);
        Self::open(dir, config, vec![])
    }

    pub fn open(dir: TempDir, config: GatewayConfig, inherited: Vec<std::net::TcpListener>) -> Self {
        let world = Arc::new(World::default());
        world.sessions.lock().unwrap().insert(SESSION.to_owned(), "alice");
        world
            .sessions
            .lock()
            .unwrap()
            .insert("mallory-session".to_owned(), "mallory");
        let bound = Bound::new(config, inherited).unwrap();
        let address = bound.addresses().unwrap()[0];
        let ui = Ui::new(tower::service_fn({
            let world = Arc::clone(&world);
            move |request| std::future::ready(Ok::<_, Infallible>(ui(&world, &request)))
        }));
        let gateway = bound.serve(ui, world.clone(), world.clone()).unwrap();
        Self {
            gateway: Some(gateway),
            address,
            world,
            dir,
        }
    }

    pub fn gateway(&self) -> &Gateway {
        self.gateway.as_ref().unwrap()
    }

    /// Everybody is signed out, and the gateway is told.
    pub fn revoke_all(&self) {
        self.world.sessions.lock().unwrap().clear();
        self.world.changes.send_modify(|count| *count += 1);
    }

    pub fn ca_file(&self) -> String {
        self.dir.path().join("tls/ca.pem").to_str().unwrap().to_owned()
    }

    /// A name with the gateway's port.
    pub fn at(&self, host: &str) -> String {
        format!("{host}:{}", self.address.port())
    }

    /// A TLS connection that trusts the built-in authority only.
    pub async fn tls(&self, host: &str, alpn: &[&str]) -> TlsStream<TcpStream> {
        self.tls_to(self.address, host, alpn).await
    }

    pub async fn tls_to(&self, address: SocketAddr, host: &str, alpn: &[&str]) -> TlsStream<TcpStream> {
        let tcp = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from(host.to_owned()).unwrap();
        self.connector(alpn).connect(name, tcp).await.unwrap()
    }

    pub fn connector(&self, alpn: &[&str]) -> tokio_rustls::TlsConnector {
        let mut roots = rustls::RootCertStore::empty();
        let pem = self.gateway().certificates().ca_pem().to_owned();
        roots
            .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        tokio_rustls::TlsConnector::from(Arc::new(config))
    }

    /// One HTTP/1.1 request; `Host` is the host with the gateway's port.
    pub async fn send(&self, host: &str, request: http::request::Builder) -> Answer {
        self.send_body(host, request, "").await
    }

    pub async fn send_body(&self, host: &str, request: http::request::Builder, body: &str) -> Answer {
        let request = request
            .header("host", self.at(host))
            .body(Full::from(body.to_owned()))
            .unwrap();
        self.exchange(self.address, host, request).await
    }

    pub async fn exchange(&self, to: SocketAddr, host: &str, request: Request<Full<Bytes>>) -> Answer {
        let io = TokioIo::new(
            self.tls_to(to, host.split(':').next().unwrap(), &["http/1.1"])
                .await,
        );
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        Answer::of(sender.send_request(request).await.unwrap()).await
    }

    pub async fn h2(&self, host: &str) -> hyper::client::conn::http2::SendRequest<Full<Bytes>> {
        let io = TokioIo::new(self.tls(host, &["h2"]).await);
        let executor = TokioExecutor::new();
        let (sender, connection) = hyper::client::conn::http2::handshake(executor, io).await.unwrap();
        tokio::spawn(connection);
        sender
    }

    /// Raw bytes in, everything that comes back until the server closes.
    pub async fn raw(&self, host: &str, bytes: &str) -> String {
        let mut stream = self.tls(host, &["http/1.1"]).await;
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut back = Vec::new();
        // A close without TLS' goodbye is an answer too.
        let _ = stream.read_to_end(&mut back).await;
        String::from_utf8_lossy(&back).into_owned()
    }

    /// A request signed in as alice, with the cookie of the host.
    pub fn signed_in(method: &str, path: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header("cookie", format!("__Host-toft={SESSION}"))
    }
}

impl Answer {
    pub async fn of(response: Response<Incoming>) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Self {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers
            .get_all(name)
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect()
    }

    /// A field of the request as the app saw it (`echo` below).
    pub fn saw(&self, name: &str) -> Vec<&str> {
        let prefix = format!("{name}: ");
        self.body
            .lines()
            .filter_map(|line| line.strip_prefix(&prefix))
            .collect()
    }
}

fn ui(world: &World, request: &Request<Body>) -> Response<Body> {
    world.ui_calls.fetch_add(1, Ordering::SeqCst);
    let info = *request.extensions().get::<ConnInfo>().unwrap();
    let path = request.uri().path_and_query().unwrap();
    let text = format!("ui {} {path} from {}", request.method(), info.peer.ip());
    Response::new(Full::from(text).map_err(|never| match never {}).boxed_unsync())
}

#[async_trait]
impl Apps for World {
    async fn route(&self, host: &AppHost) -> Result<AppRoute, RouteError> {
        let known = matches!(
            (&host.app, host.workspace.as_str(), host.owner.as_str()),
            (AppName::Name(_) | AppName::Port(_), "lab", "alice") | (_, "den", "mallory")
        );
        let public = host.app == AppName::Name("site".to_owned());
        known
            .then(|| AppRoute {
                workspace: format!("{}/{}", host.owner, host.workspace).into(),
                generation: 1,
                port: if public { 80 } else { 8080 },
                visibility: if public {
                    Visibility::Public
                } else {
                    Visibility::Private
                },
            })
            .ok_or_else(|| RouteError::NotFound(host.clone()))
    }

    async fn connect(&self, _: &AppRoute) -> Result<BoxStream, ConnectError> {
        self.connects.fetch_add(1, Ordering::SeqCst);
        let state = *self.state.lock().unwrap();
        match state {
            State::Stopped => return Err(ConnectError::Stopped),
            State::Silent => return Err(ConnectError::NotAnswering("nothing listens on port 8080".into())),
            State::Running | State::HangsUp => (),
        }
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let mut builder = hyper::server::conn::http1::Builder::new();
        builder.max_header_size(256 * 1024);
        if state == State::HangsUp {
            tokio::spawn(hang_up(theirs));
        } else {
            let waiting = Arc::clone(&self.waiting);
            let app = service_fn(move |request| upstream(request, Arc::clone(&waiting)));
            let connection = builder.serve_connection(TokioIo::new(theirs), app);
            tokio::spawn(connection.with_upgrades());
        }
        Ok(Box::new(ours))
    }
}

/// Answers one request, then drops the connection as if it were kept alive and had timed out.
async fn hang_up(mut stream: tokio::io::DuplexStream) {
    let mut seen = Vec::new();
    while !seen.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut seen).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let _ = stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\none")
        .await;
    let mut next = [0; 1];
    // The next request is read and then the line goes dead.
    let _ = stream.read(&mut next).await;
}

#[async_trait]
impl Sessions for World {
    async fn identity(&self, credential: Credential<'_>) -> Option<Identity> {
        let user = match credential {
            Credential::Cookie { value, .. } => *self.sessions.lock().unwrap().get(value)?,
            Credential::Bearer(TOKEN) => "alice",
            Credential::Bearer(_) => return None,
        };
        Some(Identity {
            user: user.into(),
            session: "s1".into(),
        })
    }

    async fn allowed(&self, identity: &Identity, route: &AppRoute) -> bool {
        route.workspace.starts_with(&*identity.user)
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    async fn redeem(&self, code: &str, authority: &str) -> Option<HostSession> {
        let host = self.codes.lock().unwrap().remove(code)?;
        (host == authority).then(|| HostSession {
            value: SESSION.into(),
            max_age: Duration::from_hours(1),
        })
    }
}

/// The app: `/echo` streams the body back, `/waits` does not answer, `/ws` echoes messages, anything else tells what it saw
/// and answers with the fields that `x-reply` asks for.
async fn upstream(request: Request<Incoming>, waiting: Arc<AtomicUsize>) -> Result<Reply, Infallible> {
    if request.uri().path() == "/echo" {
        return Ok(Response::new(
            request.into_body().map_err(Into::into).boxed_unsync(),
        ));
    }
    if request.uri().path() == "/waits" {
        waiting.fetch_add(1, Ordering::SeqCst);
        return std::future::pending().await;
    }
    if request.uri().path() == "/ws" {
        return Ok(web_socket(request));
    }
    let mut text = format!("{} {}\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        writeln!(text, "{name}: {}", String::from_utf8_lossy(value.as_bytes())).unwrap();
    }
    let mut response = Response::builder();
    for reply in request.headers().get_all("x-reply") {
        let (name, value) = reply.to_str().unwrap().split_once(": ").unwrap();
        response = match name {
            "status" => response.status(value.parse::<u16>().unwrap()),
            name => response.header(name, value),
        };
    }
    let body = request
        .into_body()
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes);
    writeln!(
        text,
        "body: {}",
        String::from_utf8_lossy(&body.unwrap_or_default())
    )
    .unwrap();
    Ok(response
        .body(Full::from(text).map_err(|never| match never {}).boxed_unsync())
        .unwrap())
}

fn web_socket(mut request: Request<Incoming>) -> Reply {
    let accept = derive_accept_key(request.headers()["sec-websocket-key"].as_bytes());
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let io = TokioIo::new(upgrade.await.unwrap());
        let mut socket = WebSocketStream::from_raw_socket(io, Role::Server, None).await;
        while let Some(Ok(message)) = socket.next().await {
            if (message.is_text() || message.is_binary()) && socket.send(message).await.is_err() {
                return;
            }
        }
    });
    Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-accept", accept)
        .header("set-cookie", "__Host-toft=stolen; Path=/; Secure")
        .body(Full::default().map_err(|never| match never {}).boxed_unsync())
        .unwrap()
}

//! A connection's life: admitted, encrypted, spoken to in HTTP, drained.

use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;

use http::{Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admission::{Admission, Pending, Permit};
use crate::api::ConnInfo;
use crate::authority::{self, Authority};
use crate::config::Limits;
use crate::directory::Place;
use crate::host::AppHost;
use crate::io::{Activity, Verdict, Watched};
use crate::listen;
use crate::pages::Notice;
use crate::serve::{Client, Core};
use crate::tls::Certificates;

/// The first byte of a TLS connection: a handshake record.
const TLS_HANDSHAKE: u8 = 0x16;

/// Largest HTTP/2 window of a connection; what a client may send before anybody reads it.
const H2_CONNECTION_WINDOW: u32 = 2 << 20;
const H2_STREAM_WINDOW: u32 = 1 << 20;

/// How long a connection of HTTP/1.1 without a request outlives a hand-over. HTTP/2 has a word for
/// “no more”, HTTP/1.1 only has the next response.
pub(crate) const LINGER: std::time::Duration = std::time::Duration::from_secs(1);

/// What accepts connections and what they all need.
pub(crate) struct Acceptor {
    pub core: Arc<Core>,
    pub tls: TlsAcceptor,
    pub certificates: Arc<Certificates>,
    pub admission: Arc<Admission>,
    pub tasks: TaskTracker,
    /// Ends accepting and lets connections finish what they do.
    pub drain: CancellationToken,
}

// === impl Acceptor ===

impl Acceptor {
    /// Accepts until drained or `closed`.
    pub(crate) async fn listen(
        self: Arc<Self>,
        listener: TcpListener,
        own_port: Option<Arc<AppHost>>,
        closed: CancellationToken,
    ) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = closed.cancelled() => return,
                () = self.core.leaving.cancelled() => return,
            };
            match accepted {
                Ok((stream, peer)) => self.admit(stream, peer, own_port.clone(), &closed),
                Err(error) if is_transient(&error) => (),
                Err(error) => {
                    // Out of descriptors, as a rule: the connection stays in the backlog meanwhile.
                    tracing::warn!(%error, "cannot accept a connection");
                    sleep(std::time::Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn admit(
        self: &Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        own_port: Option<Arc<AppHost>>,
        closed: &CancellationToken,
    ) {
        let Some(permit) = self.admission.admit(peer.ip()) else {
            tracing::debug!(%peer, "refused a connection: too many are open");
            return;
        };
        let pending = self.admission.begin_handshake();
        let (this, closed) = (Arc::clone(self), closed.clone());
        self.tasks
            .spawn(async move { this.run(stream, peer, own_port, permit, pending, closed).await });
    }

    async fn run(
        self: Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        own_port: Option<Arc<AppHost>>,
        permit: Permit,
        mut pending: Pending,
        drain: CancellationToken,
    ) {
        let Ok(local) = stream.local_addr() else { return };
        if listen::tune(&stream).is_err() {
            return;
        }
        let limits = &self.core.limits;
        let opened = tokio::select! {
            opened = timeout(limits.handshake_timeout, self.open(stream)) => opened,
            () = pending.evicted() => return,
            // Nothing was asked yet: the client tries again, and finds the successor if there is one.
            () = drain.cancelled() => return,
        };
        drop(pending);
        let info = ConnInfo {
            peer: canonical(peer),
            local: canonical(local),
            tls: true,
        };
        match opened {
            Ok(Opened::Tls(stream)) => self.serve(*stream, info, own_port, permit, drain).await,
            Ok(Opened::Plain(stream)) => {
                let answered = timeout(limits.header_timeout, self.answer_plain(stream, own_port));
                // A courtesy: if the client does not wait for it, there is nothing to do.
                let _ = answered.await;
            }
            Ok(Opened::Failed) | Err(_) => (),
        }
    }

    /// Shakes hands, unless the client speaks unencrypted HTTP.
    async fn open(&self, stream: TcpStream) -> Opened {
        let mut first = [0];
        match stream.peek(&mut first).await {
            Ok(1) if first[0] == TLS_HANDSHAKE => match self.tls.accept(stream).await {
                Ok(stream) => Opened::Tls(Box::new(stream)),
                Err(error) => {
                    tracing::debug!(%error, "a TLS handshake failed");
                    Opened::Failed
                }
            },
            Ok(1) if first[0].is_ascii_uppercase() => Opened::Plain(stream),
            _ => Opened::Failed,
        }
    }

    async fn serve(
        &self,
        stream: TlsStream<TcpStream>,
        info: ConnInfo,
        own_port: Option<Arc<AppHost>>,
        permit: Permit,
        drain: CancellationToken,
    ) {
        let session = stream.get_ref().1;
        let h2 = session.alpn_protocol() == Some(b"h2");
        let asked_for = session
            .server_name()
            .map(|name| self.certificates.pick(Some(name)));
        let activity = Activity::new(!h2);
        let limits = &self.core.limits;
        let stream = Watched::new(stream, Arc::clone(&activity), limits.body_idle, permit);
        let core = &self.core;
        let client = Arc::new(Client::new(
            Arc::clone(core),
            info,
            own_port,
            asked_for,
            Arc::clone(&activity),
        ));
        let service = service_fn(move |request| Arc::clone(&client).serve(request));
        let io = TokioIo::new(stream);
        let cut = &core.cut;
        if h2 {
            let connection = http2_builder(limits).serve_connection(io, service);
            drive(
                connection,
                http2::Connection::graceful_shutdown,
                &activity,
                limits,
                Ending {
                    drain: &drain,
                    leaving: &core.leaving,
                    linger: std::time::Duration::ZERO,
                    cut,
                },
            )
            .await;
        } else {
            let connection = http1_builder(limits)
                .serve_connection(io, service)
                .with_upgrades();
            drive(
                connection,
                http1::UpgradeableConnection::graceful_shutdown,
                &activity,
                limits,
                Ending {
                    drain: &drain,
                    leaving: &core.leaving,
                    linger: LINGER,
                    cut,
                },
            )
            .await;
        }
    }

    /// Sends somebody who forgot the `s` of `https` to the right place.
    async fn answer_plain(&self, stream: TcpStream, own_port: Option<Arc<AppHost>>) -> hyper::Result<()> {
        let directory = Arc::clone(&self.core.directory);
        let service = service_fn(move |request: Request<Incoming>| {
            let host =
                authority::of(&request).and_then(|field| Authority::parse(std::str::from_utf8(field).ok()?));
            let known = host.filter(|host| directory.place(host, own_port.as_ref()) != Place::Unknown);
            let response = plain_response(&request, known.as_ref());
            async move { Ok::<_, std::convert::Infallible>(response) }
        });
        let mut builder = http1::Builder::new();
        builder
            .keep_alive(false)
            .serve_connection(TokioIo::new(stream), service)
            .await
    }
}

enum Opened {
    Tls(Box<TlsStream<TcpStream>>),
    Plain(TcpStream),
    Failed,
}

/// What ends a connection from this side.
struct Ending<'a> {
    drain: &'a CancellationToken,
    leaving: &'a CancellationToken,
    /// How long a connection without a request stays when this process is left: what the client
    /// is about to send over it is answered yet, with word that it is the last.
    linger: std::time::Duration,
    cut: &'a CancellationToken,
}

impl Ending<'_> {
    async fn told(&self) {
        tokio::select! {
            () = self.drain.cancelled() => (),
            () = async {
                self.leaving.cancelled().await;
                sleep(self.linger).await;
            } => (),
        }
    }
}

/// Runs a connection to its end: the client's, idleness, or the gateway's.
async fn drive<C: Future>(
    connection: C,
    finish: impl Fn(Pin<&mut C>),
    activity: &Activity,
    limits: &Limits,
    ending: Ending<'_>,
) {
    let mut connection = pin!(connection);
    let mut closing = false;
    loop {
        let verdict = activity.verdict(limits);
        let wait = match verdict {
            Verdict::Wait(wait) => wait,
            Verdict::Stuck => return,
            Verdict::Idle if closing => return,
            Verdict::Idle => {
                finish(connection.as_mut());
                closing = true;
                limits.handshake_timeout
            }
        };
        tokio::select! {
            // How a connection ends is the client's affair; its requests were told.
            _ = connection.as_mut() => return,
            () = ending.told(), if !closing => {
                finish(connection.as_mut());
                closing = true;
            }
            () = ending.cut.cancelled() => return,
            () = sleep(wait) => (),
        }
    }
}

fn http1_builder(limits: &Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    // Heads are watched by `Activity`, which tells a slow head from an idle connection.
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_header_size(limits.header_bytes);
    builder
}

fn http2_builder(limits: &Limits) -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.h2_streams)
        .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX))
        .initial_stream_window_size(H2_STREAM_WINDOW)
        .initial_connection_window_size(H2_CONNECTION_WINDOW)
        .max_pending_accept_reset_streams(Some(20))
        .max_local_error_reset_streams(Some(1024));
    builder
}

fn plain_response<B>(request: &Request<B>, known: Option<&Authority>) -> Response<Full<bytes::Bytes>> {
    let reads = matches!(*request.method(), http::Method::GET | http::Method::HEAD);
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let location = known
        .filter(|_| reads)
        .map(|host| format!("https://{host}{path}"));
    let Some(location) = location.and_then(|url| header::HeaderValue::from_str(&url).ok()) else {
        let detail = "This port speaks HTTPS. Write https:// in front of the address.";
        return Notice::new(StatusCode::BAD_REQUEST, "HTTPS, please", detail).respond(request.headers());
    };
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    response.headers_mut().insert(header::LOCATION, location);
    response
}

/// An IPv4 client of a socket for both families, as what it is.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Errors that concern the one connection, which is gone.
fn is_transient(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    )
}

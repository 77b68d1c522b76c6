//! The port: the page, what it asks, and its WebSockets.
//!
//! | request | answer |
//! |---|---|
//! | `GET /session` | where the session stands, as JSON |
//! | `POST /session` | the same, after it was started if it had ended |
//! | `GET /vnc` (WebSocket) | RFB with the screen, when there is one |
//! | `GET /sound` (WebSocket) | what is played, as it is (`sound`) |
//! | `GET` anything else | the page's files |

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::Serialize;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::session::{Session, State};
use crate::sound::Sound;
use crate::{RoleError, bridge, handshake, page};

/// Most connections at once; more wait. A page keeps one or two.
const CONNECTIONS: usize = 64;
/// How long a request's head may take.
const HEAD: Duration = Duration::from_secs(10);
/// How long a WebSocket waits for a screen that is being made.
const SCREEN: Duration = Duration::from_secs(30);
/// The pause after the kernel refused a connection: it has no room, and will not at once.
const PAUSE: Duration = Duration::from_millis(100);

/// What the port serves.
#[derive(Debug)]
pub struct Served {
    pub session: Session,
    pub sound: Sound,
}

/// What a page is told of the session.
#[derive(Debug, Serialize)]
struct Standing<'a> {
    #[serde(flatten)]
    state: State,
    title: &'a str,
    resolution: String,
}

/// Listens on loopback alone.
pub async fn listen(port: u16) -> Result<TcpListener, RoleError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|source| RoleError::Listen { port, source })
}

/// Serves for ever.
pub async fn serve(listener: TcpListener, served: Arc<Served>) -> Infallible {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let seat = Arc::clone(&room).acquire_owned().await;
        let Ok((stream, _)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        let served = Arc::clone(&served);
        tokio::spawn(async move {
            let seat = Arc::new(seat);
            connection(stream, &served, &seat).await;
        });
    }
}

async fn connection<S: Send + Sync + 'static>(stream: TcpStream, served: &Arc<Served>, seat: &Arc<S>) {
    // What waits for more bytes waits longer than a pointer should.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let (served, seat) = (Arc::clone(served), Arc::clone(seat));
        async move { Ok::<_, Infallible>(answer(request, &served, seat)) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(16 << 10)
        .serve_connection(TokioIo::new(stream), service);
    // A connection that breaks is told by its other end.
    let _ = connection.with_upgrades().await;
}

/// `seat` is kept for as long as the connection is used.
fn answer<S: Send + Sync + 'static>(
    request: Request<Incoming>,
    served: &Arc<Served>,
    seat: Arc<S>,
) -> Response<Full<Bytes>> {
    let session = &served.session;
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/vnc") => {
            let served = Arc::clone(served);
            visit(request, seat, async move { screen(&served.session).await })
        }
        (&Method::GET, "/sound") => {
            let served = Arc::clone(served);
            visit(request, seat, async move { served.sound.listen().await.ok() })
        }
        (&Method::GET, "/session") => standing(session),
        (&Method::POST, "/session") => match handshake::own_page(request.headers()) {
            Ok(()) => {
                session.start();
                standing(session)
            }
            Err(refused) => say(StatusCode::FORBIDDEN, &refused.to_string()),
        },
        (&Method::GET | &Method::HEAD, path) => page::serve(path, request.headers()),
        _ => say(StatusCode::METHOD_NOT_ALLOWED, "there is nothing to be done here"),
    }
}

fn standing(session: &Session) -> Response<Full<Bytes>> {
    let options = session.options();
    let told = Standing {
        state: session.watch().borrow().clone(),
        title: &options.title,
        resolution: options.resolution.to_string(),
    };
    // Texts and nothing else: it can always be written.
    let text = serde_json::to_vec(&told).unwrap_or_default();
    let mut response = page::plain(StatusCode::OK, "application/json", text);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn say(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    page::plain(status, "text/plain; charset=utf-8", format!("{text}\n"))
}

/// Answers a WebSocket's handshake, and joins it with a socket of the workspace as soon as there is one.
fn visit<S: Send + Sync + 'static>(
    mut request: Request<Incoming>,
    seat: Arc<S>,
    inside: impl Future<Output = Option<UnixStream>> + Send + 'static,
) -> Response<Full<Bytes>> {
    let accepted = match handshake::accept(&request) {
        Ok(accepted) => accepted,
        Err(refused @ handshake::Refused::Foreign) => {
            return say(StatusCode::FORBIDDEN, &refused.to_string());
        }
        Err(refused) => return say(StatusCode::BAD_REQUEST, &refused.to_string()),
    };
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        if let Ok(upgraded) = upgrade.await {
            let page = bridge::page(upgraded).await;
            if let Some(inside) = inside.await {
                // How it ended, both sides have seen themselves.
                let _ = bridge::join(page, inside).await;
            }
        }
        drop(seat);
    });
    accepted.map(|()| Full::default())
}

/// A connection to the screen, once there is one; nothing where there is none.
async fn screen(session: &Session) -> Option<UnixStream> {
    let mut state = session.watch();
    let settled = state.wait_for(|state| *state != State::Starting);
    let running = timeout(SCREEN, settled)
        .await
        .is_ok_and(|state| state.is_ok_and(|state| *state == State::Running));
    let path: PathBuf = session.place().screen();
    if running {
        UnixStream::connect(path).await.ok()
    } else {
        None
    }
}

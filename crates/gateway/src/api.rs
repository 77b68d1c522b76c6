//! What the gateway asks of the program around it: who serves the UI, where apps are, who may.
//!
//! The server implements these traits. All of them are called on the request path, so answers
//! should come from memory; the gateway caches none of them, which is what makes a revoked
//! session or a changed route visible to the very next request.

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

use crate::host::AppHost;

/// Any error, as `tower` and `axum` pass them around.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A streaming body, either way.
pub type Body = UnsyncBoxBody<Bytes, BoxError>;

/// A byte stream to an app, whatever it runs over.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// An owned [`Stream`].
pub type BoxStream = Box<dyn Stream>;

/// What is known about the connection a request came over; in the extensions of each request
/// that reaches the [`Ui`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnInfo {
    /// The client's address.
    pub peer: SocketAddr,
    /// The address of ours that it connected to.
    pub local: SocketAddr,
    /// Whether the connection is encrypted by the gateway.
    pub tls: bool,
}

/// The handler of Toft's own pages and API.
///
/// The gateway has already refused unknown hosts and cookie-authenticated unsafe requests of a
/// foreign origin. WebSocket upgrades work as with any hyper server.
#[derive(Clone)]
pub struct Ui(BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>);

/// An app that a host name leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppRoute {
    /// The workspace's uid; connections to it are dropped together ([`crate::Gateway::evict`]).
    pub workspace: Arc<str>,
    /// Changes whenever connections opened earlier must not be used again (a restart).
    pub generation: u64,
    /// The app's port inside the workspace.
    pub port: u16,
    /// Who may see it.
    pub visibility: Visibility,
}

/// Who may see an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Only those whom [`Sessions::allowed`] names.
    Private,
    /// Everybody, without signing in.
    Public,
}

/// Why a host leads nowhere.
#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    /// No such workspace or app. Private ones of others look the same from outside.
    #[error("no app {0} is known")]
    NotFound(AppHost),
    /// Routes cannot be looked up just now.
    #[error("cannot look up {host}: {reason}")]
    Unavailable {
        /// What was asked for.
        host: AppHost,
        /// Why, for people.
        reason: String,
    },
}

/// Why no stream to an app could be had.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The workspace is stopped and is not to be woken by a request.
    #[error("the workspace is stopped")]
    Stopped,
    /// The workspace runs, or is starting, but the app did not answer in time.
    #[error("the app does not answer: {0}")]
    NotAnswering(String),
}

/// Where apps are and how to reach them.
#[async_trait]
pub trait Apps: Send + Sync + 'static {
    /// Looks up the app a host name means. Must not wait for the workspace: authorisation
    /// happens after this and before [`Apps::connect`].
    async fn route(&self, host: &AppHost) -> Result<AppRoute, RouteError>;

    /// Opens a byte stream to the app, waiting until it is ready where it is starting.
    async fn connect(&self, route: &AppRoute) -> Result<BoxStream, ConnectError>;
}

/// What a request proves itself with.
#[derive(Clone, Copy, Debug)]
pub enum Credential<'a> {
    /// The cookie that [`Sessions::redeem`] gave out for `authority` (`HOST[:PORT]`, lower case).
    Cookie {
        /// The cookie's value.
        value: &'a str,
        /// The host it must have been given out for.
        authority: &'a str,
    },
    /// An API token (`toft_…`).
    Bearer(&'a str),
}

/// Somebody who is signed in. The gateway only hands it from one call to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user's name.
    pub user: Arc<str>,
    /// The session or token behind it, as an id that is no secret (for logs).
    pub session: Arc<str>,
}

/// A session on one app host, just made from a one-time code.
#[derive(Clone, PartialEq, Eq)]
pub struct HostSession {
    /// The cookie's value: URL-safe characters only.
    pub value: String,
    /// How long the browser keeps it; the session itself may end earlier.
    pub max_age: Duration,
}

/// Who is signed in, and what they may see.
#[async_trait]
pub trait Sessions: Send + Sync + 'static {
    /// Who a credential belongs to; `None` when unknown, expired or revoked.
    async fn identity(&self, credential: Credential<'_>) -> Option<Identity>;

    /// Whether `identity` may use the app.
    async fn allowed(&self, identity: &Identity, route: &AppRoute) -> bool;

    /// Counts whenever a right may have been taken back: a session, a token, a person. What is
    /// open is looked at again then.
    fn changes(&self) -> watch::Receiver<u64>;

    /// Trades a one-time code for a session on `authority` (`HOST[:PORT]`, lower case), the only
    /// host it was made for. `None` when it is unknown, used, too old or for another host.
    async fn redeem(&self, code: &str, authority: &str) -> Option<HostSession>;
}

// === impl Ui ===

impl Ui {
    /// Wraps a tower service, such as an `axum::Router`.
    pub fn new<S, B>(service: S) -> Self
    where
        S: tower::Service<Request<Body>, Response = Response<B>, Error = Infallible>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
        B: hyper::body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let boxed =
            service.map_response(|response| response.map(|body| body.map_err(Into::into).boxed_unsync()));
        Self(BoxCloneSyncService::new(boxed))
    }

    /// Boxed, because the compiler cannot see through the layers that the answer can be sent
    /// between threads.
    pub(crate) fn call(&self, request: Request<Body>) -> BoxFuture<'static, Response<Body>> {
        let answer = self.0.clone().oneshot(request);
        Box::pin(answer.map(|answered| match answered {
            Ok(response) => response,
            Err(never) => match never {},
        }))
    }
}

// === impl HostSession ===

impl std::fmt::Debug for HostSession {
    /// Hides the value: it is the credential itself.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostSession")
            .field("max_age", &self.max_age)
            .finish_non_exhaustive()
    }
}

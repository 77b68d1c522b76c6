//! Who sends a request: the local socket, a bearer token, or a browser's cookie.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use axum::body::{Body, HttpBody};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, FromRequestParts, OptionalFromRequestParts, Request, State};

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::serve::IncomingStream;
use futures_util::future::BoxFuture;
use futures_util::{StreamExt, stream};
use toft_gateway::ConnInfo;
use tokio::net::UnixListener;

use super::policy::{Caller, Via};
use crate::state::App;
use crate::wire::problem::Problem;
use crate::wire::status::{ApiError, ApiResult};

/// The cookie of the UI's session.
pub const COOKIE: &str = "__Host-toft";

/// A connection over the local socket, which only root and its group can open: the permissions of
/// the file are the check.
#[derive(Clone, Copy, Debug)]
pub struct LocalPeer {
    /// The user id of the program at the other end.
    pub uid: u32,
}

impl Connected<IncomingStream<'_, UnixListener>> for LocalPeer {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        // Who it is exactly goes into the audit log only; nobody is 4,294,967,295.
        Self {
            uid: stream.io().peer_cred().map_or(u32::MAX, |peer| peer.uid()),
        }
    }
}

/// Who it is, or why that is not known; in the extensions of every request.
#[derive(Clone, Debug)]
enum Known {
    Caller(Caller),
    Nobody,
    Refused(u32),
    Forged,
    Broken,
}

/// Finds out who sends a request, for the handlers and the audit log.
pub async fn identify(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let known = find(&app, &parts).await;
    if let Known::Caller(caller) = &known {
        parts.extensions.insert(caller.clone());
    }
    let caller = match &known {
        Known::Caller(caller) if caller.via != Via::Socket => Some(caller.clone()),
        _ => None,
    };
    parts.extensions.insert(known);
    parts.extensions.insert(if speaks_status(parts.uri.path()) {
        RefusedAs::Status
    } else {
        RefusedAs::Problem
    });
    let response = next.run(Request::from_parts(parts, body)).await;
    match caller {
        Some(caller) if response.body().size_hint().exact().is_none() => {
            response.map(|body| until_revoked(app, caller, body))
        }
        _ => response,
    }
}

/// An answer that takes its time, broken off when what was asked with is taken back.
fn until_revoked(app: App, caller: Caller, body: Body) -> Body {
    let revoked: BoxFuture<'static, ()> = Box::pin(async move { app.accounts().revoked(&caller).await });
    let begun = Some((body.into_data_stream(), revoked));
    Body::from_stream(stream::unfold(begun, |state| async move {
        let (mut body, mut revoked) = state?;
        tokio::select! {
            biased;
            () = &mut revoked => {
                let error = axum::Error::new(std::io::Error::other("the sign-in was taken back"));
                Some((Err(error), None))
            }
            piece = body.next() => piece.map(|piece| (piece, Some((body, revoked)))),
        }
    }))
}

async fn find(app: &App, request: &Parts) -> Known {
    let accounts = app.accounts();
    if request.extensions.get::<ConnectInfo<LocalPeer>>().is_some() {
        return match accounts.caller(app.local_user(), Via::Socket, "", false).await {
            Ok(Some(caller)) => Known::Caller(caller),
            Ok(None) => Known::Nobody,
            Err(error) => broken(&error),
        };
    }
    if let Some(token) = bearer(&request.headers) {
        let source = source(&request.extensions);
        if let Err(seconds) = accounts.throttle.check(source, Instant::now()) {
            return Known::Refused(seconds);
        }
        return match accounts.token(token).await {
            Ok(Some(caller)) => Known::Caller(caller),
            Ok(None) => {
                accounts.throttle.failed(source, Instant::now());
                Known::Nobody
            }
            Err(error) => broken(&error),
        };
    }
    let Some(cookie) = cookie(&request.headers) else {
        return Known::Nobody;
    };
    match accounts.session(cookie, "").await {
        Ok(Some(_)) if changes_something(request) && !same_origin(request) => Known::Forged,
        Ok(Some(caller)) => Known::Caller(caller),
        Ok(None) => Known::Nobody,
        Err(error) => broken(&error),
    }
}

fn broken(error: &super::accounts::AccountError) -> Known {
    tracing::error!(error = %toft_model::cause::chain(error), "cannot tell who sends a request");
    Known::Broken
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The value of the session's cookie.
pub fn cookie(headers: &HeaderMap) -> Option<&str> {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE).then_some(value)
    })
}

fn changes_something(request: &Parts) -> bool {
    let safe = [Method::GET, Method::HEAD, Method::OPTIONS].contains(&request.method);
    !safe
        || request.headers.contains_key(header::UPGRADE)
        || request.extensions.get::<hyper::ext::Protocol>().is_some()
}

/// Whether the page that sent it is one of the host that it is sent to.
fn same_origin(request: &Parts) -> bool {
    let origin = text(request.headers.get(header::ORIGIN));
    match (origin, host(&request.uri, &request.headers)) {
        (Some(origin), Some(host)) => origin
            .strip_prefix("https://")
            .is_some_and(|origin| origin == host),
        _ => false,
    }
}

/// The host that a request names (`HOST[:PORT]`), in lower case.
pub fn host(uri: &axum::http::Uri, headers: &HeaderMap) -> Option<String> {
    let authority = || {
        uri.authority()
            .map(|authority| authority.as_str().to_ascii_lowercase())
    };
    text(headers.get(header::HOST)).or_else(authority)
}

fn text(value: Option<&axum::http::HeaderValue>) -> Option<String> {
    value
        .and_then(|value| value.to_str().ok())
        .map(str::to_ascii_lowercase)
}

/// Where a request comes from.
pub fn source(extensions: &axum::http::Extensions) -> IpAddr {
    let peer = extensions.get::<ConnInfo>().map(|info| info.peer);
    peer.as_ref().map_or(IpAddr::from([127, 0, 0, 1]), SocketAddr::ip)
}

/// Where a request comes from, for the audit log.
pub fn source_text(extensions: &axum::http::Extensions) -> String {
    match extensions.get::<ConnectInfo<LocalPeer>>() {
        Some(ConnectInfo(peer)) => format!("local (uid {})", peer.uid),
        None => source(extensions).to_canonical().to_string(),
    }
}

/// Whether refusals of this path are `Status` objects; all others are problems.
pub(crate) fn speaks_status(path: &str) -> bool {
    !path.starts_with("/api/toft/")
}

/// In which of the two forms a request is refused. Noted before it is routed: a nested router
/// shows its handlers the path without its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefusedAs {
    /// A `Status` object.
    Status,
    /// A problem.
    Problem,
}

// === impl RefusedAs ===

impl RefusedAs {
    /// That of the request with these extensions.
    pub(crate) fn of(extensions: &axum::http::Extensions) -> Self {
        extensions.get::<Self>().copied().unwrap_or(Self::Status)
    }

    /// The refusal in this form.
    pub(crate) fn answer(self, error: ApiError) -> Response {
        match self {
            Self::Status => error.into_response(),
            Self::Problem => Problem(error).into_response(),
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Response> {
        let refused: ApiResult<Self> = match parts.extensions.get::<Known>() {
            Some(Known::Caller(caller)) => Ok(caller.clone()),
            Some(Known::Refused(seconds)) => Err(ApiError::too_many_requests(*seconds)),
            Some(Known::Forged) => Err(ApiError::forbidden(
                "this request was sent by a page of another origin; nothing was done",
            )),
            Some(Known::Broken) => Err(ApiError::unavailable(
                "cannot look up who you are just now; try again",
            )),
            Some(Known::Nobody) | None => Err(ApiError::unauthorized()),
        };
        refused.map_err(|error| RefusedAs::of(&parts.extensions).answer(error))
    }
}

impl OptionalFromRequestParts<App> for Caller {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Option<Self>, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}

#[cfg(test)]
mod tests;

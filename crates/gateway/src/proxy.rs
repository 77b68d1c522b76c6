//! The way of one request to an app and of its response back.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use http::header::{self, HeaderValue};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, Version};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;

use crate::api::{AppRoute, ConnectError};
use crate::app::{self, Visit};
use crate::body::{Download, Outgoing, Upload};
use crate::headers;
use crate::pages::Notice;
use crate::pool::Lease;
use crate::tunnel;
use crate::warrant::Warrant;

/// Why an app gave no response.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("the app broke off: {0}")]
    Broken(#[from] hyper::Error),
    #[error("the app did not respond within {} s", .0.as_secs())]
    TimedOut(Duration),
    #[error("the sign-in was taken back")]
    Revoked,
}

/// Passes the request on and its response back. `warrant` says why it may.
pub(crate) async fn forward(
    visit: &Visit<'_>,
    mut request: Request<Incoming>,
    route: &AppRoute,
    warrant: Warrant,
) -> Response<Outgoing> {
    let socket = (request.version() == Version::HTTP_11
        && *request.method() == Method::GET
        && headers::is_websocket(request.headers()))
    .then(|| hyper::upgrade::on(&mut request));
    // For pages about what went wrong: the rest goes to the app.
    let accept = request.headers().get(header::ACCEPT).cloned();
    let request = inward(visit, request, socket.is_some());
    let exchanged = tokio::select! {
        biased;
        exchanged = exchange(visit, route, request, socket.is_some()) => exchanged,
        () = warrant.revoked() => Err(Failure::Revoked),
    };
    match exchanged {
        Ok((response, lease)) => match outward(visit, response, lease, socket, warrant) {
            Ok((response, None)) => response,
            Ok((response, Some(sockets))) => {
                tunnel::spawn(visit.client, sockets);
                response
            }
            Err(notice) => app::answer(&accept_only(accept), &notice),
        },
        Err(failure) => app::answer(&accept_only(accept), &explain(visit, &failure)),
    }
}

/// The request as the app gets it.
fn inward(visit: &Visit<'_>, request: Request<Incoming>, websocket: bool) -> Request<Upload> {
    let (mut parts, body) = request.into_parts();
    let mut passed = Request::new(Upload::new(body, visit.client.core.limits.body_idle));
    *passed.method_mut() = parts.method;
    *passed.uri_mut() = parts
        .uri
        .into_parts()
        .path_and_query
        .map_or(Uri::from_static("/"), Uri::from);
    let headers = &mut parts.headers;
    let trailers = headers
        .get(header::TE)
        .is_some_and(|te| te.as_bytes().eq_ignore_ascii_case(b"trailers"));
    headers::drop_hop_by_hop(headers);
    headers::drop_foreign(headers, visit.jar);
    headers::add_forwarded(headers, &visit.client.peer, &visit.target.field);
    headers.insert(header::HOST, visit.target.field.clone());
    // The gateway itself says “continue”, when the app begins to read.
    headers.remove(header::EXPECT);
    if trailers {
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
    }
    if websocket {
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    }
    *passed.headers_mut() = parts.headers;
    passed
}

/// The response as the client gets it, and the two ends of a WebSocket if it became one.
fn outward(
    visit: &Visit<'_>,
    mut response: Response<Incoming>,
    lease: Lease,
    socket: Option<OnUpgrade>,
    warrant: Warrant,
) -> Result<(Response<Outgoing>, Option<tunnel::Ends>), Notice> {
    let switched = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    let ends = match socket {
        Some(client) if switched => Some((client, hyper::upgrade::on(&mut response))),
        None if switched => {
            let detail = "The app switched to another protocol without being asked to.";
            return Err(Notice::new(
                StatusCode::BAD_GATEWAY,
                "The app answered nonsense",
                detail,
            ));
        }
        _ => None,
    };
    let (mut parts, body) = response.into_parts();
    headers::drop_hop_by_hop(&mut parts.headers);
    headers::hold_back(
        &mut parts.headers,
        visit.jar,
        &visit.client.core.directory.ui_names(),
    );
    // A connection that became a WebSocket serves no further request.
    let (body, ends) = if let Some((client, app)) = ends {
        parts
            .headers
            .insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        parts
            .headers
            .insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        visit.client.activity.set_upgraded();
        (
            Outgoing::from(Full::default()),
            Some(tunnel::Ends { client, app, warrant }),
        )
    } else {
        (Outgoing::from(Download::new(body, lease, warrant)), None)
    };
    let mut passed = Response::new(body);
    *passed.status_mut() = parts.status;
    *passed.headers_mut() = parts.headers;
    Ok((passed, ends))
}

/// Sends a request over an idle connection or a fresh one. An idle one may have been closed by
/// the app just now: what can be sent again without harm then is, once.
async fn exchange(
    visit: &Visit<'_>,
    route: &AppRoute,
    request: Request<Upload>,
    websocket: bool,
) -> Result<(Response<Incoming>, Lease), Failure> {
    let core = &visit.client.core;
    let bare = hyper::body::Body::is_end_stream(request.body());
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let repeatable = bare && safe;
    if !websocket && let Some(mut lease) = core.pool.take(route, repeatable) {
        let spare = repeatable.then(|| copy(&request));
        match send(&mut lease, request, core.limits.response_timeout, bare).await {
            Ok(response) => return Ok((response, lease)),
            Err((failure, unsent)) => {
                let Some(again) = unsent.or(spare) else {
                    return Err(failure);
                };
                return exchange_fresh(visit, route, again, bare, websocket).await;
            }
        }
    }
    exchange_fresh(visit, route, request, bare, websocket).await
}

async fn exchange_fresh(
    visit: &Visit<'_>,
    route: &AppRoute,
    request: Request<Upload>,
    bare: bool,
    websocket: bool,
) -> Result<(Response<Incoming>, Lease), Failure> {
    let core = &visit.client.core;
    let stream = core.apps.connect(route).await?;
    let mut lease = core.pool.open(route, stream, websocket).await?;
    match send(&mut lease, request, core.limits.response_timeout, bare).await {
        Ok(response) => Ok((response, lease)),
        Err((failure, _)) => Err(failure),
    }
}

/// Sends one request; hands it back with the error if nothing of it was sent.
async fn send(
    lease: &mut Lease,
    request: Request<Upload>,
    limit: Duration,
    bare: bool,
) -> Result<Response<Incoming>, (Failure, Option<Request<Upload>>)> {
    let mut sent = pin!(lease.sender().try_send_request(request));
    let response = poll_fn(|cx| {
        lease.drive(cx);
        sent.as_mut().poll(cx)
    });
    // An upload takes its time, and is watched by its own clock.
    let result = if bare {
        tokio::time::timeout(limit, response)
            .await
            .map_err(|_| (Failure::TimedOut(limit), None))?
    } else {
        response.await
    };
    result.map_err(|mut error| {
        let unsent = error.take_message();
        (Failure::Broken(error.into_error()), unsent)
    })
}

fn copy(request: &Request<Upload>) -> Request<Upload> {
    let mut copy = Request::new(Upload::empty());
    copy.method_mut().clone_from(request.method());
    copy.uri_mut().clone_from(request.uri());
    copy.headers_mut().clone_from(request.headers());
    copy
}

/// What to tell the visitor.
fn explain(visit: &Visit<'_>, failure: &Failure) -> Notice {
    let (status, title) = match failure {
        Failure::Connect(ConnectError::Stopped) => (StatusCode::SERVICE_UNAVAILABLE, "Workspace stopped"),
        Failure::Connect(ConnectError::NotAnswering(_)) => {
            (StatusCode::BAD_GATEWAY, "The app does not answer")
        }
        Failure::Broken(_) => (StatusCode::BAD_GATEWAY, "The app broke off"),
        Failure::Revoked => (StatusCode::UNAUTHORIZED, "Not signed in"),
        Failure::TimedOut(_) => (StatusCode::GATEWAY_TIMEOUT, "The app does not answer"),
    };
    tracing::debug!(app = %visit.host, %failure, "no response from an app");
    Notice::new(status, title, format!("{}: {failure}.", visit.host)).home(&visit.ui_authority())
}

fn accept_only(accept: Option<HeaderValue>) -> HeaderMap {
    accept.map(|value| (header::ACCEPT, value)).into_iter().collect()
}

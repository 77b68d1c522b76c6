//! Following a link of `open`.

use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::login::{Peer, redeem};
use crate::people::accounts::Purpose;
use crate::state::App;
use crate::wire::asked::Query;
use crate::wire::problem::ProblemResult;

/// What the link says.
#[derive(Debug, Deserialize)]
pub struct Params {
    code: String,
}

/// Signs in by the link's one-time code, and goes on to the app.
pub async fn open(
    State(app): State<App>,
    Extension(peer): Extension<Peer>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> ProblemResult<Response> {
    let ((_, cookie), target) = redeem(&app, &peer, &headers, &params.code, Purpose::Open).await?;
    let mut response = StatusCode::FOUND.into_response();
    let target = HeaderValue::from_str(&target).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, target);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
        .headers_mut()
        .insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}

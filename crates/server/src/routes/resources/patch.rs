//! Changing a part of an object.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use toft_model::Kind;

use super::answer::{self, Shape};
use super::update::change;
use crate::people::policy::{Act, Caller};
use crate::resources::params::{self, Raw};
use crate::resources::place::Place;
use crate::state::App;
use crate::wire::asked::{Path, Query};
use crate::wire::decode::{self, BODY_MAX};
use crate::wire::patch::Patch;
use crate::wire::status::ApiResult;

/// Changes a part of an object, by merge patch or JSON patch.
pub async fn patch(
    kind: Kind,
    State(app): State<App>,
    caller: Caller,
    Path(place): Path<Place>,
    Query(raw): Query<Raw>,
    headers: HeaderMap,
    body: Body,
) -> ApiResult<Response> {
    place.authorize(&caller, Act::Write, kind)?;
    let (shape, dry_run) = (Shape::of(Some(kind), &headers, &raw)?, params::dry_run(&raw)?);
    let body = decode::read(body, BODY_MAX).await?;
    let patch = Patch::read(&headers, &body)?;
    let object = change(&app, kind, &place, dry_run, |before| patch.apply(before)).await?;
    Ok(answer::changed(StatusCode::OK, &shape, object))
}

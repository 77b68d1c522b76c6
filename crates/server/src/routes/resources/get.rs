//! Reading one object.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use toft_model::Kind;
use toft_store::Key;

use super::answer::Shape;
use crate::people::policy::{Act, Caller};
use crate::resources::params::Raw;
use crate::resources::place::Place;
use crate::state::App;
use crate::wire::asked::{Path, Query};
use crate::wire::status::{ApiError, ApiResult};

/// Reads an object, or its row of a table.
pub async fn get(
    kind: Kind,
    State(app): State<App>,
    caller: Caller,
    Path(place): Path<Place>,
    Query(raw): Query<Raw>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    place.authorize(&caller, Act::Read, kind)?;
    let shape = Shape::of(Some(kind), &headers, &raw)?;
    let key = Key::new(kind, place.namespace(), place.name());
    let object = app
        .store()
        .get(&key)
        .await?
        .ok_or_else(|| ApiError::not_found(kind, place.name()))?;
    Ok(Json(shape.object(object)).into_response())
}

//! Deleting all that is selected.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use toft_model::Kind;
use toft_store::Page;

use super::answer::Shape;
use super::delete::{self, Outcome};
use super::list;
use crate::people::policy::{Act, Caller};
use crate::resources::params::{ListParams, Raw};
use crate::resources::place::Place;
use crate::state::App;
use crate::wire::asked::{Path, Query};
use crate::wire::status::ApiResult;

/// Deletes everything that the selectors select; what cannot be deleted stops it there. Answers
/// with the objects, those that are gone among them.
pub async fn delete_collection(
    kind: Kind,
    State(app): State<App>,
    caller: Caller,
    Path(place): Path<Place>,
    Query(raw): Query<Raw>,
    headers: HeaderMap,
    body: Body,
) -> ApiResult<Response> {
    let selection = place.authorize(&caller, Act::Write, kind)?;
    let shape = Shape::of(Some(kind), &headers, &raw)?;
    let selector = ListParams::read(&raw)?.selector;
    let params = delete::options(&raw, &headers, body).await?;
    let found = list::read(app.store(), &selection, Page::default(), &selector).await?;
    let mut deleted = Vec::new();
    for object in found.items {
        match delete::remove(&app, kind, object.clone(), &params).await? {
            Outcome::Gone(_) => deleted.push(object),
            Outcome::Going(object) => deleted.push(object),
        }
    }
    let metadata = json!({ "resourceVersion": app.store().latest().to_string() });
    Ok(Json(shape.list(&deleted, metadata)).into_response())
}

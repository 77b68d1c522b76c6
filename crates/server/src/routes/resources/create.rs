//! Creating an object.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use toft_model::Kind;
use toft_store::Key;

use super::admit;
use super::answer::{self, Shape};
use crate::people::policy::{Act, Caller};
use crate::resources::params::{self, Raw};
use crate::resources::place::Place;
use crate::resources::{metadata, normalize};
use crate::state::App;
use crate::wire::asked::{Path, Query};
use crate::wire::decode::{self, BODY_MAX};
use crate::wire::status::{ApiError, ApiResult};

/// Creates an object. A taken name is refused; `generateName` makes one up; `dryRun=All` checks
/// everything and stores nothing.
pub async fn create(
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
    let sent = decode::parse(&headers, &body)?;
    let mut object = normalize(kind, metadata::begin(kind, place.namespace.as_deref(), sent)?)?;
    metadata::complete(kind, &mut object);
    admit::namespace(&app, kind, place.namespace()).await?;
    admit::object(&app, kind, &object).await?;
    if dry_run {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        if app
            .store()
            .get(&Key::new(kind, place.namespace(), name))
            .await?
            .is_some()
        {
            return Err(ApiError::already_exists(kind, name));
        }
        metadata::pretend(&mut object, app.now());
    } else {
        object = app.store().create(object).await?;
    }
    Ok(answer::changed(StatusCode::CREATED, &shape, object))
}

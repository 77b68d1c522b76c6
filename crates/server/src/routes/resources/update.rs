//! Replacing an object, and what replacing has in common with patching.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::Value;
use toft_model::Kind;
use toft_store::objects::version_of;
use toft_store::{Key, StoreError};

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

/// How often a change is made anew to a newer state, where the client did not say which it meant.
const TRIES: u32 = 16;

/// Replaces an object. With `metadata.resourceVersion` only if it is still in that state.
pub async fn update(
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
    let object = change(&app, kind, &place, dry_run, |_| Ok(sent.clone())).await?;
    Ok(answer::changed(StatusCode::OK, &shape, object))
}

/// Makes a change to the object as it is; where it was changed meanwhile, to what it is then.
/// `make` sees what is stored and returns what the client wants of it.
pub async fn change(
    app: &App,
    kind: Kind,
    place: &Place,
    dry_run: bool,
    make: impl Fn(&Value) -> ApiResult<Value>,
) -> ApiResult<Value> {
    let key = Key::new(kind, place.namespace(), place.name());
    let mut tries = 0;
    loop {
        let before = app
            .store()
            .get(&key)
            .await?
            .ok_or_else(|| ApiError::not_found(kind, place.name()))?;
        let mut after = normalize(kind, metadata::replace(kind, &before, make(&before)?)?)?;
        metadata::check_change(kind, &before, &mut after)?;
        let respecified = after["spec"] != before["spec"];
        if respecified {
            admit::object(app, kind, &after).await?;
        }
        if dry_run || after == before {
            if respecified {
                metadata::pretend_change(&mut after);
            }
            return Ok(after);
        }
        let stored = app
            .store()
            .update(&key, Some(version_of(&before)), |_| Ok::<_, StoreError>(after))
            .await;
        match stored {
            // A client that named a version is told of the conflict by the next round.
            Err(StoreError::Conflict { .. }) if tries < TRIES => tries += 1,
            stored => return Ok(stored?),
        }
    }
}

//! Deleting an object.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use toft_model::Kind;
use toft_store::Key;
use toft_store::objects::version_of;

use super::admit;
use super::answer::{self, Shape};
use crate::people::policy::{Act, Caller};
use crate::resources::metadata;
use crate::resources::params::{DeleteParams, Raw};
use crate::resources::place::Place;
use crate::state::App;
use crate::wire::asked::{Path, Query};
use crate::wire::decode::{self, SMALL_BODY_MAX};
use crate::wire::status::{ApiError, ApiResult};

/// Deletes an object: at once, or, where something must be cleaned up first, by marking it with
/// a `deletionTimestamp`; then it is gone when that is done.
pub async fn delete(
    kind: Kind,
    State(app): State<App>,
    caller: Caller,
    Path(place): Path<Place>,
    Query(raw): Query<Raw>,
    headers: HeaderMap,
    body: Body,
) -> ApiResult<Response> {
    place.authorize(&caller, Act::Write, kind)?;
    let shape = Shape::of(Some(kind), &headers, &raw)?;
    let params = options(&raw, &headers, body).await?;
    let key = Key::new(kind, place.namespace(), place.name());
    let object = app
        .store()
        .get(&key)
        .await?
        .ok_or_else(|| ApiError::not_found(kind, place.name()))?;
    match remove(&app, kind, object, &params).await? {
        Outcome::Gone(uid) => Ok(answer::success(kind, place.name(), &uid)),
        Outcome::Going(object) => Ok(Json(shape.object(object)).into_response()),
    }
}

/// What became of an object.
pub enum Outcome {
    /// It is gone; its uid.
    Gone(Value),
    /// It goes when its finalizers have done their work.
    Going(Value),
}

/// Reads `DeleteOptions` from body and parameters.
pub async fn options(raw: &Raw, headers: &HeaderMap, body: Body) -> ApiResult<DeleteParams> {
    let body = decode::read(body, SMALL_BODY_MAX).await?;
    let body = if body.is_empty() {
        None
    } else {
        Some(decode::parse(headers, &body)?)
    };
    DeleteParams::read(raw, body)
}

/// Deletes `object` as it was read, or marks it.
pub async fn remove(app: &App, kind: Kind, object: Value, params: &DeleteParams) -> ApiResult<Outcome> {
    let meta = &object["metadata"];
    let name = meta["name"].as_str().unwrap_or_default();
    check(kind, name, meta, params)?;
    if kind == Kind::Event {
        return Err(ApiError::bad_request("events go by themselves after a day"));
    }
    if metadata::is_built_in(&object) {
        return Err(metadata::keep_built_in(kind, name, "deleted"));
    }
    admit::unused(app, kind, name).await?;
    let key = Key::of(&object)?;
    let expected = params
        .preconditions
        .resource_version
        .as_ref()
        .map(|_| version_of(&object));
    if meta["finalizers"].as_array().is_none_or(Vec::is_empty) {
        if !params.dry_run() {
            app.store().delete(&key, expected).await?;
        }
        return Ok(Outcome::Gone(meta["uid"].clone()));
    }
    if params.dry_run() {
        return Ok(Outcome::Going(mark(
            object,
            params.grace_period_seconds,
            app.now(),
        )));
    }
    // A delete works on a full disk: the space for it was set aside.
    let mut tx = app.store().begin_removal().await?;
    let now = app.now();
    let marked = tx
        .update(&key, expected, |object| {
            Ok::<_, ApiError>(mark(object, params.grace_period_seconds, now))
        })
        .await?;
    tx.commit().await?;
    Ok(Outcome::Going(marked))
}

fn check(kind: Kind, name: &str, meta: &Value, params: &DeleteParams) -> ApiResult<()> {
    let wanted = &params.preconditions;
    let pairs = [
        ("UID", &wanted.uid, &meta["uid"]),
        (
            "ResourceVersion",
            &wanted.resource_version,
            &meta["resourceVersion"],
        ),
    ];
    for (what, wanted, found) in pairs {
        if let Some(wanted) = wanted
            && found != wanted.as_str()
        {
            let found = found.as_str().unwrap_or_default();
            let why = format!(
                "the {what} in the precondition ({wanted}) does not match the one of the object ({found})"
            );
            return Err(ApiError::conflict(kind, name, &why));
        }
    }
    Ok(())
}

/// Marks an object as one that is to go. A second request may only shorten its grace.
fn mark(mut object: Value, grace_s: Option<i64>, now: Timestamp) -> Value {
    let default = object["spec"]["lifecycle"]["stopGraceSeconds"]
        .as_i64()
        .unwrap_or(10);
    let meta = &mut object["metadata"];
    let grace_s = grace_s.unwrap_or(default);
    if meta["deletionTimestamp"].is_string() {
        let before = meta["deletionGracePeriodSeconds"].as_i64().unwrap_or(default);
        meta["deletionGracePeriodSeconds"] = json!(before.min(grace_s));
        return object;
    }
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    meta["deletionTimestamp"] = json!(now);
    meta["deletionGracePeriodSeconds"] = json!(grace_s);
    object
}

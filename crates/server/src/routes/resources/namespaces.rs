//! Namespaces: one for every person, made and removed with the person.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use toft_store::people::User;

use super::answer::Shape;
use super::list::selected;
use crate::people::policy::{Act, Caller, Subject, Verdict, decide};
use crate::resources::params::{ListParams, Raw};
use crate::state::App;
use crate::wire::asked::{Path, Query};
use crate::wire::status::{ApiError, ApiResult};

/// Lists the namespaces that the caller may see.
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(raw): Query<Raw>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let params = ListParams::read(&raw)?;
    let shape = Shape::of(None, &headers, &raw)?;
    if params.watch {
        return Err(ApiError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "namespaces cannot be watched: they come and go with people; list them again instead",
        ));
    }
    let mut users = app.store().users().await?;
    match decide(&caller, Act::Read, Subject::AllOwned) {
        Verdict::Allow => {}
        _ => users.retain(|user| *user.name == *caller.user),
    }
    let items: Vec<Value> = users
        .iter()
        .map(namespace)
        .filter(|object| selected(&params.selector, object))
        .collect();
    let metadata = json!({ "resourceVersion": app.store().latest().to_string() });
    Ok(Json(shape.list(&items, metadata)).into_response())
}

/// Reads a namespace.
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Query(raw): Query<Raw>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let shape = Shape::of(None, &headers, &raw)?;
    let allowed = decide(&caller, Act::Read, Subject::Owned(&name)) == Verdict::Allow;
    let user = if allowed {
        app.store().user(&name).await?
    } else {
        None
    };
    let user = user.ok_or_else(|| ApiError::namespace_not_found(&name))?;
    Ok(Json(shape.object(namespace(&user))).into_response())
}

fn namespace(user: &User) -> Value {
    let created = Timestamp::from_second(user.created_ms / 1000).unwrap_or(Timestamp::UNIX_EPOCH);
    json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": user.name,
            // Stable for a person's name, and of no meaning.
            "uid": uuid::Uuid::from_u128(u128::from(user.created_ms.unsigned_abs()) << 64 | fold(&user.name)),
            "resourceVersion": "1",
            "creationTimestamp": created,
            "labels": { "kubernetes.io/metadata.name": user.name, "toft.dev/role": user.role },
        },
        "spec": { "finalizers": ["kubernetes"] },
        "status": { "phase": "Active" },
    })
}

fn fold(name: &str) -> u128 {
    name.bytes().fold(0, |sum: u128, byte| {
        sum.wrapping_mul(257).wrapping_add(u128::from(byte))
    }) & u128::from(u64::MAX)
}

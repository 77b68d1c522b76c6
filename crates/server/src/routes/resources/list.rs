//! Listing objects, or watching them.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use toft_model::Kind;
use toft_store::{List, Page, Selection, Store};

use super::answer::Shape;
use super::watch;
use crate::people::policy::{Act, Caller};
use crate::resources::params::{ListParams, Raw};
use crate::resources::place::Place;
use crate::state::App;
use crate::wire::asked::{Path, Query};
use crate::wire::selector::Selector;
use crate::wire::status::{ApiError, ApiResult};

/// Lists what is selected, in parts if `limit` says so; with `watch=true` streams its changes.
pub async fn list(
    kind: Kind,
    State(app): State<App>,
    caller: Caller,
    Path(place): Path<Place>,
    Query(raw): Query<Raw>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let selection = place.authorize(&caller, Act::Read, kind)?;
    let params = ListParams::read(&raw)?;
    let shape = Shape::of(Some(kind), &headers, &raw)?;
    if params.watch {
        return watch::watch(&app, selection, &params, shape).await;
    }
    let (began, after) = match params.after.as_deref().map(open_token).transpose()? {
        Some((began, after)) => (Some(began), Some(after)),
        None => (None, None),
    };
    let page = Page {
        limit: params.limit,
        after,
    };
    let list = read(app.store(), &selection, page, &params.selector).await?;
    // That of the first part: what changes in parts that were read already is told by a watch from there.
    let version = began.unwrap_or(list.version);
    let mut metadata = json!({ "resourceVersion": version.to_string() });
    if let Some(next) = &list.next {
        metadata["continue"] = BASE64_URL_SAFE_NO_PAD.encode(format!("{version} {next}")).into();
    }
    // With a selector nobody knows how many of the rest are selected.
    if let (Some(remaining), true) = (list.remaining, params.selector.is_empty()) {
        metadata["remainingItemCount"] = remaining.into();
    }
    Ok(Json(shape.list(&list.items, metadata)).into_response())
}

/// Reads a part of what is selected: as many objects as were asked for, as far as there are so many.
pub async fn read(store: &Store, selection: &Selection, page: Page, selector: &Selector) -> ApiResult<List> {
    let mut list = store.list(selection, &page).await?;
    list.items.retain(|object| selected(selector, object));
    while let (Some(after), true) = (&list.next, page.limit > 0 && list.items.len() < page.limit) {
        let rest = Page {
            limit: page.limit - list.items.len(),
            after: Some(after.clone()),
        };
        let more = store.list(selection, &rest).await?;
        list.next = more.next;
        list.remaining = more.remaining;
        list.items
            .extend(more.items.into_iter().filter(|object| selected(selector, object)));
    }
    Ok(list)
}

/// Whether the selector selects the object.
pub fn selected(selector: &Selector, object: &Value) -> bool {
    if selector.is_empty() {
        return true;
    }
    let labels = object["metadata"]["labels"].as_object().into_iter().flatten();
    let labels = labels
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect();
    selector.matches(&labels, object)
}

/// The version of the first part, and after what to go on.
fn open_token(token: &str) -> ApiResult<(i64, String)> {
    let text = BASE64_URL_SAFE_NO_PAD.decode(token).ok();
    text.and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| {
            let (version, next) = text.split_once(' ')?;
            Some((version.parse().ok()?, next.to_owned()))
        })
        .ok_or_else(|| {
            ApiError::bad_request("the continue token is not one of this server's; begin the list anew")
        })
}

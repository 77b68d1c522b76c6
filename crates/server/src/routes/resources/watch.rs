//! Watching: one JSON object a line, from the store's log of changes.
//!
//! The store filters by kind and namespace; selectors are applied here. An object that stops
//! being selected is told as deleted, one that begins to be as added, as far as this watch has
//! told of it before.

use std::collections::HashSet;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};
use toft_store::{Change, Page, Selection, StoreError, Watch, WatchEvent};
use tokio::time::Instant;

use super::answer::Shape;
use super::list;
use crate::metrics::OpenStream;
use crate::resources::params::ListParams;
use crate::resources::refused;
use crate::state::App;
use crate::wire::accept::Form;
use crate::wire::selector::Selector;
use crate::wire::status::{ApiError, ApiResult};

/// How often a silent watch says that it is there: by a bookmark, or an empty line.
const HEARTBEAT: Duration = Duration::from_secs(45);
/// How long a watch lasts that does not say it.
const LASTS: Duration = Duration::from_hours(1);

/// A watch on its way to a client.
struct Telling {
    app: App,
    watch: Watch,
    shape: Shape,
    selector: Selector,
    bookmarks: bool,
    until: Instant,
    first: Vec<Bytes>,
    told: HashSet<String>,
    /// Those that were told as gone from the selection, or never were in it.
    untold: HashSet<String>,
    columns_told: bool,
    ended: bool,
    _counted: OpenStream,
}

/// Begins a watch. Without a version it tells of everything that is there first.
pub async fn watch(
    app: &App,
    selection: Selection,
    params: &ListParams,
    shape: Shape,
) -> ApiResult<Response> {
    let store = app.store();
    let (from, there) = match params.version {
        Some(version) if version > 0 => (version, Vec::new()),
        _ => {
            let list = list::read(store, &selection, Page::default(), &params.selector).await?;
            (list.version, list.items)
        }
    };
    if from > store.latest() {
        return Err(ApiError::expired(
            "the resourceVersion is none that this server gave out; list again",
        ));
    }
    let watch = store.watch(selection, from).await?;
    let lasts = params.timeout_s.map_or(LASTS, Duration::from_secs);
    let mut telling = Telling {
        app: app.clone(),
        watch,
        shape,
        selector: params.selector.clone(),
        bookmarks: params.bookmarks,
        until: Instant::now() + lasts,
        first: Vec::new(),
        told: HashSet::new(),
        untold: HashSet::new(),
        columns_told: false,
        ended: false,
        _counted: app.metrics().stream(),
    };
    telling.first = there
        .into_iter()
        .map(|object| telling.tell("ADDED", object))
        .collect();
    telling.first.reverse();
    let lines = stream::unfold(telling, |mut telling| async move {
        let line = telling.next().await?;
        Some((Ok::<_, std::convert::Infallible>(line), telling))
    });
    let mut response = Response::new(Body::from_stream(lines));
    let media = HeaderValue::from_static("application/json;stream=watch");
    response.headers_mut().insert(header::CONTENT_TYPE, media);
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, private"),
    );
    Ok(response)
}

// === impl Telling ===

impl Telling {
    /// The next line; nothing when the watch is over.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(line) = self.first.pop() {
            return Some(line);
        }
        while !self.ended {
            let beat = (Instant::now() + HEARTBEAT).min(self.until);
            let app = self.app.clone();
            tokio::select! {
                event = self.watch.next() => {
                    if let Some(line) = self.event(event) {
                        return Some(line);
                    }
                }
                () = tokio::time::sleep_until(beat) => {
                    self.ended = beat >= self.until;
                    return Some(self.beat());
                }
                () = app.closing() => {
                    self.ended = true;
                    return Some(self.beat());
                }
            }
        }
        None
    }

    fn event(&mut self, event: Result<WatchEvent, StoreError>) -> Option<Bytes> {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                self.ended = true;
                let status = refused(error).to_status();
                return Some(line(&json!({ "type": "ERROR", "object": status })));
            }
        };
        let uid = event.object["metadata"]["uid"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let selected = list::selected(&self.selector, &event.object);
        let known = self.told.contains(&uid);
        // It may have been selected before this watch began: better told once too often.
        let before = event.change == Change::Modified
            && !self.untold.contains(&uid)
            && self.selector.may_have_matched(&event.object);
        let change = match (event.change, selected) {
            (Change::Deleted, true) => "DELETED",
            (_, false) if known || before => "DELETED",
            (_, false) => return None,
            (Change::Modified, true) if !known && !self.selector.is_empty() => "ADDED",
            (change, true) => change.as_str(),
        };
        Some(self.tell(change, event.object))
    }

    fn tell(&mut self, change: &str, object: Value) -> Bytes {
        // Only selectors need to know what was told.
        if !self.selector.is_empty() {
            let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
            if change == "DELETED" {
                self.told.remove(&uid);
                self.untold.insert(uid);
            } else {
                self.told.insert(uid);
            }
        }
        let mut object = self.shape.object(object);
        if self.shape.form == Form::Table {
            if self.columns_told {
                object["columnDefinitions"] = Value::Null;
            }
            self.columns_told = true;
        }
        line(&json!({ "type": change, "object": object }))
    }

    fn beat(&self) -> Bytes {
        let (Some(kind), true) = (self.shape.kind, self.bookmarks) else {
            return Bytes::from_static(b"\n");
        };
        let metadata =
            json!({ "resourceVersion": self.watch.version().to_string(), "creationTimestamp": null });
        let object = match self.shape.form {
            Form::Table => self.shape.list(&[], metadata),
            Form::Objects | Form::Metadata => {
                json!({ "kind": kind.as_str(), "apiVersion": kind.api_version(), "metadata": metadata })
            }
        };
        line(&json!({ "type": "BOOKMARK", "object": object }))
    }
}

fn line(value: &Value) -> Bytes {
    let mut text = value.to_string();
    text.push('\n');
    text.into()
}

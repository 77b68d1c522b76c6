//! What the fuzz targets run over what clients send, and the replays of their corpora too: every parser of
//! this crate, called as its handlers call it. A refusal is an answer; a panic is none.

use axum::http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use serde_json::{Value, json};
use toft_model::Kind;

use crate::resources::params::{DeleteParams, ListParams, Raw, dry_run};
use crate::resources::{metadata, normalize};
use crate::routes::resources::list::selected;
use crate::routes::workspaces::{exec, range, terminal};
use crate::wire::patch::Patch;
use crate::wire::{accept, decode, table};

const KINDS: [Kind; 4] = [Kind::Workspace, Kind::Template, Kind::Image, Kind::Snapshot];

/// An object of every kind, as JSON and as YAML. What is taken is taken as it is: written and read
/// again it is the same.
pub fn body(data: &[u8]) {
    for media in ["application/json", "application/yaml"] {
        let Ok(sent) = decode::parse(&head(header::CONTENT_TYPE, media), data) else {
            continue;
        };
        let _ = DeleteParams::read(&Raw::new(), Some(sent.clone()));
        for kind in KINDS {
            let begun = metadata::begin(kind, kind.namespaced().then_some("ada"), sent.clone());
            let Ok(once) = begun.and_then(|object| normalize(kind, object)) else {
                continue;
            };
            let twice = normalize(kind, once.clone()).ok();
            assert_eq!(
                twice.as_ref(),
                Some(&once),
                "what was taken is taken again, unchanged"
            );
            tabled(kind, &once);
        }
    }
}

/// A patch of either kind, applied to a workspace; what comes out is checked like any other object.
pub fn patch(data: &[u8]) {
    let before = json!({
        "apiVersion": "toft.dev/v1alpha1", "kind": "Workspace",
        "metadata": {
            "name": "dev", "namespace": "ada", "uid": "0190c6a1-0000-7000-8000-000000000000",
            "resourceVersion": "7", "generation": 1, "labels": { "course": "rust" },
            "finalizers": ["toft.dev/workspace"],
        },
        "spec": { "template": "shell", "running": true, "parameters": { "timezone": "UTC" } },
        "status": { "phase": "Running" },
    });
    for media in ["application/merge-patch+json", "application/json-patch+json"] {
        let Ok(patch) = Patch::read(&head(header::CONTENT_TYPE, media), data) else {
            continue;
        };
        let patched = patch
            .apply(&before)
            .and_then(|sent| metadata::replace(Kind::Workspace, &before, sent))
            .and_then(|sent| normalize(Kind::Workspace, sent));
        let Ok(mut after) = patched else { continue };
        for kept in ["uid", "name", "namespace", "finalizers", "generation"] {
            assert_eq!(
                after["metadata"][kept], before["metadata"][kept],
                "{kept} is the server's"
            );
        }
        let _ = metadata::check_change(Kind::Workspace, &before, &mut after);
    }
}

/// The first line is the query, the next the `Accept` and `Range` fields.
pub fn query(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut lines = text.splitn(3, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (query, accepted, wanted) = (line(), line(), line());
    let raw: Raw = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| {
            let value = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
            (name.to_owned(), value.into_owned())
        })
        .collect();
    let _ = (dry_run(&raw), DeleteParams::read(&raw, None));
    if let Ok(params) = ListParams::read(&raw) {
        let object = json!({ "metadata": { "name": "dev", "labels": { "course": "rust" } } });
        let _ = selected(&params.selector, &object);
    }
    let _ = accept::form(&head(header::ACCEPT, accepted));
    if let Some(part) = range::parse(wanted, 1_000) {
        assert!(
            part.length > 0 && part.first + part.length <= 1_000,
            "{part:?} is of the file"
        );
    }
}

/// A message over the WebSocket of a terminal or of a command.
pub fn messages(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        exec::understands(text);
        terminal::understands(text);
    }
}

fn tabled(kind: Kind, object: &Value) {
    let objects = std::slice::from_ref(object);
    let _ = table::table(
        Some(kind),
        objects,
        Value::Null,
        table::Include::Metadata,
        Timestamp::UNIX_EPOCH,
    );
}

fn head(name: header::HeaderName, value: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
    headers
}

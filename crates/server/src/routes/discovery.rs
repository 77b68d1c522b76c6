//! Discovery: what kubectl asks before anything else.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use toft_model::{API_VERSION, GROUP, Kind, VERSION};

use crate::state::App;

/// What can be done with every kind of Toft's own.
const VERBS: [&str; 8] = [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
];
/// What can be done with kinds that only the server writes.
const READ_VERBS: [&str; 3] = ["get", "list", "watch"];

/// The versions of Toft and of the API. A Kubernetes client reads `gitVersion`.
pub async fn version(State(app): State<App>) -> Json<Value> {
    let version = app.version();
    let mut numbers = version.split('.');
    Json(json!({
        // The level of Kubernetes' conventions that is followed, for clients that compare.
        "major": "1",
        "minor": "36",
        "gitVersion": format!("v1.36.0+toft.{version}"),
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "rustc",
        "platform": format!("linux/{}", std::env::consts::ARCH),
        "toft": { "version": version, "major": numbers.next(), "minor": numbers.next() },
    }))
}

/// The versions of the core group.
#[allow(
    clippy::unused_async,
    reason = "a handler is a function that returns a future"
)]
pub async fn core_versions() -> Json<Value> {
    Json(json!({
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [],
    }))
}

/// The resources of the core group: those that kubectl asks for to describe others.
pub async fn core_resources() -> Json<Value> {
    let namespaces = json!({
        "name": "namespaces", "singularName": "namespace", "namespaced": false, "kind": "Namespace",
        "verbs": ["get", "list"], "shortNames": ["ns"],
    });
    Json(list("v1", vec![namespaces, resource(Kind::Event, &READ_VERBS)]))
}

/// The groups.
pub async fn groups() -> Json<Value> {
    Json(json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": [group_entry()] }))
}

/// Toft's own group.
pub async fn group() -> Json<Value> {
    let mut group = group_entry();
    group["kind"] = "APIGroup".into();
    group["apiVersion"] = "v1".into();
    Json(group)
}

/// The resources of Toft's own group.
pub async fn resources() -> Json<Value> {
    let mut resources = Vec::new();
    for kind in [Kind::Workspace, Kind::Template, Kind::Image, Kind::Snapshot] {
        resources.push(resource(kind, &VERBS));
        resources.push(json!({
            "name": format!("{}/status", kind.plural()), "singularName": "",
            "namespaced": kind.namespaced(), "kind": kind.as_str(), "verbs": ["get"],
        }));
    }
    Json(list(API_VERSION, resources))
}

fn group_entry() -> Value {
    let version = json!({ "groupVersion": API_VERSION, "version": VERSION });
    json!({ "name": GROUP, "versions": [version], "preferredVersion": version })
}

fn list(group_version: &str, resources: Vec<Value>) -> Value {
    json!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": group_version,
        "resources": resources,
    })
}

fn resource(kind: Kind, verbs: &[&str]) -> Value {
    let mut resource = json!({
        "name": kind.plural(),
        "singularName": kind.singular(),
        "namespaced": kind.namespaced(),
        "kind": kind.as_str(),
        "verbs": verbs,
        "shortNames": kind.short_names(),
    });
    if kind != Kind::Event {
        resource["categories"] = json!(["toft"]);
    }
    resource
}

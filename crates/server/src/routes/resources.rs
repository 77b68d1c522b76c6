//! The resource API: one set of handlers for all kinds, one file for each verb.

pub mod admit;
pub mod answer;
pub mod create;
pub mod delete;
pub mod delete_collection;
pub mod get;
pub mod list;
pub mod namespaces;
pub mod patch;
pub mod update;
pub mod watch;

use axum::Router;
use axum::routing::{MethodRouter, get as on_get};
use toft_model::{API_VERSION, Kind};

use crate::state::App;

/// The routes of all kinds.
pub fn routes() -> Router<App> {
    let mut router = Router::new();
    for kind in [Kind::Workspace, Kind::Template, Kind::Image, Kind::Snapshot] {
        let root = format!("/apis/{API_VERSION}");
        let base = if kind.namespaced() {
            router = router.route(&format!("{root}/{}", kind.plural()), list_route(kind));
            format!("{root}/namespaces/{{namespace}}/{}", kind.plural())
        } else {
            format!("{root}/{}", kind.plural())
        };
        router = router
            .route(&base, collection_route(kind))
            .route(&format!("{base}/{{name}}"), object_route(kind))
            .route(&format!("{base}/{{name}}/status"), status_route(kind));
    }
    router
        .route("/api/v1/events", list_route(Kind::Event))
        .route("/api/v1/namespaces/{namespace}/events", list_route(Kind::Event))
        .route(
            "/api/v1/namespaces/{namespace}/events/{name}",
            get_route(Kind::Event),
        )
        .route("/api/v1/namespaces", on_get(namespaces::list))
        .route("/api/v1/namespaces/{name}", on_get(namespaces::get))
}

fn list_route(kind: Kind) -> MethodRouter<App> {
    on_get(move |app, caller, place, raw, headers| list::list(kind, app, caller, place, raw, headers))
}

fn get_route(kind: Kind) -> MethodRouter<App> {
    on_get(move |app, caller, place, raw, headers| get::get(kind, app, caller, place, raw, headers))
}

fn collection_route(kind: Kind) -> MethodRouter<App> {
    list_route(kind)
        .post(move |app, caller, place, raw, headers, body| {
            create::create(kind, app, caller, place, raw, headers, body)
        })
        .delete(move |app, caller, place, raw, headers, body| {
            delete_collection::delete_collection(kind, app, caller, place, raw, headers, body)
        })
}

fn object_route(kind: Kind) -> MethodRouter<App> {
    get_route(kind)
        .put(move |app, caller, place, raw, headers, body| {
            update::update(kind, app, caller, place, raw, headers, body)
        })
        .patch(move |app, caller, place, raw, headers, body| {
            patch::patch(kind, app, caller, place, raw, headers, body)
        })
        .delete(move |app, caller, place, raw, headers, body| {
            delete::delete(kind, app, caller, place, raw, headers, body)
        })
}

fn status_route(kind: Kind) -> MethodRouter<App> {
    get_route(kind)
        .put(answer::status_is_the_servers)
        .patch(answer::status_is_the_servers)
}

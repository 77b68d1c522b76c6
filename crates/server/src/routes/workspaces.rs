//! What one does inside a workspace: subresources of its object.

pub mod bridge;
pub mod exec;
pub mod files;
pub mod logs;
pub mod open;
pub mod range;
pub mod terminal;
pub mod terminals;
pub mod usage;

use axum::Router;
use axum::routing::{any, delete, get, post};

use crate::state::App;

/// Where a workspace's subresources lie.
const BASE: &str = "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}";

/// The routes of all subresources.
pub fn routes() -> Router<App> {
    let files = get(files::get)
        .put(files::put)
        .post(files::post)
        .delete(files::delete);
    Router::new()
        // HTTP/2 opens WebSockets by CONNECT.
        .route(&format!("{BASE}/terminal"), any(terminal::terminal))
        .route(&format!("{BASE}/exec"), any(exec::exec))
        .route(&format!("{BASE}/terminals"), get(terminals::list))
        .route(
            &format!("{BASE}/terminals/{{session}}"),
            delete(terminals::delete),
        )
        .route(&format!("{BASE}/files"), files)
        .route(&format!("{BASE}/logs"), get(logs::logs))
        .route(&format!("{BASE}/usage"), get(usage::usage))
        .route(&format!("{BASE}/open"), post(open::open))
}

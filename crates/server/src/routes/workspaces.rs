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
use axum::routing::{MethodFilter, delete, get, on, post};

use crate::state::App;

/// Where a workspace's subresources lie.
const BASE: &str = "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}";

/// How WebSockets are opened: HTTP/2 does it by CONNECT.
const SOCKET: MethodFilter = MethodFilter::GET.or(MethodFilter::CONNECT);

/// The routes of all subresources.
pub fn routes() -> Router<App> {
    let files = get(files::get)
        .put(files::put)
        .post(files::post)
        .delete(files::delete);
    Router::new()
        .route(&format!("{BASE}/terminal"), on(SOCKET, terminal::terminal))
        .route(&format!("{BASE}/exec"), on(SOCKET, exec::exec))
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

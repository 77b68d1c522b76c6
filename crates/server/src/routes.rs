//! Every route, and the layers around them.
//!
//! ```text
//! count and log ─► identify ─► audit ─► route ─► handler
//! ```

pub mod discovery;
pub mod docs;
pub mod health;
pub mod resources;
pub mod toft;
pub mod ui;
pub mod workspaces;

use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;

use crate::audit::audit;
use crate::people::identify::{RefusedAs, identify};
use crate::routes::toft::login::Peer;
use crate::state::App;
use crate::wire::status::ApiError;

/// The whole API and the UI, ready to be served.
pub fn router(app: App) -> Router {
    let api = Router::new()
        .route("/version", get(discovery::version))
        .route("/api", get(docs::api))
        .route("/api/v1", get(discovery::core_resources))
        .route("/apis", get(discovery::groups))
        .route("/apis/toft.dev", get(discovery::group))
        .route("/apis/toft.dev/v1alpha1", get(discovery::resources))
        .route("/openapi/v2", get(docs::legacy))
        .route("/openapi/v3", get(docs::index))
        .route("/openapi/v3/{*name}", get(docs::document))
        .merge(resources::routes())
        .merge(workspaces::routes())
        .merge(toft::routes())
        .merge(health::routes())
        .method_not_allowed_fallback(wrong_method)
        .fallback(ui::serve);
    api
        // Innermost: knows the caller, sees the outcome.
        .layer(middleware::from_fn_with_state(app.clone(), audit))
        // Everything inside may ask who it is.
        .layer(middleware::from_fn_with_state(app.clone(), identify))
        .layer(CatchPanicLayer::custom(panicked))
        // Outermost: counts what the others refuse, too.
        .layer(middleware::from_fn_with_state(app.clone(), observe))
        .with_state(app)
}

/// Counts and logs; adds what every answer has.
async fn observe(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let under_way = app.requests().token();
    let peer = Peer::of(request.extensions());
    request.extensions_mut().insert(peer);
    let method = request.method().clone();
    let matched = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let own = matched.is_some();
    let route = matched.unwrap_or_else(|| "ui".to_owned());
    let mut response = next.run(request).await;
    drop(under_way);
    let status = response.status().as_u16();
    app.metrics()
        .request(known_method(&method), &route, status, began.elapsed());
    // The pattern only: an address may hold a code.
    tracing::debug!(%method, route, status, duration_ms = began.elapsed().as_millis(), "answered");
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers
        .entry(header::REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("same-origin"));
    headers.insert(
        "cross-origin-resource-policy",
        HeaderValue::from_static("same-origin"),
    );
    if own {
        headers
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
    }
    response
}

/// Methods are foreign text; a figure's labels are not.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::CONNECT => "CONNECT",
        _ => "other",
    }
}

async fn wrong_method(request: Request) -> Response {
    let error = ApiError::new(
        axum::http::StatusCode::METHOD_NOT_ALLOWED,
        "MethodNotAllowed",
        format!(
            "{} is not possible here; /api lists what there is",
            known_method(request.method())
        ),
    );
    RefusedAs::of(request.extensions()).answer(error)
}

#[allow(clippy::needless_pass_by_value, reason = "the layer's signature")]
fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = text.unwrap_or("no message"), "a handler panicked");
    ApiError::new(
        axum::http::StatusCode::INTERNAL_SERVER_ERROR,
        "InternalError",
        "the request ran into a bug of Toft's; the server's log has it",
    )
    .into_response()
}

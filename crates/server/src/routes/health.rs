//! Whether it lives, whether it can work, and its figures.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::people::policy::{Act, Caller, Subject, Verdict, decide};
use crate::state::App;
use crate::wire::status::{ApiError, ApiResult};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/livez", get(live))
        .route("/healthz", get(ready))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// Whether the process answers.
async fn live() -> &'static str {
    "ok"
}

/// Whether it can do its work: its store answers.
async fn ready(State(app): State<App>) -> Response {
    match app.store().meta("instance").await {
        Ok(_) => "ok".into_response(),
        Err(error) => {
            tracing::error!(error = %toft_model::cause::chain(&error), "the store does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer").into_response()
        }
    }
}

/// All figures, for Prometheus.
async fn metrics(State(app): State<App>, caller: Caller) -> ApiResult<Response> {
    if decide(&caller, Act::Read, Subject::Site) != Verdict::Allow {
        return Err(ApiError::forbidden(
            "only an admin (or an admin's token) may read the metrics",
        ));
    }
    let mut response = app.metrics().render().into_response();
    let media = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, media);
    Ok(response)
}

//! The web UI: a single-page app inside the binary.
//!
//! Everything that is no file is the app's own business and gets its page.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::people::identify::speaks_status;
use crate::wire::problem::Problem;
use crate::wire::status::ApiError;

/// What was built into the binary; empty where the UI was not built before.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Dist;

/// Scripts, styles and images come from this origin only, nothing inline runs, and nobody frames
/// the UI.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; \
connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Toft</title>\
<h1>The web UI was not built</h1><p>This Toft was compiled without it. Run <code>make build</code> and start Toft again. \
The API and the command line work meanwhile: see <a href=\"/api\">/api</a>.</p>";

/// Serves a file of the UI, or its page.
pub async fn serve(request: Request) -> Response {
    let path = request.uri().path();
    let api = ["/api/", "/apis/", "/openapi/"]
        .iter()
        .any(|base| path.starts_with(base));
    if api || !matches!(*request.method(), Method::GET | Method::HEAD) {
        let error = ApiError::no_route();
        return if speaks_status(path) {
            error.into_response()
        } else {
            Problem(error).into_response()
        };
    }
    let name = path.trim_start_matches('/');
    let file = |name| toft_assets::answer::<Dist>(name, request.headers());
    if let Some(found) = file(name) {
        return with_policy(found.map(Body::from));
    }
    if name.starts_with("assets/") {
        // A page of an older version asks for what is no longer there.
        return StatusCode::NOT_FOUND.into_response();
    }
    with_policy(match file("index.html") {
        Some(page) => page.map(Body::from),
        None => (StatusCode::SERVICE_UNAVAILABLE, Html(NOT_BUILT)).into_response(),
    })
}

/// Says what the page may do.
fn with_policy(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(
        "cross-origin-opener-policy",
        HeaderValue::from_static("same-origin"),
    );
    headers.insert(
        "permissions-policy",
        HeaderValue::from_static("camera=(), microphone=(), geolocation=(), payment=()"),
    );
    response
}

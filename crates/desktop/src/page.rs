//! The page around the screen: static files inside the binary.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;
use rust_embed::RustEmbed;

/// What was built into the binary; empty where the page was not built before.
#[derive(RustEmbed)]
#[folder = "../../web/dist-desktop"]
#[allow_missing = true]
struct Dist;

/// Scripts, styles and connections of this origin only; nobody frames it, so nobody can make a person click
/// on a desktop that they do not see. noVNC draws pointers as images that it made itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Desktop</title>\
<h1>The desktop's page was not built</h1><p>This Toft was compiled without it: run <code>make build</code>.</p>";

/// The file of a path, or the page.
pub fn serve(path: &str, asked: &HeaderMap) -> Response<Full<Bytes>> {
    let name = path.trim_start_matches('/');
    let name = if name.is_empty() { "index.html" } else { name };
    if let Some(found) = toft_assets::answer::<Dist>(name, asked) {
        return with_policy(found.map(Full::new));
    }
    let (status, text) = if name == "index.html" {
        (StatusCode::SERVICE_UNAVAILABLE, NOT_BUILT)
    } else {
        (StatusCode::NOT_FOUND, "There is no such page.\n")
    };
    plain(status, "text/html; charset=utf-8", text)
}

/// A short answer.
pub fn plain(status: StatusCode, media: &'static str, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    let media = HeaderValue::from_static(media);
    response.headers_mut().insert(header::CONTENT_TYPE, media);
    with_policy(response)
}

/// Says what the page may do.
fn with_policy(mut response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(
        "cross-origin-opener-policy",
        HeaderValue::from_static("same-origin"),
    );
    headers.insert(
        "cross-origin-resource-policy",
        HeaderValue::from_static("same-origin"),
    );
    response
}

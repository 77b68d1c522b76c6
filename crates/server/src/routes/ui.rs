//! The web UI: a single-page app inside the binary.
//!
//! Names below `assets/` carry a hash of their content and are kept for ever; everything that is
//! no file is the app's own business and gets its page.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::people::identify::speaks_status;
use crate::wire::problem::Problem;
use crate::wire::status::ApiError;

/// What was built into the binary; empty where the UI was not built before.
#[derive(RustEmbed)]
#[folder = "$TOFT_WEB_DIST"]
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
    if let Some(file) = Dist::get(name).filter(|_| !name.is_empty()) {
        return answer(name, &file, request.headers());
    }
    if name.starts_with("assets/") {
        // A page of an older version asks for what is no longer there.
        return StatusCode::NOT_FOUND.into_response();
    }
    match Dist::get("index.html") {
        Some(page) => answer("index.html", &page, request.headers()),
        None => with_policy(
            (StatusCode::SERVICE_UNAVAILABLE, NOT_BUILT).into_response(),
            "text/html; charset=utf-8",
        ),
    }
}

fn answer(name: &str, file: &EmbeddedFile, asked: &HeaderMap) -> Response {
    let packed = packed(name, asked);
    let content = packed.as_ref().map_or(file, |(_, file)| file);
    let tag = format!("\"{}\"", hex::encode(&content.metadata.sha256_hash()[..16]));
    let known = asked
        .get(header::IF_NONE_MATCH)
        .and_then(|known| known.to_str().ok());
    let mut response = if known.is_some_and(|known| known.contains(&tag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(content.data.clone()))
    };
    let forever = name.starts_with("assets/");
    let cache = if forever {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if let Some((encoding, _)) = packed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    let media = mime_guess::from_path(name).first_or_octet_stream();
    let media = if media.type_() == "text" {
        format!("{media}; charset=utf-8")
    } else {
        media.to_string()
    };
    with_policy(response, &media)
}

/// The same file packed, where the build packed it and the browser can unpack it.
fn packed(name: &str, asked: &HeaderMap) -> Option<(&'static str, EmbeddedFile)> {
    let accepts = asked.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    let accepts = |encoding: &str| {
        accepts
            .split(',')
            .any(|one| one.split(';').next().unwrap_or_default().trim() == encoding)
    };
    [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(encoding, _)| accepts(encoding))
        .find_map(|(encoding, ending)| Some((encoding, Dist::get(&format!("{name}.{ending}"))?)))
}

fn with_policy(mut response: Response, media: &str) -> Response {
    let headers = response.headers_mut();
    if let Ok(media) = HeaderValue::from_str(media) {
        headers.insert(header::CONTENT_TYPE, media);
    }
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

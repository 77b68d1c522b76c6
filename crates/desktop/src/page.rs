//! The page around the screen: static files inside the binary.
//!
//! Names below `assets/` carry a hash of their content and are kept for ever.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;
use rust_embed::{EmbeddedFile, RustEmbed};

/// What was built into the binary; empty where the page was not built before.
#[derive(RustEmbed)]
#[folder = "$TOFT_DESKTOP_DIST"]
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
    let Some(file) = Dist::get(name) else {
        let (status, text) = if name == "index.html" {
            (StatusCode::SERVICE_UNAVAILABLE, NOT_BUILT)
        } else {
            (StatusCode::NOT_FOUND, "There is no such page.\n")
        };
        let mut response = Response::new(Full::from(text));
        *response.status_mut() = status;
        return with_policy(response, "text/html; charset=utf-8");
    };
    let packed = packed(name, asked);
    let content = packed.as_ref().map_or(&file, |(_, file)| file);
    let body: Bytes = match &content.data {
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => Bytes::copy_from_slice(bytes),
    };
    let mut response = Response::new(Full::from(body));
    let cache = if name.starts_with("assets/") {
        "private, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
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
    let accepted = asked.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    let accepts = |encoding: &str| {
        accepted
            .split(',')
            .any(|one| one.split(';').next().unwrap_or_default().trim() == encoding)
    };
    [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(encoding, _)| accepts(encoding))
        .find_map(|(encoding, ending)| Some((encoding, Dist::get(&format!("{name}.{ending}"))?)))
}

/// Says what a response is and what its page may do.
pub fn with_policy(mut response: Response<Full<Bytes>>, media: &str) -> Response<Full<Bytes>> {
    let headers = response.headers_mut();
    if let Ok(media) = HeaderValue::from_str(media) {
        headers.insert(header::CONTENT_TYPE, media);
    }
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

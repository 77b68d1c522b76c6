//! Files of a built web page inside the binary, as answers over HTTP: packed where the build packed
//! them, not sent again where the browser has them. What the page may do is its server's to say.
//!
//! Names below `assets/` carry a hash of their content and are kept for ever.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use rust_embed::{EmbeddedFile, RustEmbed};

/// The file `name` of the page `P`, for a browser that asked with these fields; none if there is
/// no such file.
pub fn answer<P: RustEmbed>(name: &str, asked: &HeaderMap) -> Option<Response<Bytes>> {
    let file = P::get(name)?;
    let packed = packed::<P>(name, asked);
    let content = packed.as_ref().map_or(&file, |(_, file)| file);
    let tag = format!("\"{}\"", hex::encode(&content.metadata.sha256_hash()[..16]));
    let known = asked
        .get(header::IF_NONE_MATCH)
        .and_then(|known| known.to_str().ok());
    let mut response = Response::default();
    if known.is_some_and(|known| known.contains(&tag)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        *response.body_mut() = body(content);
    }
    let cache = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some((encoding, _)) = packed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    for (field, text) in [(header::ETAG, tag), (header::CONTENT_TYPE, media(name))] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(field, value);
        }
    }
    Some(response)
}

fn body(content: &EmbeddedFile) -> Bytes {
    match &content.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::copy_from_slice(bytes),
    }
}

fn media(name: &str) -> String {
    let media = mime_guess::from_path(name).first_or_octet_stream();
    if media.type_() == "text" {
        format!("{media}; charset=utf-8")
    } else {
        media.to_string()
    }
}

/// The same file packed, where the build packed it and the browser can unpack it.
fn packed<P: RustEmbed>(name: &str, asked: &HeaderMap) -> Option<(&'static str, EmbeddedFile)> {
    let accepted = asked.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    let accepts = |encoding: &str| {
        accepted
            .split(',')
            .any(|one| one.split(';').next().unwrap_or_default().trim() == encoding)
    };
    [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(encoding, _)| accepts(encoding))
        .find_map(|(encoding, ending)| Some((encoding, P::get(&format!("{name}.{ending}"))?)))
}

#[cfg(test)]
mod tests;

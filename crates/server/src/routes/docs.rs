//! OpenAPI documents, and a page to read them.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::discovery;
use crate::openapi;
use crate::wire::asked::Path;
use crate::wire::status::{ApiError, ApiResult};

/// Nothing on the page comes from elsewhere, and nothing on it runs.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}\
code{font:13px ui-monospace,monospace}h2{margin-top:2.5rem}table{border-collapse:collapse;width:100%}\
td{padding:.3rem .6rem .3rem 0;vertical-align:top;border-bottom:1px solid #8884}td:first-child{white-space:nowrap}\
.m{display:inline-block;min-width:4.5rem;font-weight:600}";

/// The versions of the core group for programs, a page for people.
pub async fn api(headers: HeaderMap) -> Response {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .unwrap_or_default();
    if !accept.contains("text/html") {
        return discovery::core_versions().await.into_response();
    }
    let mut response = page().into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

/// The index of all documents.
pub async fn index() -> Json<Value> {
    Json(openapi::index())
}

/// One document.
pub async fn document(Path(name): Path<String>) -> ApiResult<Json<Value>> {
    openapi::document(&name).map(Json).ok_or_else(ApiError::no_route)
}

/// A document of version 2 without content. kubectl asks for it, as a protocol buffer, when
/// version 3 does not know a kind; without an answer it complains of the document instead of
/// the kind.
pub async fn legacy() -> Response {
    let media = HeaderValue::from_static("application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
    ([(header::CONTENT_TYPE, media)], openapi::legacy()).into_response()
}

fn page() -> String {
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Toft API</title><style>{STYLE}</style><h1>Toft API {}</h1>\
         <p>Resources are served as Kubernetes serves them: <code>kubectl</code> works with the file that \
         <code>toft kubeconfig</code> prints. Programs send <code>Authorization: Bearer toft_…</code>.</p>",
        escape(env!("CARGO_PKG_VERSION"))
    );
    for (name, make) in openapi::documents() {
        let document = make();
        let title = document["info"]["title"].as_str().unwrap_or(name);
        html.push_str(&format!(
            "<h2>{}</h2><p><a href=\"/openapi/v3/{name}\">OpenAPI document</a></p><table>",
            escape(title)
        ));
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(key, _)| *key != "parameters")
            {
                let summary = operation["summary"].as_str().unwrap_or_default();
                html.push_str(&format!(
                    "<tr><td><span class=\"m\">{}</span><code>{}</code><td>{}",
                    method.to_ascii_uppercase(),
                    escape(path),
                    escape(summary)
                ));
            }
        }
        html.push_str("</table>");
    }
    html
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

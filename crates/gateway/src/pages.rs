//! The gateway's own answers: small pages without scripts, or problem+json for programs.

use std::fmt::Write;
use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use http_body_util::Full;
use sha2::{Digest, Sha256};

/// One thing to tell a visitor.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    pub status: StatusCode,
    pub title: &'static str,
    pub detail: String,
    /// Where the visitor may go on: an address and what it is.
    pub link: Option<(String, &'static str)>,
}

const STYLE: &str = ":root{color-scheme:light dark}body{font:16px/1.6 system-ui,sans-serif;margin:0;\
min-height:100vh;display:grid;place-items:center;background:Canvas;color:CanvasText}main{max-width:32rem;\
padding:2rem}h1{font-size:1.4rem;font-weight:600;margin:0 0 .5rem}p{margin:.5rem 0;overflow-wrap:anywhere}\
small{opacity:.7}a{color:LinkText}";

static POLICY: LazyLock<Option<HeaderValue>> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    );
    HeaderValue::from_str(&policy).ok()
});

// === impl Notice ===

impl Notice {
    pub(crate) fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            title,
            detail: detail.into(),
            link: None,
        }
    }

    pub(crate) fn link(mut self, url: String, label: &'static str) -> Self {
        self.link = Some((url, label));
        self
    }

    pub(crate) fn home(self, authority: &str) -> Self {
        self.link(format!("https://{authority}/"), "Go to Toft")
    }

    /// The response, in the form that the client prefers.
    pub(crate) fn respond(&self, request: &HeaderMap) -> Response<Full<Bytes>> {
        let (kind, text) = if prefers_html(request) {
            ("text/html; charset=utf-8", self.html())
        } else {
            ("application/problem+json", self.json())
        };
        let mut response = Response::new(Full::from(text));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        headers.insert(header::VARY, HeaderValue::from_static("accept"));
        if let Some(policy) = &*POLICY {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"toft\""),
            );
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }

    fn html(&self) -> String {
        let link = self.link.as_ref().map(|(url, label)| {
            let url = escape(url);
            format!("<p><a href=\"{url}\">{label}</a></p>")
        });
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title} · Toft</title>\
             <style>{STYLE}</style></head><body><main><h1>{title}</h1><p>{detail}</p>{link}\
             <small>{status}</small></main></body></html>\n",
            title = escape(self.title),
            detail = escape(&self.detail),
            link = link.unwrap_or_default(),
            status = self.status,
        )
    }

    fn json(&self) -> String {
        let title = json_string(self.title);
        let detail = json_string(&self.detail);
        format!(
            "{{\"title\":{title},\"status\":{},\"detail\":{detail}}}\n",
            self.status.as_u16()
        )
    }
}

/// Whether a person is likely to look at the answer: HTML is asked for, before JSON.
pub(crate) fn prefers_html(request: &HeaderMap) -> bool {
    let accept = request
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    match (accept.find("text/html"), accept.find("json")) {
        (Some(html), Some(json)) => html < json,
        (html, _) => html.is_some(),
    }
}

fn escape(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut out, c| {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                c => out.push(c),
            }
            out
        })
}

fn json_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            // Writing to a string does not fail.
            c if c.is_control() => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests;

//! Security headers for the UI's pages, as a `map_response` layer for whoever serves them.

use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, Response};

use crate::host::Domain;

/// Fields that are the same on every response.
const FIXED: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    // Pages of workspaces are of the same site: no process and no `document.domain` is shared.
    (HeaderName::from_static("origin-agent-cluster"), "?1"),
];

/// What the UI's pages may load and who may embed them. Cheap to clone; give
/// [`SecurityHeaders::add`] to `ServiceBuilder::map_response`.
#[derive(Clone, Debug)]
pub struct SecurityHeaders {
    policy: HeaderValue,
}

// === impl SecurityHeaders ===

impl SecurityHeaders {
    /// Pages load from their own origin only, may show apps under `domain` in frames, and are
    /// shown in nobody's frame. Inline styles are allowed: terminals position their cells by them.
    pub fn new(domain: &Domain) -> Self {
        let policy = format!(
            "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
             font-src 'self' data:; connect-src 'self'; frame-src https://*.{domain}:*; object-src 'none'; \
             base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        );
        // A domain is lower-case letters, digits, dashes and dots.
        let policy = HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'self'"));
        Self { policy }
    }

    /// Adds what the response does not set itself.
    pub fn add<B>(&self, mut response: Response<B>) -> Response<B> {
        let headers = response.headers_mut();
        for (name, value) in FIXED {
            add(headers, name, HeaderValue::from_static(value));
        }
        add(headers, header::CONTENT_SECURITY_POLICY, self.policy.clone());
        response
    }
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    headers.entry(name).or_insert(value);
}

#[cfg(test)]
mod tests;

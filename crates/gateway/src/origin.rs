//! May a request act for the person whose cookie it carries? Pure functions.
//!
//! A cookie comes along whoever caused the request. All workspaces and the UI are *one site* to
//! the browser, so `SameSite` does not tell them apart; the origin does. Requests that prove
//! themselves with a token need none of this: no page can make a browser send one.

use http::header::{HeaderName, ORIGIN, UPGRADE};
use http::{HeaderMap, Method};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Why a cookie does not count for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Foreign {
    /// It changes something, or opens a WebSocket, and does not come from the host's own pages.
    #[error("the request does not come from a page of this host (its Origin is missing or another)")]
    Origin,
    /// A page of another origin embeds or fetches this.
    #[error("a page of another origin asked for this on your behalf")]
    Embedded,
}

/// Whether a request that is authenticated by a cookie comes from the pages of `authority`
/// (`HOST[:PORT]`, without 443), as far as it must.
pub fn check(method: &Method, headers: &HeaderMap, authority: &str) -> Result<(), Foreign> {
    let safe = matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE
    );
    if !safe || headers.contains_key(UPGRADE) {
        return if is_exact(headers, authority) {
            Ok(())
        } else {
            Err(Foreign::Origin)
        };
    }
    // Older browsers send neither field; a navigation is the person's own doing and changes nothing.
    let text = |name| headers.get(name).map_or(&b""[..], |value| value.as_bytes());
    let other = matches!(text(SEC_FETCH_SITE), b"same-site" | b"cross-site");
    let navigates = text(SEC_FETCH_MODE) == b"navigate";
    if other && !navigates {
        Err(Foreign::Embedded)
    } else {
        Ok(())
    }
}

/// Whether there is one `Origin`, and it is `https://AUTHORITY`.
fn is_exact(headers: &HeaderMap, authority: &str) -> bool {
    let mut origins = headers.get_all(ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (Some(origin), None) => origin.as_bytes().strip_prefix(b"https://") == Some(authority.as_bytes()),
        _ => false,
    }
}

#[cfg(test)]
mod tests;

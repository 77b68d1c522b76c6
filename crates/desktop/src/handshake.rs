//! May this request do something? Pure functions on its head.
//!
//! The gateway has asked who it is. Asked here is where it comes from, because a browser inside the
//! workspace reaches this port without the gateway: whatever it shows must not be able to see or
//! move the screen it is on. Only pages of `https` count. This port itself speaks no TLS, so a
//! name that an attacker points at loopback gives an origin of `http` at best.

use http::header::{HOST, HeaderMap, ORIGIN};
use http::{Request, Response};
use tokio_tungstenite::tungstenite::handshake::server::create_response;

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Its origin is missing or another.
    #[error("the request does not come from this desktop's own page (its Origin is missing or another)")]
    Foreign,
    /// It is no WebSocket's beginning.
    #[error("this is for WebSockets: {0}")]
    NoWebSocket(String),
}

/// Whether a request comes from this desktop's own page.
///
/// # Errors
/// It does not, or does not say.
pub fn own_page(headers: &HeaderMap) -> Result<(), Refused> {
    let only = |name| {
        let mut values = headers.get_all(name).iter();
        values.next().filter(|_| values.next().is_none())
    };
    match (only(ORIGIN), only(HOST)) {
        (Some(origin), Some(host))
            if !host.is_empty() && origin.as_bytes().strip_prefix(b"https://") == Some(host.as_bytes()) =>
        {
            Ok(())
        }
        _ => Err(Refused::Foreign),
    }
}

/// The answer that makes a WebSocket of a request, if its page may have one.
///
/// # Errors
/// It comes from elsewhere, or is no WebSocket's beginning.
pub fn accept<B>(request: &Request<B>) -> Result<Response<()>, Refused> {
    own_page(request.headers())?;
    let head = {
        let mut head = Request::builder()
            .method(request.method())
            .uri(request.uri())
            .version(request.version());
        if let Some(headers) = head.headers_mut() {
            headers.clone_from(request.headers());
        }
        head.body(())
            .map_err(|error| Refused::NoWebSocket(error.to_string()))?
    };
    create_response(&head).map_err(|error| Refused::NoWebSocket(error.to_string()))
}

#[cfg(test)]
mod tests;

//! Carrying a sign-in from the UI to an app's host, without a reusable secret in any URL.
//!
//! ```text
//! browser ─ GET https://APP/path ───────────► gateway: no session here
//!         ◄─ 302 UI/api/toft/v1/authorize?host=APP&path=/path&state=S, cookie state=S ─┘
//!         ─ GET UI/…/authorize (the UI's own cookie says who) ──► server: one-time code for APP
//!         ◄─ 302 https://APP/.toft/callback?code=C&path=/path&state=S ─┘
//!         ─ GET https://APP/.toft/callback, cookie state=S ─► gateway: state matches, code redeemed
//!         ◄─ 302 /path, cookie session ─┘
//! ```
//!
//! The state ties the code to the browser that asked: nobody can be signed in with somebody
//! else's code by following a link.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use rand::RngCore;
use subtle::ConstantTimeEq;

use crate::authority::Authority;

/// The path that the gateway keeps for itself on every app's host.
pub const RESERVED: &str = "/.toft/";

/// Where a browser comes back with its code.
pub const CALLBACK: &str = "/.toft/callback";

/// The UI's page that gives out codes.
pub const AUTHORIZE: &str = "/api/toft/v1/authorize";

/// Longest path that is carried through a sign-in; a longer one comes back at `/`.
const PATH_MAX: usize = 4096;

const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// What the server is asked at [`AUTHORIZE`]: read from the query there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorize {
    /// The app's authority, to be looked up in the [`crate::Directory`].
    pub host: String,
    /// Where the browser was going: a local path.
    pub path: String,
    /// What ties the answer to the browser.
    pub state: String,
}

/// What the browser brings back to [`CALLBACK`].
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Callback {
    pub code: String,
    pub path: String,
    pub state: String,
}

// === impl Authorize ===

impl Authorize {
    /// Reads the query of a request to [`AUTHORIZE`]. `None` unless host and state are well-formed;
    /// a path that is not local becomes `/`.
    pub fn from_query(query: &str) -> Option<Self> {
        let host = Authority::parse(&parameter(query, "host")?)?.as_str().to_owned();
        let state = parameter(query, "state")
            .filter(|state| is_token(state))?
            .into_owned();
        Some(Self {
            host,
            path: carried_path(query),
            state,
        })
    }

    /// The address on the UI's `authority` that asks this.
    pub fn url(&self, authority: &str) -> String {
        let (host, path) = (
            utf8_percent_encode(&self.host, QUERY),
            utf8_percent_encode(&self.path, QUERY),
        );
        format!(
            "https://{authority}{AUTHORIZE}?host={host}&path={path}&state={}",
            self.state
        )
    }

    /// Where the browser takes `code`, which was made for [`Authorize::host`] only.
    pub fn callback_url(&self, code: &str) -> String {
        let (code, path) = (
            utf8_percent_encode(code, QUERY),
            utf8_percent_encode(&self.path, QUERY),
        );
        format!(
            "https://{}{CALLBACK}?code={code}&path={path}&state={}",
            self.host, self.state
        )
    }
}

// === impl Callback ===

impl Callback {
    pub(crate) fn from_query(query: &str) -> Option<Self> {
        let code = parameter(query, "code")
            .filter(|code| is_token(code))?
            .into_owned();
        let state = parameter(query, "state")
            .filter(|state| is_token(state))?
            .into_owned();
        Some(Self {
            code,
            path: carried_path(query),
            state,
        })
    }

    pub(crate) fn belongs_to(&self, cookie: &str) -> bool {
        self.state.as_bytes().ct_eq(cookie.as_bytes()).into()
    }
}

/// A fresh state.
pub(crate) fn new_state() -> String {
    let mut bytes = [0; 16];
    rand::rng().fill_bytes(&mut bytes);
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Whether this could be a state or a code: short and URL-safe.
pub(crate) fn is_token(text: &str) -> bool {
    let safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~');
    (8..=512).contains(&text.len()) && text.bytes().all(safe)
}

/// Whether a browser that is sent to `path` stays on the host: a path with one slash at its
/// start, without what browsers turn into slashes (`\`) or leave out (tabs, line ends).
pub fn is_local_path(path: &str) -> bool {
    let visible = path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let reserved = path.starts_with(RESERVED) || path == "/.toft";
    path.starts_with('/') && !path.starts_with("//") && visible && !reserved && path.len() <= PATH_MAX
}

fn carried_path(query: &str) -> String {
    match parameter(query, "path") {
        Some(path) if is_local_path(&path) => path.into_owned(),
        _ => "/".to_owned(),
    }
}

/// The first value of a parameter, decoded.
fn parameter<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let pair = query
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    percent_decode_str(pair).decode_utf8().ok()
}

#[cfg(test)]
mod tests;

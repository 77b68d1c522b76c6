//! Header fields on their way through the proxy: what ends here, what is added, what is held back.

use std::net::IpAddr;

use bytes::Bytes;
use http::header::{self, Entry, HeaderName};
use http::{HeaderMap, HeaderValue};

use crate::cookies::{self, Jar, Outward};

/// The start of every API token of Toft's.
const TOKEN: &str = "toft_";

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Fields that concern one connection only (RFC 9110, 7.6.1), besides those that `Connection`
/// names. `Trailer` is not among them: trailers are passed on.
const HOP_BY_HOP: [HeaderName; 7] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::PROXY_AUTHORIZATION,
];

/// Fields with which an app could reach beyond its own origin: onto the host name as a whole, or
/// onto the port it is not on.
const HELD_BACK: [HeaderName; 4] = [
    header::STRICT_TRANSPORT_SECURITY,
    header::ALT_SVC,
    HeaderName::from_static("public-key-pins"),
    header::PROXY_AUTHENTICATE,
];

/// The token of Toft's that a request proves itself with, if it does.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get_all(header::AUTHORIZATION).iter().find_map(token)
}

/// The token in an `Authorization` field, if it is one of Toft's.
fn token(value: &HeaderValue) -> Option<&str> {
    let (scheme, rest) = value.to_str().ok()?.trim_start().split_once([' ', '\t'])?;
    let token = rest.trim();
    (scheme.eq_ignore_ascii_case("bearer") && token.starts_with(TOKEN)).then_some(token)
}

/// The value of a cookie of ours.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .find_map(|field| cookies::find(field.as_bytes(), name))
}

/// Whether this asks for a WebSocket.
pub(crate) fn is_websocket(headers: &HeaderMap) -> bool {
    let upgrade = headers
        .get(header::UPGRADE)
        .is_some_and(|v| v.as_bytes().eq_ignore_ascii_case(b"websocket"));
    upgrade && connection_names(headers).any(|name| name.eq_ignore_ascii_case("upgrade"))
}

/// Takes away what ends at this hop.
pub(crate) fn drop_hop_by_hop(headers: &mut HeaderMap) {
    if headers.contains_key(header::CONNECTION) {
        let named: Vec<HeaderName> = connection_names(headers)
            .filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok())
            // Naming these would take away what the border depends on.
            .filter(|name| !matches!(*name, header::HOST | header::COOKIE | header::CONTENT_LENGTH))
            .collect();
        for name in named {
            headers.remove(name);
        }
    }
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
}

/// Takes Toft's credentials out of a request, and what only a proxy may say.
pub(crate) fn drop_foreign(headers: &mut HeaderMap, jar: Jar) {
    drop_cookies(headers, jar);
    if headers
        .get_all(header::AUTHORIZATION)
        .iter()
        .any(|value| token(value).is_some())
    {
        headers.remove(header::AUTHORIZATION);
    }
    // CGI-like servers read `x_forwarded_for` as `x-forwarded-for`, and `proxy` as HTTP_PROXY.
    let forged: Vec<HeaderName> = headers
        .keys()
        .filter(|name| is_proxy_only(name.as_str()))
        .cloned()
        .collect();
    for name in forged {
        headers.remove(name);
    }
}

/// Says for whom, for which host and how the request came.
pub(crate) fn add_forwarded(headers: &mut HeaderMap, peer: &Peer, host: &HeaderValue) {
    headers.insert(FORWARDED_FOR, peer.plain.clone());
    headers.insert(REAL_IP, peer.plain.clone());
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static("https"));
    headers.insert(FORWARDED_HOST, host.clone());
    // Without the host, which stands in two fields already: with its port it must be quoted here, and code-server
    // and others take the quotes for a part of the name.
    let text = [peer.node.as_bytes(), b";proto=https"].concat();
    if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(text)) {
        headers.insert(header::FORWARDED, value);
    }
}

/// Takes out of a response what would reach beyond the app's own origin.
pub(crate) fn hold_back<'a>(
    headers: &mut HeaderMap,
    jar: Jar,
    ui: &(impl IntoIterator<Item = &'a str> + Clone),
) {
    for name in &HELD_BACK {
        headers.remove(name);
    }
    limit_clear_site_data(headers);
    let Entry::Occupied(set_cookie) = headers.entry(header::SET_COOKIE) else {
        return;
    };
    let verdict = |value: &HeaderValue| cookies::outward(value.as_bytes(), jar, ui);
    if set_cookie.iter().all(|value| verdict(value) == Outward::Pass) {
        return;
    }
    let (name, values) = set_cookie.remove_entry_mult();
    for value in values.collect::<Vec<_>>() {
        let (plain, renamed) = match verdict(&value) {
            Outward::Pass => (Some(value), None),
            Outward::Rename(text) => (None, Some(text)),
            Outward::Double(text) => (Some(value), Some(text)),
            Outward::Drop => (None, None),
        };
        let renamed = renamed.and_then(|text| HeaderValue::from_maybe_shared(Bytes::from(text)).ok());
        for value in plain.into_iter().chain(renamed) {
            headers.append(name.clone(), value);
        }
    }
}

/// Cookies, and so the `*`, are cleared for the whole site, UI and neighbours included; the rest
/// is the app's own.
fn limit_clear_site_data(headers: &mut HeaderMap) {
    let Some(value) = headers.get(CLEAR_SITE_DATA) else {
        return;
    };
    let text = value.to_str().unwrap_or_default();
    let own = ["\"cache\"", "\"storage\"", "\"executionContexts\""];
    let all = text.contains("\"*\"");
    let kept: Vec<&str> = own
        .into_iter()
        .filter(|item| all || text.contains(item))
        .collect();
    match HeaderValue::from_str(&kept.join(", ")) {
        Ok(value) if !kept.is_empty() => drop(headers.insert(CLEAR_SITE_DATA, value)),
        _ => drop(headers.remove(CLEAR_SITE_DATA)),
    }
}

/// HTTP/2 may bring cookies in several fields; HTTP/1.1 wants one.
fn drop_cookies(headers: &mut HeaderMap, jar: Jar) {
    let mut fields = headers.get_all(header::COOKIE).iter();
    let Some(first) = fields.next() else { return };
    let joined = match fields.next() {
        None => None,
        Some(second) => {
            let all: Vec<&[u8]> = [first, second]
                .into_iter()
                .chain(fields)
                .map(HeaderValue::as_bytes)
                .collect();
            Some(all.join(&b"; "[..]))
        }
    };
    let cleaned = cookies::inward(joined.as_deref().unwrap_or(first.as_bytes()), jar);
    let Some(text) = cleaned.or(joined) else { return };
    match HeaderValue::from_maybe_shared(Bytes::from(text)) {
        Ok(value) if !value.is_empty() => drop(headers.insert(header::COOKIE, value)),
        _ => drop(headers.remove(header::COOKIE)),
    }
}

fn connection_names(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let fields = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok());
    fields.flat_map(|value| value.split(',')).map(str::trim)
}

/// Whether only a proxy may say this, in any of the spellings that servers confuse.
fn is_proxy_only(name: &str) -> bool {
    const NAMES: [&[u8]; 4] = [b"forwarded", b"proxy", b"x-real-ip", b"x-original-host"];
    let dashed = |b: u8| if b == b'_' { b'-' } else { b };
    let is = |known: &[u8]| name.len() == known.len() && name.bytes().map(dashed).eq(known.iter().copied());
    let prefix = b"x-forwarded-";
    let forwarded = name.len() >= prefix.len() && name.bytes().map(dashed).take(prefix.len()).eq(*prefix);
    forwarded || NAMES.into_iter().any(is)
}

/// The client, as header values made once per connection.
#[derive(Debug)]
pub(crate) struct Peer {
    plain: HeaderValue,
    node: String,
}

// === impl Peer ===

impl Peer {
    pub(crate) fn new(ip: IpAddr) -> Self {
        let ip = ip.to_canonical();
        let node = match ip {
            IpAddr::V4(ip) => format!("for={ip}"),
            IpAddr::V6(ip) => format!("for=\"[{ip}]\""),
        };
        // An address has no character that a header may not have.
        let plain = HeaderValue::from_str(&ip.to_string()).unwrap_or(HeaderValue::from_static("unknown"));
        Self { plain, node }
    }
}

#[cfg(test)]
mod tests;

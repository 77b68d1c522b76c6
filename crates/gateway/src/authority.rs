//! The authority of a request: the host and port that the client believes it talks to.
//!
//! It decides everything else, so there is exactly one, taken from where the protocol puts it,
//! and a request that says two different things is refused.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::header::HOST;
use http::{HeaderValue, Request};

/// A host and perhaps a port, in the one spelling that is compared and sent on: lower case, no
/// final dot, no default port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Authority {
    text: String,
    host_len: usize,
    ip: Option<IpAddr>,
}

// === impl Authority ===

impl Authority {
    /// Reads `HOST[:PORT]`, where a host is a DNS name, an IPv4 address or `[an IPv6 one]`.
    pub fn parse(text: &str) -> Option<Self> {
        let (host, port) = split(text)?;
        let ip = if let Some(inner) = host.strip_prefix('[') {
            Some(IpAddr::V6(inner.strip_suffix(']')?.parse::<Ipv6Addr>().ok()?))
        } else {
            // A final dot says the same, of a name as of an address.
            let host = host.strip_suffix('.').unwrap_or(host);
            host.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
        };
        let mut text = match ip {
            Some(IpAddr::V6(ip)) => format!("[{ip}]"),
            Some(IpAddr::V4(ip)) => ip.to_string(),
            None => name(host)?,
        };
        let host_len = text.len();
        if let Some(port) = port.filter(|&port| port != 443) {
            text.push(':');
            text.push_str(&port.to_string());
        }
        Some(Self { text, host_len, ip })
    }

    /// `HOST[:PORT]`, without the port if it is 443.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host: a name, an IPv4 address, or an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.text[..self.host_len]
    }

    /// The port, 443 when none is written.
    pub fn port(&self) -> u16 {
        self.text[self.host_len..]
            .strip_prefix(':')
            .and_then(|port| port.parse().ok())
            .unwrap_or(443)
    }

    /// The host as an address, if it is one.
    pub fn ip(&self) -> Option<IpAddr> {
        self.ip
    }

    /// The same port at another host.
    pub fn with_host(&self, host: &str) -> String {
        format!("{host}{}", &self.text[self.host_len..])
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What a request names as its host, byte for byte: the `:authority` of HTTP/2, the one `Host`
/// field of HTTP/1.1. `None` when there is none, or when there are several that differ.
pub(crate) fn of<B>(request: &Request<B>) -> Option<&[u8]> {
    let mut fields = request.headers().get_all(HOST).iter().map(HeaderValue::as_bytes);
    let field = fields.next();
    if fields.next().is_some() {
        return None;
    }
    match (request.uri().authority(), field) {
        (None, field) => field,
        (Some(uri), None) => Some(uri.as_str().as_bytes()),
        (Some(uri), Some(field)) => uri
            .as_str()
            .as_bytes()
            .eq_ignore_ascii_case(field)
            .then_some(field),
    }
}

fn split(text: &str) -> Option<(&str, Option<u16>)> {
    let host_end = text.rfind(']').map_or(0, |at| at + 1);
    match text[host_end..].find(':') {
        None => Some((text, None)),
        Some(at) => {
            let (host, port) = (&text[..host_end + at], &text[host_end + at + 1..]);
            let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
            let port = port.parse().ok().filter(|&port| digits && port != 0)?;
            Some((host, Some(port)))
        }
    }
}

/// A DNS name in lower case and without its final dot.
fn name(host: &str) -> Option<String> {
    let host = host.strip_suffix('.').unwrap_or(host);
    let fits = !host.is_empty() && host.len() <= 253 && !host.split('.').any(str::is_empty);
    let plain = host
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
    (fits && plain).then(|| host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests;

//! What must hold for any foreign bytes: called by the fuzz targets and by the replay of their
//! corpora, so that both check the same. Each function panics where a promise is broken.

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use crate::authority::Authority;
use crate::cookies::{self, Jar, Outward};
use crate::host::{AppHost, Domain};
use crate::signin::{self, Authorize};
use crate::{headers, origin};

/// Hosts read back as they were understood, and no sign-in leads off its host.
pub fn host(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Some(authority) = Authority::parse(text) {
        let again = Authority::parse(authority.as_str());
        assert_eq!(again.as_ref(), Some(&authority), "an authority has one spelling");
        assert_eq!(authority.with_host(authority.host()), authority.as_str());
    }
    if let Ok(app) = AppHost::from_label(text) {
        assert_eq!(app.to_string(), text, "a label says one thing");
    }
    if let Ok(domain) = Domain::parse(text) {
        assert_eq!(
            Domain::parse(domain.as_str()).as_ref(),
            Ok(&domain),
            "a domain has one spelling"
        );
    }
    if let Some(ask) = Authorize::from_query(text) {
        assert!(signin::is_local_path(&ask.path), "a sign-in ends on its host");
        let url = ask.url("toft.localhost");
        let query = url.split_once('?').map_or("", |(_, query)| query);
        assert_eq!(
            Authorize::from_query(query),
            Some(ask),
            "what is asked reads back"
        );
    }
}

/// Nothing of Toft's goes in, and what comes out can neither become Toft's nor reach the UI.
pub fn cookies(data: &[u8]) {
    const UI: [&str; 2] = ["toft.localhost", "box.lan"];
    for jar in [Jar::Host, Jar::Port(9000)] {
        let kept = cookies::inward(data, jar).unwrap_or_else(|| data.to_vec());
        assert!(!names_ours(&kept), "a cookie of ours went in");
        match cookies::outward(data, jar, &UI) {
            Outward::Drop => (),
            Outward::Pass => check_sent(data, jar),
            Outward::Rename(sent) => check_renamed(&sent, jar),
            Outward::Double(sent) => {
                check_sent(data, jar);
                check_renamed(&sent, jar);
            }
        }
    }
}

fn check_renamed(sent: &[u8], jar: Jar) {
    let pair = sent.split(|&b| b == b';').next().unwrap_or_default();
    let back = cookies::inward(pair, jar).unwrap_or_default();
    assert!(!names_ours(&back), "a renamed cookie came back as ours");
}

/// A head of a request or an answer, a field a line: after the border nothing of Toft's is in it,
/// nothing that only a proxy may say, and nothing that ends at this hop.
pub fn headers(data: &[u8]) {
    const UI: [&str; 2] = ["toft.localhost", "box.lan"];
    let mut sent = HeaderMap::new();
    for line in data.split(|&b| b == b'\n').take(64) {
        let Some(colon) = line.iter().position(|&b| b == b':') else {
            continue;
        };
        let name = HeaderName::from_bytes(&line[..colon]);
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            sent.append(name, value);
        }
    }
    let _ = (headers::bearer(&sent), headers::cookie(&sent, "__Host-toft"));
    let _ = headers::is_websocket(&sent);
    let _ = origin::check(&Method::POST, &sent, "toft.localhost");
    let jar = Jar::Host;
    let mut inward = sent.clone();
    headers::drop_hop_by_hop(&mut inward);
    headers::drop_foreign(&mut inward, jar);
    assert!(headers::bearer(&inward).is_none(), "a token of ours went in");
    for field in inward.get_all(header::COOKIE) {
        assert!(!names_ours(field.as_bytes()), "a cookie of ours went in");
    }
    for name in [
        "connection",
        "transfer-encoding",
        "upgrade",
        "te",
        "x-forwarded-for",
        "forwarded",
    ] {
        assert!(!inward.contains_key(name), "{name} went in");
    }
    let had_host = sent.contains_key(header::HOST);
    assert_eq!(inward.contains_key(header::HOST), had_host, "the host stays");
    let mut outward = sent;
    headers::hold_back(&mut outward, jar, &UI);
    for field in outward.get_all(header::SET_COOKIE) {
        check_sent(field.as_bytes(), jar);
    }
    assert!(!outward.contains_key(header::STRICT_TRANSPORT_SECURITY));
}

/// As a browser would send it back, the cookie is none of ours.
fn check_sent(field: &[u8], jar: Jar) {
    let pair = field.split(|&b| b == b';').next().unwrap_or_default();
    let name = cookies::session_name(jar);
    let text = String::from_utf8_lossy(pair).to_ascii_lowercase();
    let bare = text.trim_start_matches(|c: char| c == '=' || c.is_ascii_whitespace());
    assert!(!bare.starts_with("__host-toft"), "an app set {name}");
    let lower = String::from_utf8_lossy(field)
        .to_ascii_lowercase()
        .replace(' ', "");
    assert!(
        !lower.contains(";domain=toft.localhost;"),
        "an app set a cookie for the UI"
    );
}

fn names_ours(field: &[u8]) -> bool {
    field.split(|&b| b == b';').any(|piece| {
        let text = String::from_utf8_lossy(piece).to_ascii_lowercase();
        text.trim_start().starts_with("__host-toft")
    })
}

//! What must hold for any foreign bytes: called by the fuzz targets and by the replay of their
//! corpora, so that both check the same. Each function panics where a promise is broken.

use crate::authority::Authority;
use crate::cookies::{self, Jar, Outward};
use crate::host::{AppHost, Domain};
use crate::signin::{self, Authorize};

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

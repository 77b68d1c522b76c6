//! What must hold for any foreign bytes: called by the fuzz target and by the replay of its corpus.

use http::{HeaderName, HeaderValue, Request, Version, header};

use crate::Options;
use crate::handshake;

/// A head, a field a line: whoever is let in came from this host's own page, and is answered as the
/// standard says. The same lines as options are read or refused, and say what they said.
pub fn handshake(data: &[u8]) {
    let mut request = Request::get("/vnc")
        .version(Version::HTTP_11)
        .body(())
        .unwrap_or_default();
    for line in data.split(|&b| b == b'\n').take(64) {
        let Some(colon) = line.iter().position(|&b| b == b':') else {
            continue;
        };
        let name = HeaderName::from_bytes(&line[..colon]);
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            request.headers_mut().append(name, value);
        }
    }
    let head = request.headers();
    let own = handshake::own_page(head).is_ok();
    if own {
        let all = |name| {
            head.get_all(name)
                .iter()
                .map(HeaderValue::as_bytes)
                .collect::<Vec<_>>()
        };
        let (hosts, origins) = (all(header::HOST), all(header::ORIGIN));
        assert_eq!((hosts.len(), origins.len()), (1, 1), "one host and one origin");
        assert_eq!(origins[0], [b"https://", hosts[0]].concat(), "a foreign page");
    }
    if let Ok(answer) = handshake::accept(&request) {
        assert!(own, "let in without an own page");
        assert_eq!(answer.status(), 101);
        assert!(answer.headers().contains_key(header::SEC_WEBSOCKET_ACCEPT));
    }
    options(data);
}

fn options(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let words = text.split('\n').map(std::ffi::OsString::from);
    if let Ok(options) = Options::parse(words) {
        assert!(!options.title.chars().any(char::is_control));
        for word in [&options.keyboard, &options.locale] {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-().@".contains(&b);
            assert!(word.bytes().all(plain) && !word.starts_with('-'), "{word:?}");
            assert!(!word.contains(".."), "{word:?}");
        }
    }
}

#[cfg(test)]
mod tests;

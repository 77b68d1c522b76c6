use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Option<String> {
    Authority::parse(text).map(|authority| authority.to_string())
}

#[test]
fn there_is_one_spelling() {
    for (text, expected) in [
        ("Toft.Localhost", "toft.localhost"),
        ("toft.localhost.:8443", "toft.localhost:8443"),
        ("toft.localhost:443", "toft.localhost"),
        ("192.168.1.5:08443", "192.168.1.5:8443"),
        ("[0:0::1]:8443", "[::1]:8443"),
        ("[::1]", "[::1]"),
    ] {
        assert_eq!(read(text).as_deref(), Some(expected), "{text}");
    }
    let authority = Authority::parse("[::1]:8443").unwrap();
    assert_eq!((authority.host(), authority.port()), ("[::1]", 8443));
    assert_eq!(authority.with_host("a"), "a:8443");
    assert_eq!(Authority::parse("a").unwrap().port(), 443);
}

#[test]
fn nonsense_is_refused() {
    for bad in [
        "", ".", "a..b", ":443", "a:", "a:0", "a:65536", "a:+1", "a:1:2", "user@a", "a/b", "a b", " a",
        "a,b", "a\tb", "::1", "[::1", "::1]", "[::1]x", "[a]", "[::1]:", "a%20b", "ä",
    ] {
        assert_eq!(read(bad), None, "{bad:?}");
    }
}

#[test]
fn a_request_names_one_host() {
    let request = |uri: &str, hosts: &[&str]| {
        let mut builder = Request::get(uri);
        for host in hosts {
            builder = builder.header(HOST, *host);
        }
        of(&builder.body(()).unwrap()).map(<[u8]>::to_vec)
    };
    assert_eq!(request("/", &["a"]).as_deref(), Some(&b"a"[..]));
    assert_eq!(request("https://a/", &[]).as_deref(), Some(&b"a"[..]));
    assert_eq!(request("https://a/", &["A"]).as_deref(), Some(&b"A"[..]));
    assert_eq!(request("/", &[]), None);
    assert_eq!(request("/", &["a", "a"]), None);
    assert_eq!(request("https://a/", &["b"]), None);
}

proptest! {
    #[test]
    fn what_is_read_reads_the_same_again(text in "\\PC*|[a-zA-Z0-9.:\\[\\]-]{0,30}") {
        if let Some(first) = Authority::parse(&text) {
            prop_assert_eq!(Authority::parse(first.as_str()), Some(first));
        }
    }
}

use super::*;

fn map(fields: &[(&'static str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in fields {
        map.append(HeaderName::from_static(name), value.parse().unwrap());
    }
    map
}

#[test]
fn only_our_tokens_are_ours() {
    for ours in ["Bearer toft_x", "bearer  toft_x ", "BEARER\ttoft_x"] {
        assert_eq!(bearer(&map(&[("authorization", ours)])), Some("toft_x"), "{ours}");
    }
    for other in [
        "Bearer abc",
        "Basic toft_x",
        "toft_x",
        "Bearertoft_x",
        "Bearer TOFT_x",
    ] {
        let mut headers = map(&[("authorization", other)]);
        assert_eq!(bearer(&headers), None, "{other}");
        drop_foreign(&mut headers, Jar::Host);
        assert!(headers.contains_key("authorization"));
    }
    let mut both = map(&[("authorization", "Basic abc"), ("authorization", "Bearer toft_x")]);
    drop_foreign(&mut both, Jar::Host);
    assert!(!both.contains_key("authorization"));
}

#[test]
fn crumbs_of_cookies_become_one_field() {
    let mut headers = map(&[("cookie", "a=1"), ("cookie", "__Host-toft=s"), ("cookie", "b=2")]);
    drop_foreign(&mut headers, Jar::Host);
    assert_eq!(headers.get_all("cookie").iter().collect::<Vec<_>>(), ["a=1; b=2"]);
}

#[test]
fn connection_cannot_take_away_what_the_border_needs() {
    let mut headers = map(&[
        ("connection", "close, cookie, Host, x-y"),
        ("cookie", "a"),
        ("host", "h"),
        ("x-y", "z"),
    ]);
    drop_hop_by_hop(&mut headers);
    assert!(headers.contains_key("cookie") && headers.contains_key("host"));
    assert!(!headers.contains_key("x-y") && !headers.contains_key("connection"));
}

#[test]
fn six_is_written_as_the_rfc_wants_it() {
    let mut headers = HeaderMap::new();
    add_forwarded(
        &mut headers,
        &Peer::new("2001:db8::1".parse().unwrap()),
        &HeaderValue::from_static("h:1"),
    );
    assert_eq!(headers["forwarded"], "for=\"[2001:db8::1]\";proto=https");
    assert_eq!(headers["x-forwarded-for"], "2001:db8::1");
    let mapped = Peer::new("::ffff:192.0.2.1".parse().unwrap());
    add_forwarded(&mut headers, &mapped, &HeaderValue::from_static("h:1"));
    assert_eq!(headers["x-forwarded-for"], "192.0.2.1");
}

#[test]
fn a_websocket_is_asked_for_in_two_fields() {
    assert!(is_websocket(&map(&[
        ("upgrade", "WebSocket"),
        ("connection", "keep-alive, Upgrade")
    ])));
    assert!(!is_websocket(&map(&[("upgrade", "websocket")])));
    assert!(!is_websocket(&map(&[
        ("upgrade", "h2c"),
        ("connection", "upgrade")
    ])));
    assert!(!is_websocket(&map(&[
        ("upgrade", "websocket, h2c"),
        ("connection", "upgrade")
    ])));
}

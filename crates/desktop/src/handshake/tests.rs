use super::*;

fn head(fields: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in fields {
        map.append(
            http::HeaderName::from_bytes(name.as_bytes()).unwrap(),
            value.parse().unwrap(),
        );
    }
    map
}

const HERE: &str = "desktop--dev--admin.toft.localhost:8443";

#[test]
fn only_a_page_of_this_host_counts() {
    let origin = format!("https://{HERE}");
    assert_eq!(own_page(&head(&[("host", HERE), ("origin", &origin)])), Ok(()));
    let foreign: [&[(&str, &str)]; 9] = [
        &[("host", HERE)],
        &[("host", HERE), ("origin", "null")],
        &[("host", HERE), ("origin", "https://")],
        &[("host", ""), ("origin", "https://")],
        &[("origin", &origin)],
        &[("host", HERE), ("origin", "https://evil.example")],
        &[
            ("host", HERE),
            ("origin", &origin),
            ("origin", "https://evil.example"),
        ],
        &[("host", HERE), ("host", "evil.example"), ("origin", &origin)],
        &[
            ("host", HERE),
            ("origin", "https://site--dev--admin.toft.localhost:8443"),
        ],
    ];
    for fields in foreign {
        assert_eq!(own_page(&head(fields)), Err(Refused::Foreign), "{fields:?}");
    }
}

#[test]
fn a_name_that_was_pointed_at_loopback_does_not_help() {
    let rebound = [
        ("host", "evil.example:6080"),
        ("origin", "http://evil.example:6080"),
    ];
    assert_eq!(own_page(&head(&rebound)), Err(Refused::Foreign));
}

#[test]
fn a_websocket_begins_as_the_standard_says_or_not_at_all() {
    let request = |change: fn(&mut HeaderMap)| {
        let mut request = Request::get("/vnc").body(()).unwrap();
        *request.headers_mut() = head(&[
            ("host", HERE),
            ("origin", &format!("https://{HERE}")),
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ]);
        change(request.headers_mut());
        accept(&request)
    };
    let accepted = request(|_| ()).unwrap();
    assert_eq!(accepted.status(), 101);
    assert_eq!(
        accepted.headers()["sec-websocket-accept"],
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    );
    assert_eq!(
        request(|head| drop(head.remove("origin"))).unwrap_err(),
        Refused::Foreign
    );
    for missing in [
        (|head| drop(head.remove("sec-websocket-key"))) as fn(&mut HeaderMap),
        |head| drop(head.remove("upgrade")),
        |head| drop(head.insert("sec-websocket-version", http::HeaderValue::from_static("8"))),
    ] {
        assert!(matches!(request(missing), Err(Refused::NoWebSocket(_))));
    }
}

use super::*;

fn request(headers: &[(&str, &str)]) -> Parts {
    let mut builder = Request::builder().method("POST").uri("/x");
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(()).unwrap().into_parts().0
}

#[test]
fn credentials_are_found_among_others() {
    let request = request(&[
        ("cookie", "a=b; __Host-toft=v1; c=d"),
        ("authorization", "Bearer  toft_x"),
    ]);
    assert_eq!(cookie(&request.headers), Some("v1"));
    assert_eq!(bearer(&request.headers), Some("toft_x"));
    assert_eq!(
        bearer(&super::tests::request(&[("authorization", "Basic eA==")]).headers),
        None
    );
}

#[test]
fn only_the_very_origin_may_change_something_with_a_cookie() {
    for (origin, same) in [
        ("https://toft.localhost:8443", true),
        ("https://TOFT.localhost:8443", true),
        ("https://toft.localhost", false),
        ("http://toft.localhost:8443", false),
        ("https://a--b--c.toft.localhost:8443", false),
        ("null", false),
    ] {
        let request = request(&[("host", "toft.localhost:8443"), ("origin", origin)]);
        assert_eq!(same_origin(&request), same, "{origin}");
    }
    assert!(
        !same_origin(&request(&[("host", "toft.localhost:8443")])),
        "no origin at all"
    );
}

#[test]
fn an_upgrade_changes_something_and_a_get_does_not() {
    let mut upgrade = request(&[("upgrade", "websocket")]);
    upgrade.method = Method::GET;
    assert!(changes_something(&upgrade));
    let mut plain = request(&[]);
    assert!(changes_something(&plain));
    plain.method = Method::GET;
    assert!(!changes_something(&plain));
}

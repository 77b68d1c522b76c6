use super::*;

#[test]
fn plain_http_is_for_this_machine_only() {
    for local in [
        "localhost",
        "localhost:5000",
        "127.0.0.1:5000",
        "127.3.2.1",
        "[::1]:5000",
        "[::1]",
    ] {
        assert!(is_loopback(local), "{local}");
    }
    for remote in [
        "registry.example",
        "localhost.example",
        "10.0.0.1:5000",
        "127.0.0.1.example:80",
        "0.0.0.0:5000",
        "[2001:db8::1]:5000",
    ] {
        assert!(!is_loopback(remote), "{remote}");
    }
}

#[test]
fn errors_are_in_the_registrys_words() {
    let body = br#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{"Tag":"x"}},{"code":"DENIED"}]}"#;
    assert_eq!(
        describe(StatusCode::NOT_FOUND, body),
        "MANIFEST_UNKNOWN: manifest unknown; DENIED: "
    );
    assert_eq!(
        describe(StatusCode::BAD_GATEWAY, b"<html>secret</html>"),
        "HTTP status 502 Bad Gateway"
    );
    let long = format!(
        r#"{{"errors":[{{"code":"X","message":"{}"}}]}}"#,
        "y".repeat(5_000)
    );
    assert_eq!(describe(StatusCode::NOT_FOUND, long.as_bytes()).len(), 500);
}

use super::*;

#[test]
fn only_https_addresses_are_understood() {
    assert_eq!(
        parse("https://toft.localhost:8443/x").unwrap(),
        ("toft.localhost".into(), 8443)
    );
    assert_eq!(parse("https://[::1]").unwrap(), ("[::1]".into(), 443));
    for bad in ["http://a", "a:8443", "https://", "", "ftp://x"] {
        assert!(parse(bad).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn localhost_names_need_no_dns() {
    let found = resolve("a.b.localhost", 1).await.unwrap();
    assert!(found.iter().all(|address| address.ip().is_loopback()) && found.len() == 2);
}

#[tokio::test]
async fn a_missing_daemon_is_told_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let failure = local(&dir.path().join("none")).await.unwrap_err();
    assert!(
        failure
            .to_string()
            .starts_with("no daemon runs with the data directory"),
        "{failure}"
    );
}

use super::*;

#[test]
fn links_and_addresses_are_told_apart() {
    assert_eq!(
        split("https://toft.localhost:8443/login?code=abc&x=1"),
        ("https://toft.localhost:8443", Some("abc"))
    );
    assert_eq!(split("https://box:8443/"), ("https://box:8443", None));
    assert_eq!(split("https://box"), ("https://box", None));
}

use super::*;

fn asked(method: &str, fields: &[(&'static str, &str)]) -> Result<(), Foreign> {
    let headers = fields
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
    check(
        &method.parse().unwrap(),
        &headers.collect(),
        "a.toft.localhost:8443",
    )
}

#[test]
fn changes_need_the_exact_origin() {
    assert_eq!(
        asked("POST", &[("origin", "https://a.toft.localhost:8443")]),
        Ok(())
    );
    for other in [
        "https://a.toft.localhost",
        "http://a.toft.localhost:8443",
        "https://b.toft.localhost:8443",
        "null",
        "",
        "https://a.toft.localhost:8443/",
        "https://x@a.toft.localhost:8443",
        "HTTPS://a.toft.localhost:8443",
    ] {
        assert_eq!(
            asked("POST", &[("origin", other)]),
            Err(Foreign::Origin),
            "{other}"
        );
    }
    assert_eq!(asked("DELETE", &[]), Err(Foreign::Origin));
    assert_eq!(asked("QUERY", &[]), Err(Foreign::Origin));
    assert_eq!(asked("GET", &[("upgrade", "websocket")]), Err(Foreign::Origin));
}

#[test]
fn reading_is_the_persons_own_or_the_pages_own() {
    assert_eq!(asked("GET", &[]), Ok(()));
    assert_eq!(
        asked(
            "GET",
            &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")]
        ),
        Ok(())
    );
    assert_eq!(
        asked(
            "GET",
            &[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")]
        ),
        Ok(())
    );
    assert_eq!(
        asked("GET", &[("sec-fetch-site", "same-site")]),
        Err(Foreign::Embedded)
    );
}

use proptest::prelude::*;

use super::*;

#[test]
fn what_is_asked_reads_back() {
    let ask = Authorize {
        host: "a--b--c.toft.localhost:8443".into(),
        path: "/x?y=%20&z#".into(),
        state: new_state(),
    };
    let url = ask.url("toft.localhost:8443");
    assert_eq!(
        Authorize::from_query(url.split_once('?').unwrap().1),
        Some(ask.clone())
    );
    let url = ask.callback_url("code.with~safe-chars_1");
    let callback = Callback::from_query(url.split_once('?').unwrap().1).unwrap();
    assert_eq!(
        (callback.code.as_str(), &callback.path),
        ("code.with~safe-chars_1", &ask.path)
    );
    assert!(callback.belongs_to(&ask.state) && !callback.belongs_to(&new_state()));
}

#[test]
fn malformed_questions_are_not_answered() {
    for query in [
        "",
        "host=a",
        "state=12345678",
        "host=a&state=short",
        "host=a b&state=12345678",
        "host=u@a&state=12345678",
        "host=a&state=1234567%0a8",
        "host=%ff&state=12345678",
    ] {
        assert_eq!(Authorize::from_query(query), None, "{query}");
    }
}

#[test]
fn paths_stay_on_the_host() {
    for local in ["/", "/a/b?c=d&e=//f", "/a//b", "/.toftx", "/%2F/x"] {
        assert!(is_local_path(local), "{local}");
    }
    for other in [
        "",
        "a",
        "//a",
        "/\\a",
        "/a\\b",
        "/\t/a",
        "/ a",
        "https://a",
        "/.toft",
        "/.toft/callback",
        "/é",
        "/a\n",
    ] {
        assert!(!is_local_path(other), "{other:?}");
    }
    assert!(!is_local_path(&format!("/{}", "a".repeat(PATH_MAX))));
}

proptest! {
    #[test]
    fn any_query_leads_to_a_local_path(query in "\\PC*|(host=|path=|state=|code=|[&=/%a-f0-9]){0,30}") {
        let paths = [
            Authorize::from_query(&query).map(|ask| ask.path),
            Callback::from_query(&query).map(|callback| callback.path),
        ];
        for path in paths.into_iter().flatten() {
            prop_assert!(is_local_path(&path));
        }
    }
}

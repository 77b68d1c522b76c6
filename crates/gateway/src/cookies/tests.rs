use proptest::prelude::*;

use super::*;

const UI: [&str; 3] = ["toft.localhost", "localhost", "box.example.org"];

fn inside(field: &str, jar: Jar) -> String {
    let kept = inward(field.as_bytes(), jar).unwrap_or_else(|| field.as_bytes().to_vec());
    String::from_utf8(kept).unwrap()
}

fn outside(field: &str, jar: Jar) -> Outward {
    outward(field.as_bytes(), jar, &UI)
}

#[test]
fn nothing_of_ours_goes_in() {
    for (field, kept) in [
        ("a=1; b=2", "a=1; b=2"),
        ("__Host-toft=s", ""),
        ("a=1; __Host-toft=s; b=2", "a=1; b=2"),
        ("a=1;__Host-toft=s;b=2", "a=1; b=2"),
        ("a=1; \t__host-TOFT=s", "a=1"),
        ("__Host-toft-state=x; __Host-toft-8443=y; c=3", "c=3"),
        ("a=\"x; __Host-toft=s; y\"", "a=\"x; y\""),
        (
            "__Host-tof=mine; __Host-other=1",
            "__Host-tof=mine; __Host-other=1",
        ),
        ("", ""),
    ] {
        assert_eq!(inside(field, Jar::Host), kept, "{field:?}");
    }
}

#[test]
fn our_values_are_found() {
    assert_eq!(
        find(b"a=1; __Host-toft=v; __Host-toft=w", "__Host-toft"),
        Some("v")
    );
    assert_eq!(find(b"__Host-toft-state=v", "__Host-toft"), None);
    assert_eq!(find(b"x__Host-toft=v", "__Host-toft"), None);
    assert_eq!(session_name(Jar::Port(8444)), "__Host-toft-8444");
}

#[test]
fn an_app_sets_cookies_for_itself_only() {
    for passes in [
        "sid=1",
        "sid=1; Path=/; Secure; HttpOnly; SameSite=Lax",
        "sid=1; Domain=web--lab--alice.toft.localhost",
        "sid=1; Domain=",
        "sid=1; Domain",
        "sid=1; Domain=other.org",
        "sid=a=b; Domain=xtoft.localhost",
        "__Secure-a=1; Secure",
        "toft=1",
    ] {
        assert_eq!(outside(passes, Jar::Host), Outward::Pass, "{passes}");
    }
    for dropped in [
        "__Host-toft=1",
        " \t__HOST-toft=1",
        "__Host-toft-8443=1",
        "__Host-toft",
        "=__Host-toft=1",
        " = __Host-toft=1",
        "==__Host-toft=1",
        "a=1; Domain=toft.localhost",
        "a=1; Domain=.TOFT.localhost.",
        "a=1; domain = localhost",
        "a=1; Domain=example.org",
        "a=1; Domain=box.example.org",
        "a=1; Domain=web--lab--alice.toft.localhost; Domain=toft.localhost",
        "a=1; Domain=toft.localhost; Domain=web--lab--alice.toft.localhost",
        "a=1; Domain=%74oft.localhost",
        "a=1; Domain=ｔoft.localhost",
        "a=1; Domain=\"toft.localhost\"",
        "toft-8443.sid=1",
        "__Host-toft-8443.sid=1",
        "a=1\r\nset-cookie: b=2",
        "a=1\0",
    ] {
        assert_eq!(outside(dropped, Jar::Host), Outward::Drop, "{dropped}");
    }
    assert_eq!(outward(b"a=1; Domain=\xff", Jar::Host, &UI), Outward::Drop);
}

#[test]
fn hidden_cookies_carry_their_port_out_and_lose_it_on_the_way_in() {
    let renamed = |text: &str| Outward::Rename(text.as_bytes().to_vec());
    let port = Jar::Port(9000);
    assert_eq!(
        outside("sid=1; HttpOnly", port),
        renamed("toft-9000.sid=1; HttpOnly")
    );
    assert_eq!(
        outside("__Host-a=1; Path=/; httponly", port),
        renamed("__Host-toft-9000.a=1; Path=/; httponly")
    );
    assert_eq!(
        outside("__secure-a=1; HttpOnly", port),
        renamed("__secure-toft-9000.a=1; HttpOnly")
    );
    assert_eq!(
        outside("seen=1; Path=/", port),
        Outward::Double(b"toft-9000.seen=1; Path=/; HttpOnly".to_vec()),
        "scripts read the one, the app gets the other"
    );
    assert_eq!(
        inside("sid=planted; toft-9000.sid=1; toft-9001.sid=2; seen=1", port),
        "sid=1",
        "what another app or its script set does not go in"
    );
    assert_eq!(inside("theirs=1", port), "");
    assert_eq!(inside("toft-9000.sid=1", Jar::Host), "");
    assert_eq!(
        inside(
            "toft-9000.__Host-toft=1; toft-9000. __Host-toft=1; __Host-toft-9000.toft=1",
            port
        ),
        ""
    );
}

proptest! {
    #[test]
    fn no_field_lets_ours_through(field in "([ \\t;=,\"]|__Host-toft|__host-TOFT-state|toft-9000\\.|a|\\PC){0,20}") {
        for jar in [Jar::Host, Jar::Port(9000)] {
            let kept = inside(&field, jar);
            for piece in kept.split(';') {
                prop_assert!(!piece.trim().to_ascii_lowercase().starts_with("__host-toft"), "{:?}", kept);
            }
        }
    }

    #[test]
    fn no_set_cookie_that_passes_comes_back_as_ours(
        name in "[ \\t=]{0,2}(__Host-toft|__hOst-Toft-x|a|__Host-|__Secure-){1,2}",
        rest in "(=|;| |Domain=|toft\\.localhost|\\.|localhost|HttpOnly|\\PC){0,12}",
    ) {
        let field = format!("{name}{rest}");
        for jar in [Jar::Host, Jar::Port(9000)] {
            let (plain, renamed) = match outside(&field, jar) {
                Outward::Pass => (Some(field.clone()), None),
                Outward::Rename(text) => (None, Some(text)),
                Outward::Double(text) => (Some(field.clone()), Some(text)),
                Outward::Drop => continue,
            };
            let pair = |sent: &str| sent.split(';').next().unwrap().trim().trim_start_matches(['=', ' ', '\t']).to_ascii_lowercase();
            if let Some(sent) = plain {
                prop_assert!(!pair(&sent).starts_with("__host-toft"), "{:?}", sent);
            }
            if let Some(sent) = renamed.map(|text| String::from_utf8(text).unwrap()) {
                prop_assert!(unscoped(pair(&sent).as_bytes()).is_some_and(|scoped| Jar::Port(scoped.port) == jar), "{:?}", sent);
            }
        }
    }

    #[test]
    fn what_goes_out_hidden_comes_in_as_it_was(name in "(__Host-|__Secure-)?[a-z]{1,5}", value in "[a-z0-9]{0,5}") {
        let pair = format!("{name}={value}");
        let Outward::Rename(out) = outside(&format!("{pair}; HttpOnly"), Jar::Port(9000)) else {
            return Err(TestCaseError::fail("not renamed"));
        };
        let out = String::from_utf8(out).unwrap();
        prop_assert_eq!(inside(out.split(';').next().unwrap(), Jar::Port(9000)), pair);
    }
}

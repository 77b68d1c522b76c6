use super::*;

/// A page of a few words.
#[derive(RustEmbed)]
#[folder = "tests/page"]
struct Page;

fn asked(name: &'static str, value: &str) -> HeaderMap {
    HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
}

#[test]
fn a_file_is_sent_once_with_its_kind() {
    let first = answer::<Page>("page.txt", &HeaderMap::new()).unwrap();
    assert_eq!(first.body(), "plain\n");
    assert_eq!(first.headers()[header::CONTENT_TYPE], "text/plain; charset=utf-8");
    assert_eq!(first.headers()[header::CACHE_CONTROL], "no-cache");
    let tag = first.headers()[header::ETAG].to_str().unwrap();
    let again = answer::<Page>("page.txt", &asked("if-none-match", tag)).unwrap();
    assert_eq!(
        (again.status(), again.body().len()),
        (StatusCode::NOT_MODIFIED, 0)
    );
    let other = answer::<Page>("page.txt", &asked("if-none-match", "\"other\"")).unwrap();
    assert_eq!(other.status(), StatusCode::OK);
}

#[test]
fn it_is_sent_packed_to_who_can_unpack_it() {
    for (accepted, encoding, content) in [
        ("gzip, deflate, br", Some("br"), "packed by br\n"),
        ("gzip;q=1.0", Some("gzip"), "packed by gzip\n"),
        ("zstd", None, "plain\n"),
    ] {
        let found = answer::<Page>("page.txt", &asked("accept-encoding", accepted)).unwrap();
        let told = found.headers().get(header::CONTENT_ENCODING);
        assert_eq!(told.map(|value| value.to_str().unwrap()), encoding);
        assert_eq!(found.body(), content);
        assert_eq!(found.headers()[header::VARY], "accept-encoding");
    }
}

#[test]
fn a_name_with_a_hash_is_kept_for_ever() {
    let found = answer::<Page>("assets/code-1a2b.js", &HeaderMap::new()).unwrap();
    assert_eq!(
        found.headers()[header::CACHE_CONTROL],
        "public, max-age=31536000, immutable"
    );
    assert_eq!(
        found.headers()[header::CONTENT_TYPE],
        "text/javascript; charset=utf-8"
    );
}

#[test]
fn what_is_not_there_is_nothing() {
    for name in ["", "none.html", "../../Cargo.toml", "/etc/passwd"] {
        assert!(answer::<Page>(name, &HeaderMap::new()).is_none(), "{name}");
    }
}

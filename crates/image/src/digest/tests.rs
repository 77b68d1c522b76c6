use super::*;

#[test]
fn digests_are_those_of_registries() {
    let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(Digest::of(b"").as_str(), empty);
    assert_eq!(empty.parse::<Digest>().unwrap(), Digest::of(b""));
    assert_eq!(Digest::of(b"").hex().len(), 64);
}

#[test]
fn nothing_else_is_a_digest() {
    let upper = format!("sha256:{}", "A".repeat(64));
    let short = format!("sha256:{}", "a".repeat(63));
    let path = format!("sha256:{}../", "a".repeat(61));
    for text in ["", "sha256:", &upper, &short, &path, "sha512:aa", &"a".repeat(64)] {
        assert!(text.parse::<Digest>().is_err(), "{text}");
        assert!(serde_json::from_value::<Digest>(text.into()).is_err());
    }
}

#[test]
fn a_reader_hashes_what_passes() {
    let mut reader = HashingReader::new(&b"some content"[..]);
    io::copy(&mut reader, &mut io::sink()).unwrap();
    assert_eq!(reader.finish(), Digest::of(b"some content"));
}

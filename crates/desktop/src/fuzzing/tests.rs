#[test]
fn the_corpus_of_handshakes_is_harmless() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/desktop_handshake");
    let mut seen = 0;
    for entry in std::fs::read_dir(dir).unwrap() {
        super::handshake(&std::fs::read(entry.unwrap().path()).unwrap());
        seen += 1;
    }
    assert!(seen >= 4, "the corpus is not there");
}

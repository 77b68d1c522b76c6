//! Replays the fuzz corpus: every layer that was ever interesting, unpacked once.

#[test]
fn no_layer_of_the_corpus_reaches_outside() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/image_layer");
    let mut replayed = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        toft_image::fuzzing::image_layer(&std::fs::read(entry.unwrap().path()).unwrap());
        replayed += 1;
    }
    assert!(replayed >= 10, "the corpus has only {replayed} layers");
}

#[test]
fn documents_of_registries_are_read_or_refused() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/image_documents");
    let mut replayed = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        toft_image::fuzzing::documents(&std::fs::read(entry.unwrap().path()).unwrap());
        replayed += 1;
    }
    assert!(replayed >= 8, "the corpus has only {replayed} documents");
}

//! The fuzz targets' corpora, replayed: what was ever interesting, and what once did harm.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

fn replay(target: &str, check: fn(&[u8])) {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/");
    let mut replayed = 0;
    for entry in std::fs::read_dir(format!("{corpus}{target}")).unwrap() {
        check(&std::fs::read(entry.unwrap().path()).unwrap());
        replayed += 1;
    }
    assert!(replayed >= 8, "the corpus of {target} is gone");
}

#[test]
fn text_holds_what_is_promised() {
    replay("model_text", toft_model::fuzzing::text);
}

use super::*;

#[test]
fn the_corpus_breaks_nothing() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/dns_question");
    let files: Vec<_> = std::fs::read_dir(corpus)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    assert!(files.len() > 10);
    for file in files {
        dns_question(&std::fs::read(&file).unwrap());
    }
}

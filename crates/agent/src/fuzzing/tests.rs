use std::path::Path;

/// Replays a corpus, whole and cut in half.
fn replay(corpus: &str, target: fn(&[u8])) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(corpus);
    let mut count = 0;
    for file in std::fs::read_dir(&directory).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        target(&bytes);
        target(&bytes[..bytes.len() / 2]);
        count += 1;
    }
    assert!(count >= 5, "{} is nearly empty", directory.display());
}

#[test]
fn the_corpus_of_frames_is_harmless() {
    replay("agent_frame", super::agent_frame);
}

#[test]
fn the_corpus_of_terminal_output_is_harmless() {
    replay("agent_screen", super::agent_screen);
}

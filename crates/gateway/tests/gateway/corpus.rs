//! The fuzz targets' corpora, replayed.

use std::path::Path;

fn replay(target: &str, check: fn(&[u8])) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let files: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(files.len() >= 10, "the corpus of {target} is gone");
    for file in files {
        check(&std::fs::read(file).unwrap());
    }
}

#[test]
fn hosts_hold_what_is_promised() {
    replay("gateway_host", toft_gateway::fuzzing::host);
}

#[test]
fn cookies_hold_what_is_promised() {
    replay("gateway_cookies", toft_gateway::fuzzing::cookies);
}

#[test]
fn heads_hold_what_is_promised() {
    replay("gateway_headers", toft_gateway::fuzzing::headers);
}

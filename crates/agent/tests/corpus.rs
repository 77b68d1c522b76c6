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
fn no_archive_reaches_outside() {
    replay("agent_archive", toft_agent::fuzzing::archive);
}

#[test]
fn people_are_found_or_not() {
    replay("agent_users", toft_agent::fuzzing::users);
}

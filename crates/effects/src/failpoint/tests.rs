use super::*;

fn armed(words: &str) -> Armed {
    Armed {
        trap: Trap::parse(words),
        ..Armed::default()
    }
}

#[test]
fn a_trap_names_when_effect_and_passage() {
    let mut armed = armed("after:mount.overlay:2");
    let passed =
        ["mount.overlay", "spawn.runc", "mount.overlay", "mount.overlay"].map(|effect| armed.pass(effect));
    assert_eq!(passed, [None, None, Some(false), None]);
}

#[test]
fn a_trap_on_any_effect_counts_them_all() {
    let mut armed = armed("before:#:3");
    let passed = ["spawn.runc", "nft.apply", "spawn.runc", "nft.apply"].map(|effect| armed.pass(effect));
    assert_eq!(passed, [None, None, Some(true), None]);
}

#[test]
fn a_trap_from_a_file_counts_from_when_it_was_laid() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("trap");
    let mut armed = Armed {
        file: Some(file.clone()),
        ..Armed::default()
    };
    assert_eq!([armed.pass("nft.apply"), armed.pass("nft.apply")], [None, None]);
    std::fs::write(&file, "before:nft.apply:2").unwrap();
    assert_eq!(
        [armed.pass("nft.apply"), armed.pass("nft.apply")],
        [None, Some(true)]
    );
    std::fs::write(&file, "after:#:1").unwrap();
    assert_eq!(armed.pass("spawn.runc"), Some(false));
    std::fs::remove_file(&file).unwrap();
    assert_eq!(armed.pass("spawn.runc"), None);
}

#[test]
fn rubbish_is_no_trap() {
    for text in ["", "before", "sometimes:mount:1", "before:mount:x"] {
        assert_eq!(Trap::parse(text), None, "{text}");
    }
}

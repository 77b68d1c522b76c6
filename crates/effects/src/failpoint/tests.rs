use super::*;

#[test]
fn a_trap_names_when_effect_and_passage() {
    let trap = Trap::parse("after:mount.overlay:2").unwrap();
    assert_eq!(
        trap,
        Trap {
            before: false,
            effect: "mount.overlay".into(),
            nth: 2
        }
    );
    assert!(trap.hits(false, "mount.overlay", 2, 9));
    assert!(!trap.hits(true, "mount.overlay", 2, 9));
    assert!(!trap.hits(false, "mount.overlay", 1, 2));
    assert!(!trap.hits(false, "spawn.runc", 2, 2));
}

#[test]
fn a_trap_on_any_effect_counts_them_all() {
    let trap = Trap::parse("before:#:7").unwrap();
    assert!(trap.hits(true, "spawn.runc", 1, 7));
    assert!(!trap.hits(true, "spawn.runc", 7, 6));
}

#[test]
fn rubbish_is_no_trap() {
    for text in ["", "before", "sometimes:mount:1", "before:mount:x"] {
        assert_eq!(Trap::parse(text), None, "{text}");
    }
}

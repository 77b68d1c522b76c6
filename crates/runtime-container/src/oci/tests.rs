use super::*;

#[test]
fn id_maps_are_repeated_for_runc_before_1_2_only() {
    let repeats = |program, said| Oci::from_version(program, said).repeats_id_maps;
    assert!(repeats("runc", "runc version 1.1.5+ds1\ncommit: 1.1.5\n"));
    assert!(!repeats("runc", "runc version 1.2.0\n"));
    assert!(!repeats("runc", "runc version 1.5.2\n"));
    assert!(!repeats("crun", "crun version 1.8.1\n"));
}

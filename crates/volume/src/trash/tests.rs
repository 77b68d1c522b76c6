use super::*;

#[test]
fn discarded_volumes_are_listed_with_their_owner() {
    let dir = tempfile::tempdir().unwrap();
    let (trash, volume) = (dir.path().join("trash"), dir.path().join("0192-aa"));
    fs::create_dir(&trash).unwrap();
    // Two volumes of one name, removed one after the other.
    for _ in 0..2 {
        fs::create_dir(&volume).unwrap();
        discard(&trash, &volume, "0192-aa").unwrap();
    }
    let leftovers = list(&trash).unwrap();
    assert_eq!(
        leftovers
            .iter()
            .map(|leftover| leftover.uid.as_str())
            .collect::<Vec<_>>(),
        ["0192-aa", "0192-aa"]
    );
    assert!(
        leftovers
            .iter()
            .all(|leftover| leftover.since > SystemTime::UNIX_EPOCH)
    );
    for leftover in leftovers {
        delete(&leftover.path).unwrap();
    }
    assert_eq!(list(&trash).unwrap(), []);
}

#[test]
fn what_is_not_there_is_deleted() {
    delete(Path::new("/nowhere/at/all")).unwrap();
}

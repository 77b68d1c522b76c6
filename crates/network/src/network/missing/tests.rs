use super::*;

fn heard(changes: &[TableChange]) -> bool {
    let plan = Plan::new("0a1b2c", "10.200.0.0/16".parse().unwrap()).unwrap();
    let mut missing = Missing::of(&plan);
    for change in changes {
        missing.hear(vec![change.clone()]);
    }
    missing.any()
}

fn made(family: u8, name: &str) -> TableChange {
    TableChange::Made((family, name.to_owned()))
}

fn removed(family: u8, name: &str) -> TableChange {
    TableChange::Removed((family, name.to_owned()))
}

const OURS: &str = "toft_0a1b2c";

#[test]
fn others_tables_are_theirs() {
    assert!(!heard(&[
        removed(1, "toft_ffffff"),
        made(1, "filter"),
        removed(2, "filter")
    ]));
}

#[test]
fn a_table_that_comes_back_is_not_missing_and_one_of_two_that_stays_away_is() {
    assert!(heard(&[removed(1, OURS)]));
    assert!(!heard(&[
        removed(1, OURS),
        removed(7, OURS),
        made(1, OURS),
        made(7, OURS)
    ]));
    assert!(heard(&[removed(1, OURS), removed(7, OURS), made(1, OURS)]));
    assert!(heard(&[made(1, OURS), removed(1, OURS)]));
}

#[test]
fn what_was_not_told_is_looked_at() {
    assert!(heard(&[TableChange::Untold, made(1, OURS)]));
}

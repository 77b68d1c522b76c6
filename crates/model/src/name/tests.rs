use proptest::prelude::*;

use super::*;

#[test]
fn good_names_pass() {
    for name in ["a", "dev", "my-dev2", "x1-y2-z3"] {
        assert_eq!(check(name, WORKSPACE_MAX), Ok(()), "{name}");
    }
}

#[test]
fn bad_names_say_why() {
    assert_eq!(check("", 28), Err(NameError::Empty));
    assert_eq!(check(&"a".repeat(29), 28), Err(NameError::TooLong(28)));
    assert_eq!(check("a--b", 28), Err(NameError::DoubleDash));
    for name in ["Dev", "1a", "-a", "a-", "a_b", "a.b", "ä", "a b", "a/b"] {
        assert_eq!(check(name, 28), Err(NameError::NotALabel), "{name}");
    }
}

#[test]
fn the_longest_three_fit_one_label() {
    let label = host_label(
        &"a".repeat(APP_MAX),
        &"b".repeat(WORKSPACE_MAX),
        &"c".repeat(OWNER_MAX),
    );
    assert_eq!(label.len(), 63);
}

proptest! {
    #[test]
    fn a_suggestion_is_empty_or_valid(text in ".{0,60}", max in 1usize..40) {
        let name = suggest(&text, max);
        prop_assert!(name.is_empty() || check(&name, max) == Ok(()), "{name:?}");
    }

    #[test]
    fn a_host_label_splits_back(app in "[a-z][a-z0-9]{0,5}", workspace in "[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,5}){0,2}", owner in "[a-z][a-z0-9]{0,9}") {
        let label = host_label(&app, &workspace, &owner);
        let parts: Vec<&str> = label.split("--").collect();
        prop_assert_eq!(parts, [app.as_str(), workspace.as_str(), owner.as_str()]);
    }
}

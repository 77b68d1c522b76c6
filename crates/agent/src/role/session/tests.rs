use super::*;

#[test]
fn names_differ() {
    assert_ne!(name(), name());
    assert_eq!(name().len(), 16);
}

#[test]
fn an_end_is_kept_until_it_was_told_and_a_little_longer() {
    let ending = Ending::default();
    let now = Instant::now();
    assert!(!ending.is_over(now + UNTOLD * 9));
    ending.set(3);
    assert!(!ending.is_over(now + TOLD * 2));
    assert!(ending.is_over(Instant::now() + UNTOLD));
    ending.tell();
    assert!(!ending.is_over(now + TOLD / 2));
    assert!(ending.is_over(Instant::now() + TOLD));
    assert_eq!(ending.code(), Some(3));
}

use super::*;

#[test]
fn names_are_read_with_and_without_owner() {
    let read = |text: &str| text.parse::<Target>().map(|target| (target.owner, target.name));
    assert_eq!(read("dev"), Ok((None, "dev".into())));
    assert_eq!(read("ada/dev"), Ok((Some("ada".into()), "dev".into())));
    assert_eq!(read("workspace/dev"), Ok((None, "dev".into())));
    assert_eq!(read("workspace/ada/dev"), Ok((Some("ada".into()), "dev".into())));
}

#[test]
fn bad_names_say_what_would_be_right() {
    let error = "Ada/dev".parse::<Target>().unwrap_err();
    assert!(error.starts_with("the owner 'Ada' must be lower-case"), "{error}");
    let error = "a--b".parse::<Target>().unwrap_err();
    assert!(error.contains("must not contain '--'"), "{error}");
}

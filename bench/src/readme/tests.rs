use super::*;

#[test]
fn what_stood_between_the_markers_is_replaced_and_the_rest_is_not() {
    let text = |inner: &str| format!("# A\n{BEGIN}{inner}{END}\nb\n");
    assert_eq!(splice(&text("| old |\n"), "| new |\n"), Some(text("| new |\n")));
    assert_eq!(splice(&text(""), "| new |\n"), Some(text("| new |\n")));
}

#[test]
fn a_file_without_markers_is_left_alone() {
    assert_eq!(splice("# A\n", "x"), None);
    assert_eq!(splice(&format!("{END}{BEGIN}"), "x"), None);
}

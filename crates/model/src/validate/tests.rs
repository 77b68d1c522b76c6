use super::*;

#[test]
fn label_keys_and_values_follow_kubernetes() {
    for key in ["course", "example.org/course", "toft.dev/a_b.c"] {
        assert!(is_qualified(key), "{key}");
    }
    for key in ["", "/x", "a/", "A.b/c", "-a", "a b", "a/b/c"] {
        assert!(!is_qualified(key), "{key}");
    }
    assert!(is_label_value("") && is_label_value("A-b_c.9"));
    assert!(!is_label_value(".a") && !is_label_value(&"a".repeat(64)));
}

#[test]
fn every_cause_is_told_with_its_path() {
    let mut checks = Checks::default();
    checks.identity("v2", "Pod", Kind::Workspace);
    checks.metadata(
        &ObjectMeta {
            name: "A--b".into(),
            ..ObjectMeta::default()
        },
        Kind::Workspace,
    );
    assert_eq!(
        checks.finish().unwrap_err().fields(),
        ["apiVersion", "kind", "metadata.name", "metadata.namespace"]
    );
}

#[test]
fn foreign_text_is_clipped_in_messages() {
    assert_eq!(clip(&"é".repeat(50)).chars().count(), 41);
    assert_eq!(clip("a\u{1b}[31m"), "a\u{fffd}[31m");
}

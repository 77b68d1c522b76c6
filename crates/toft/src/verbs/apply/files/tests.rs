use super::*;

#[test]
fn folders_files_documents_and_lists_are_read_in_order() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("sub")).unwrap();
    std::fs::write(dir.path().join("a.yaml"), "kind: A\n---\nkind: B\n").unwrap();
    std::fs::write(
        dir.path().join("sub/b.json"),
        r#"{"kind":"List","items":[{"kind":"C"},{"kind":"D"}]}"#,
    )
    .unwrap();
    std::fs::write(dir.path().join("notes.txt"), "kind: No").unwrap();
    let kinds: Vec<Value> = read(&[dir.path().to_owned()])
        .unwrap()
        .into_iter()
        .map(|(_, object)| object["kind"].clone())
        .collect();
    assert_eq!(kinds, ["A", "B", "C", "D"]);
}

#[test]
fn nothing_and_rubbish_are_told() {
    let dir = tempfile::tempdir().unwrap();
    assert!(
        read(&[dir.path().to_owned()])
            .unwrap_err()
            .to_string()
            .contains("there is no object")
    );
    std::fs::write(dir.path().join("a.yaml"), "a: [").unwrap();
    let failure = read(&[dir.path().to_owned()]).unwrap_err();
    assert!(
        failure.to_string().starts_with("failed to understand "),
        "{failure}"
    );
}

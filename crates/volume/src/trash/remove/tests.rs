use super::*;

/// Nests `depth` directories, which no path could name.
fn nest(top: &Path, depth: usize) {
    let mut dir = fs::openat(CWD, top, DIRECTORY, Mode::empty()).unwrap();
    for level in 0..depth {
        fs::mkdirat(&dir, "deep-directory", Mode::RWXU).unwrap();
        if level % 100 == 0 {
            fs::openat(&dir, "file", OFlags::CREATE | OFlags::WRONLY, Mode::RUSR).unwrap();
        }
        dir = fs::openat(&dir, "deep-directory", DIRECTORY, Mode::empty()).unwrap();
    }
}

#[test]
fn a_tree_deeper_than_any_path_stack_or_file_table() {
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    std::fs::create_dir(&tree).unwrap();
    nest(&tree, 5_000);
    std::fs::write(tree.join(".toft-removing-1"), "in the way").unwrap();
    remove_tree(&tree).unwrap();
    assert!(!tree.exists());
}

#[test]
fn links_are_removed_and_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let (tree, outside) = (dir.path().join("tree"), dir.path().join("outside"));
    std::fs::create_dir_all(tree.join("sub")).unwrap();
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("kept"), "").unwrap();
    std::os::unix::fs::symlink(&outside, tree.join("sub/link")).unwrap();
    std::os::unix::fs::symlink(outside.join("kept"), tree.join("link")).unwrap();
    remove_tree(&tree).unwrap();
    assert!(!tree.exists() && outside.join("kept").exists());
}

#[test]
fn a_lone_file_or_link_goes_too() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    std::os::unix::fs::symlink("/", dir.path().join("link")).unwrap();
    remove_tree(&dir.path().join("file")).unwrap();
    remove_tree(&dir.path().join("link")).unwrap();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    assert_eq!(
        remove_tree(&dir.path().join("none")).unwrap_err().kind(),
        io::ErrorKind::NotFound
    );
}

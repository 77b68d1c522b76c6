use std::fs;
use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::*;

#[test]
fn trees_go_and_links_are_not_followed() {
    let dir = TempDir::new().unwrap();
    let (tree, other) = (dir.path().join("tree"), dir.path().join("other"));
    fs::create_dir_all(tree.join("a/b")).unwrap();
    fs::create_dir(&other).unwrap();
    fs::write(other.join("mine"), "").unwrap();
    fs::write(tree.join("a/b/file"), "").unwrap();
    symlink(&other, tree.join("a/link")).unwrap();
    for _ in 0..2 {
        demolish(&tree).unwrap();
    }
    assert!(!tree.exists() && other.join("mine").exists());
}

#[test]
fn a_file_or_a_link_in_its_place_goes_too() {
    let dir = TempDir::new().unwrap();
    let link = dir.path().join("link");
    symlink(dir.path(), &link).unwrap();
    demolish(&link).unwrap();
    assert!(link.symlink_metadata().is_err() && dir.path().exists());
}

#[test]
fn no_depth_is_too_deep() {
    let dir = TempDir::new().unwrap();
    let tree = dir.path().join("tree");
    // A name that is in the way when something is moved up.
    fs::create_dir_all(tree.join(".toft-deep-1/x")).unwrap();
    let mut at = open(CWD, &tree).unwrap();
    for _ in 0..2_000 {
        rustix::fs::mkdirat(&at, "d", 0o755.into()).unwrap();
        at = open(at.as_fd(), "d").unwrap();
    }
    drop(at);
    demolish(&tree).unwrap();
    assert!(!tree.exists());
}

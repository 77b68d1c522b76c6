use std::os::unix::fs::{PermissionsExt, chown, symlink};

use super::*;

fn tree() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("dir")).unwrap();
    std::fs::write(root.path().join("dir/file"), "content").unwrap();
    symlink("dir/file", root.path().join("link")).unwrap();
    root
}

fn of(root: &tempfile::TempDir) -> Digest {
    digest(root.path(), &Cancel::default()).unwrap()
}

#[test]
fn equal_trees_have_equal_digests_whenever_and_wherever_they_were_made() {
    let (a, b) = (tree(), tree());
    let file = File::options()
        .append(true)
        .open(b.path().join("dir/file"))
        .unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(of(&a), of(&b));
}

#[test]
fn whatever_a_program_can_see_changes_the_digest() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 8] = [
        ("content", |root| {
            std::fs::write(root.join("dir/file"), "CONTENT").unwrap();
        }),
        ("mode", |root| {
            std::fs::set_permissions(root.join("dir/file"), std::fs::Permissions::from_mode(0o4755)).unwrap();
        }),
        ("mode of the root", |root| {
            std::fs::set_permissions(root, std::fs::Permissions::from_mode(0o711)).unwrap();
        }),
        ("owner", |root| {
            chown(root.join("dir/file"), Some(1), None).unwrap();
        }),
        ("group", |root| {
            chown(root.join("dir/file"), None, Some(1)).unwrap();
        }),
        ("name", |root| {
            std::fs::rename(root.join("dir/file"), root.join("dir/elif")).unwrap();
        }),
        ("link", |root| {
            std::fs::remove_file(root.join("link")).unwrap();
            symlink("dir/other", root.join("link")).unwrap();
        }),
        ("capability", |root| {
            let value = [1, 0, 0, 2, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            rustix::fs::lsetxattr(
                root.join("dir/file"),
                CAPABILITY,
                &value,
                rustix::fs::XattrFlags::empty(),
            )
            .unwrap();
        }),
    ];
    let original = of(&tree());
    for (what, change) in changes {
        let altered = tree();
        change(altered.path());
        assert_ne!(of(&altered), original, "{what}");
    }
}

#[test]
fn a_file_with_two_names_counts_once() {
    let root = tree();
    std::fs::write(root.path().join("large"), vec![1; 1 << 20]).unwrap();
    let single = disk_usage(root.path(), &Cancel::default()).unwrap();
    std::fs::hard_link(root.path().join("large"), root.path().join("again")).unwrap();
    assert_eq!(disk_usage(root.path(), &Cancel::default()).unwrap(), single);
    assert!(single >= 1 << 20);
}

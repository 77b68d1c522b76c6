use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use tempfile::TempDir;

use super::*;
use crate::fixture;

/// An image with a table of users, and an empty layer over it.
fn machine() -> (TempDir, Layer) {
    let dir = TempDir::new().unwrap();
    for name in ["image/etc", "image/bin", "upper"] {
        fs::create_dir_all(dir.path().join(name)).unwrap();
    }
    fs::write(
        dir.path().join("image/etc/passwd"),
        "root:x:0:0:root:/root:/bin/sh\nubuntu:x:1000:1000::/home/ubuntu:/bin/sh\n",
    )
    .unwrap();
    fs::write(dir.path().join("image/etc/group"), "root:x:0:\n").unwrap();
    let layer = open(&dir);
    (dir, layer)
}

fn open(dir: &TempDir) -> Layer {
    Layer::open(&dir.path().join("upper"), &dir.path().join("image")).unwrap()
}

fn upper(dir: &TempDir, name: &str) -> String {
    fs::read_to_string(dir.path().join("upper").join(name)).unwrap()
}

#[test]
fn names_and_addresses_are_written() {
    let (dir, layer) = machine();
    for _ in 0..2 {
        write(&layer, &fixture::spec()).unwrap();
    }
    assert_eq!(upper(&dir, "etc/hostname"), "lab\n");
    let hosts = upper(&dir, "etc/hosts");
    assert!(
        hosts.contains("10.7.0.2\tlab\n") && hosts.contains("10.7.0.3\tdb db.ada\n"),
        "{hosts}"
    );
    assert!(upper(&dir, "etc/resolv.conf").ends_with("nameserver 10.7.0.1\nsearch ada.toft.internal\n"));
}

#[test]
fn a_foreign_image_gets_the_user_before_another_name_of_the_same_id() {
    let (dir, layer) = machine();
    write(&layer, &fixture::spec()).unwrap();
    let passwd = upper(&dir, "etc/passwd");
    let lines: Vec<&str> = passwd.lines().collect();
    assert_eq!(
        lines[1], "dev:*:1000:1000::/home/dev:/bin/sh",
        "bash is not in the image"
    );
    assert_eq!(lines[2], "ubuntu:x:1000:1000::/home/ubuntu:/bin/sh");
    assert_eq!(upper(&dir, "etc/group"), "root:x:0:\ndev:*:1000:\n");
    let mode = fs::metadata(dir.path().join("upper/etc/sudoers.d/toft"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o440);
}

#[test]
fn an_image_that_knows_the_user_is_left_alone() {
    let (dir, layer) = machine();
    fs::write(
        dir.path().join("image/etc/passwd"),
        "root:x:0:0::/:/bin/sh\ndev:x:1000:1000::/home/dev:/bin/zsh\n",
    )
    .unwrap();
    write(&layer, &fixture::spec()).unwrap();
    assert!(
        !dir.path().join("upper/etc/passwd").exists() && !dir.path().join("upper/etc/sudoers.d").exists()
    );
}

#[test]
fn an_image_without_users_gets_root_and_the_user() {
    let (dir, _) = machine();
    fs::remove_dir_all(dir.path().join("image/etc")).unwrap();
    write(&open(&dir), &fixture::spec()).unwrap();
    let wanted = "root:x:0:0:root:/root:/bin/sh\ndev:*:1000:1000::/home/dev:/bin/sh\n";
    assert_eq!(upper(&dir, "etc/passwd"), wanted);
    write(&open(&dir), &fixture::spec()).unwrap();
    assert_eq!(upper(&dir, "etc/passwd"), wanted, "once");
}

#[test]
fn a_table_that_lies_behind_a_link_is_left_alone() {
    let (dir, _) = machine();
    let table = dir.path().join("image/etc/passwd");
    fs::remove_file(&table).unwrap();
    symlink("/nowhere", &table).unwrap();
    write(&open(&dir), &fixture::spec()).unwrap();
    assert!(!dir.path().join("upper/etc/passwd").exists());
}

#[test]
fn what_was_changed_inside_counts_not_the_image() {
    let (dir, layer) = machine();
    fs::create_dir(dir.path().join("upper/etc")).unwrap();
    fs::write(
        dir.path().join("upper/etc/passwd"),
        "root:x:0:0::/:/bin/sh\ndev:x:1000:1000::/:/bin/sh\n",
    )
    .unwrap();
    write(&layer, &fixture::spec()).unwrap();
    assert!(!dir.path().join("upper/etc/sudoers.d").exists());
}

#[test]
fn links_in_the_layer_lead_nowhere() {
    let (dir, layer) = machine();
    let outside = dir.path().join("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, dir.path().join("upper/etc")).unwrap();
    write(&layer, &fixture::spec()).unwrap();
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
}

#[test]
fn traps_in_place_of_files_are_replaced_not_followed() {
    let (dir, layer) = machine();
    let outside = dir.path().join("outside");
    fs::write(&outside, "the host's\n").unwrap();
    let etc = dir.path().join("upper/etc");
    fs::create_dir(&etc).unwrap();
    for name in ["hosts", ".hosts.toft", "passwd"] {
        symlink(&outside, etc.join(name)).unwrap();
    }
    rustix::fs::mknodat(
        rustix::fs::CWD,
        etc.join("group"),
        rustix::fs::FileType::Fifo,
        0o600.into(),
        0,
    )
    .unwrap();
    write(&layer, &fixture::spec()).unwrap();
    assert_eq!(fs::read_to_string(&outside).unwrap(), "the host's\n");
    assert!(etc.join("hosts").symlink_metadata().unwrap().is_file());
}

#[test]
fn a_directory_made_for_the_layer_looks_like_the_images() {
    let (dir, layer) = machine();
    fs::set_permissions(dir.path().join("image/etc"), fs::Permissions::from_mode(0o751)).unwrap();
    write(&layer, &fixture::spec()).unwrap();
    let mode = fs::metadata(dir.path().join("upper/etc"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o751);
}

#[test]
fn the_user_joins_groups_that_the_image_has_once() {
    let (dir, layer) = machine();
    let table = "root:x:0:\nsudo:x:27:\ndocker:x:102:other\n";
    fs::write(dir.path().join("image/etc/group"), table).unwrap();
    let mut spec = fixture::spec();
    spec.user.groups = ["docker", "sudo", "absent"].map(str::to_owned).into();
    for _ in 0..2 {
        write(&layer, &spec).unwrap();
    }
    assert_eq!(
        upper(&dir, "etc/group"),
        "root:x:0:\ndev:*:1000:\nsudo:x:27:dev\ndocker:x:102:other,dev\n"
    );
}

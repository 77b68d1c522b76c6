use std::os::unix::fs::MetadataExt;

use super::*;

/// The files of a Debian tree that the setup touches.
fn tree() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n");
    write("etc/group", "root:x:0:\nsudo:x:27:\nusers:x:100:\n");
    write("etc/shadow", "root:*:19000:0:99999:7:::\n");
    write("etc/gshadow", "root:*::\nsudo:*::\n");
    write("etc/passwd-", "the state before");
    write("etc/skel/.bashrc", "alias ls='ls --color=auto'\n");
    write("etc/hostname", "build-host\n");
    write("etc/resolv.conf", "nameserver 192.0.2.1\n");
    write(
        "etc/apt/apt.conf.d/99mmdebstrap",
        "APT::Sandbox::User \"root\";\n",
    );
    write("dev/null", "");
    write("run/lock/x", "");
    write("var/log/apt/term.log", "the build's");
    for dir in ["home", "usr/sbin", "etc/sudoers.d"] {
        fs::create_dir_all(root.path().join(dir)).unwrap();
    }
    root
}

#[test]
fn the_person_is_there_with_home_and_sudo() {
    let root = tree();
    apply(root.path(), &DebianRecipe::minimal()).unwrap();
    let read = |name: &str| fs::read_to_string(root.path().join(name)).unwrap();
    assert!(read("etc/passwd").ends_with("\ntoft:x:1000:1000::/home/toft:/bin/bash\n"));
    assert_eq!(
        read("etc/group"),
        "root:x:0:\nsudo:x:27:toft\nusers:x:100:\ntoft:x:1000:\n"
    );
    assert!(read("etc/shadow").contains("\ntoft:*:"));
    assert_eq!(read("etc/gshadow"), "root:*::\nsudo:*::toft\ntoft:!::\n");
    let sudoers = fs::metadata(root.path().join("etc/sudoers.d/toft")).unwrap();
    assert_eq!(sudoers.permissions().mode() & 0o777, 0o440);
    let bashrc = fs::metadata(root.path().join("home/toft/.bashrc")).unwrap();
    assert_eq!((bashrc.uid(), bashrc.gid()), (1000, 1000));
}

#[test]
fn nothing_of_the_build_is_left() {
    let root = tree();
    apply(root.path(), &DebianRecipe::minimal()).unwrap();
    for gone in [
        "etc/hostname",
        "etc/resolv.conf",
        "etc/apt/apt.conf.d/99mmdebstrap",
        "etc/passwd-",
        "dev/null",
        "run/lock",
        "var/log/apt/term.log",
    ] {
        assert!(!root.path().join(gone).exists(), "{gone}");
    }
    assert!(root.path().join("dev").is_dir());
    assert_eq!(
        fs::read_to_string(root.path().join("etc/machine-id")).unwrap(),
        ""
    );
}

#[test]
fn a_base_without_a_person_has_none() {
    let root = tree();
    apply(
        root.path(),
        &DebianRecipe {
            user: None,
            ..DebianRecipe::minimal()
        },
    )
    .unwrap();
    assert_eq!(
        fs::read_to_string(root.path().join("etc/passwd"))
            .unwrap()
            .lines()
            .count(),
        1
    );
    assert!(!root.path().join("home/toft").exists());
}

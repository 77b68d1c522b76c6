use super::*;

#[test]
fn the_first_init_that_is_there_is_taken() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(find(root.path()), None);
    for (program, expected) in [
        ("usr/lib/systemd/systemd", "/usr/lib/systemd/systemd"),
        ("sbin/init", "/sbin/init"),
    ] {
        let path = root.path().join(program);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
        assert_eq!(find(root.path()), Some(expected));
    }
}

#[test]
fn units_that_cannot_work_are_masked_once() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        mask(dir.path()).unwrap();
    }
    let target = fs::read_link(dir.path().join("sys-kernel-debug.mount")).unwrap();
    assert_eq!(target, Path::new("/dev/null"));
}

#[test]
fn each_init_is_told_in_its_own_way() {
    let told = |path: &str| halt_signal(Path::new(path));
    assert_eq!(told("/usr/lib/systemd/systemd"), libc::SIGRTMIN() + 3);
    assert_eq!(told("/bin/busybox"), libc::SIGUSR1);
    assert_eq!(told("/sbin/init"), libc::SIGPWR);
    assert_eq!(told("/.toft/toft"), libc::SIGTERM);
    // After an upgrade inside.
    assert_eq!(told("/usr/lib/systemd/systemd (deleted)"), libc::SIGRTMIN() + 3);
}

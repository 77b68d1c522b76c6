//! A host on which containers cannot work inside says so before anything is begun.

use std::os::unix::fs::symlink;

use toft_e2e::Daemon;

#[test]
fn what_a_host_lacks_is_told_at_once() {
    let programs = tempfile::tempdir().unwrap();
    // All that there is, but for what looks whether networks can be made inside.
    for dir in [
        "/usr/local/sbin",
        "/usr/local/bin",
        "/usr/sbin",
        "/usr/bin",
        "/sbin",
        "/bin",
    ] {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            if entry.file_name() != "nsenter" {
                let _ = symlink(entry.path(), programs.path().join(entry.file_name()));
            }
        }
    }
    let toft = Daemon::with_env(&[("PATH", programs.path().to_str().unwrap())]);
    let told = toft.run(&["create", "dk", "--template", "docker"]).failed();
    assert!(
        told.contains("this host cannot run workspaces of 'docker'") && told.contains("util-linux"),
        "{told}"
    );
    assert!(toft.run(&["ls"]).ok().is_empty(), "nothing was begun");
    let doctor = toft.run(&["doctor"]);
    let line = doctor
        .out
        .lines()
        .find(|line| line.contains("inside"))
        .unwrap_or_default();
    assert!(line.contains("docker: networks of containers"), "{doctor:?}");
}

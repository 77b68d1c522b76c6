//! A host on which containers cannot work inside says so before anything is begun.

use std::process::Command;

use toft_e2e::Daemon;

/// Set in the process that runs where something is missing.
const MISSING: &str = "TOFT_TEST_MISSING";
/// Nothing there can make a bridge in a network of its own.
const SCENE: &str = "mount --bind /bin/false \"$(readlink -f \"$(command -v nsenter)\")\" && exec \"$@\"";

#[test]
fn what_a_host_lacks_is_told_at_once() {
    if std::env::var_os(MISSING).is_some() {
        return told_at_once();
    }
    let output = Command::new("unshare")
        .args(["--mount", "sh", "-c", SCENE, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "refusal::what_a_host_lacks_is_told_at_once",
            "--nocapture",
        ])
        .env(MISSING, "1")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(
        output.status.success() && said[0].contains("1 passed"),
        "{}\n{}",
        said[0],
        said[1]
    );
}

fn told_at_once() {
    let toft = Daemon::start();
    let told = toft.run(&["create", "dk", "--template", "docker"]).failed();
    assert!(
        told.contains("this host cannot run workspaces of 'docker'") && told.contains("util-linux"),
        "{told}"
    );
    assert!(toft.run(&["ls"]).ok().is_empty(), "nothing was begun");
    let doctor = toft.run(&["doctor"]);
    let line = doctor.out.lines().find(|line| line.contains("inside"));
    assert!(
        line.unwrap_or_default()
            .contains("docker: networks of containers"),
        "{doctor:?}"
    );
}

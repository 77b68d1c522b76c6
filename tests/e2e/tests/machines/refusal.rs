//! A host on which containers cannot work inside says so before anything is begun.

use std::process::Command;

use toft_e2e::registry::{small_machine, template};
use toft_e2e::{Daemon, Registry};

/// Set in the process that runs where something is missing.
const MISSING: &str = "TOFT_TEST_MISSING";
/// After this nothing there can make a bridge in a network of its own.
const LOSE: &str = "mount --bind /bin/false \"$(readlink -f \"$(command -v nsenter)\")\"";

#[test]
fn what_a_host_lacks_is_told_at_once() {
    if std::env::var_os(MISSING).is_some() {
        return told_at_once();
    }
    let output = Command::new("unshare")
        .arg("--mount")
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
    let registry = Registry::start();
    registry.push("small:1", &small_machine());
    let nested = template("nested", &registry.reference("small:1"));
    let nested = nested.replace("title: Small", "title: Small, nesting: docker");
    let mut toft = Daemon::start();
    toft.feed(&["apply", "-f", "-"], nested.as_bytes()).ok();
    toft.run(&["create", "kept", "--template", "nested", "--stopped"])
        .ok();
    toft.kill();
    assert!(Command::new("sh").args(["-c", LOSE]).status().unwrap().success());
    toft.launch(&[]);

    let told = toft.run(&["create", "dk", "--template", "docker"]).failed();
    assert!(
        told.contains("this host cannot run workspaces of 'docker'") && told.contains("util-linux"),
        "{told}"
    );
    assert!(!toft.run(&["ls"]).ok().contains("dk"), "nothing was begun");
    // What was made before is refused its start, and nothing else.
    toft.run(&["resize", "kept", "--memory", "256Mi"]).ok();
    let told = toft.run(&["start", "kept"]).failed();
    assert!(
        told.contains("this host cannot run workspaces of 'nested'"),
        "{told}"
    );
    toft.run(&["delete", "kept", "--yes", "--wait=60"]).ok();
    let doctor = toft.run(&["doctor"]);
    let line = doctor.out.lines().find(|line| line.contains("inside"));
    assert!(
        line.unwrap_or_default()
            .contains("docker: networks of containers"),
        "{doctor:?}"
    );
}

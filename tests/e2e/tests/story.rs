//! What a person does with a workspace from the command line, from the first to the last day.

#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::Value;
use toft_e2e::Daemon;

#[test]
fn a_workspace_from_create_to_delete() {
    let toft = Daemon::start();
    assert!(toft.run(&["ls"]).ok().is_empty());
    toft.create("dev");
    works_inside(&toft);
    copies_files(&toft);
    tells_what_happened(&toft);
    survives_a_stop(&toft);
    toft.run(&["delete", "dev", "--yes", "--wait=120"]).ok();
    assert!(toft.run(&["get", "ws", "dev"]).failed().contains("dev"));
    assert!(
        std::fs::read_dir(toft.data_dir().join("sandboxes"))
            .unwrap()
            .next()
            .is_none(),
        "nothing is left"
    );
}

/// The person is themself inside, with root at hand.
fn works_inside(toft: &Daemon) {
    assert_eq!(
        toft.sh("dev", "whoami; pwd; hostname").ok(),
        "toft\n/home/toft\ndev\n"
    );
    assert_eq!(toft.sh("dev", "sudo id -u").ok(), "0\n");
    assert_eq!(toft.sh("dev", "exit 7").code, 7);
    assert_eq!(
        toft.feed(&["exec", "dev", "--", "sha256sum"], &vec![7; 1 << 20])
            .ok()
            .len(),
        68
    );
    let ran = toft.run(&[
        "exec",
        "dev",
        "--env",
        "A=b c",
        "--cwd",
        "/tmp",
        "--",
        "sh",
        "-c",
        "echo $A; pwd; echo oops >&2",
    ]);
    assert_eq!(
        (ran.out.as_str(), ran.err.as_str(), ran.code),
        ("b c\n/tmp\n", "oops\n", 0)
    );
    assert_eq!(toft.run(&["exec", "dev", "--", "no-such-program"]).code, 127);
    let dpkg = "mkdir -p p/DEBIAN && printf 'Package: hi\\nVersion: 1\\nArchitecture: all\\nMaintainer: a <a@b>\\nDescription: x\\n' > p/DEBIAN/control \
                && dpkg-deb -b p hi.deb >/dev/null && sudo dpkg -i hi.deb >/dev/null && dpkg -s hi | grep -c '^Status: install ok installed'";
    assert_eq!(toft.sh("dev", dpkg).ok(), "1\n", "software can be installed");
}

fn copies_files(toft: &Daemon) {
    let here = tempfile::tempdir().unwrap();
    let path = |name: &str| here.path().join(name).display().to_string();
    std::fs::create_dir_all(here.path().join("src/deep")).unwrap();
    std::fs::write(here.path().join("src/deep/a"), "grüße\n").unwrap();
    toft.run(&["cp", &path("src"), "dev:project"]).ok();
    assert_eq!(
        toft.sh("dev", "cat project/deep/a; stat -c %U project/deep/a")
            .ok(),
        "grüße\ntoft\n"
    );
    toft.run(&["cp", "dev:project", &path("back")]).ok();
    assert_eq!(
        std::fs::read_to_string(here.path().join("back/deep/a")).unwrap(),
        "grüße\n"
    );
    toft.sh("dev", "head -c 5000000 /dev/urandom > big").ok();
    toft.run(&["cp", "dev:big", &path("big")]).ok();
    assert_eq!(
        std::fs::metadata(here.path().join("big")).unwrap().len(),
        5_000_000
    );
    assert!(
        toft.run(&["cp", "dev:none", &path("x")])
            .failed()
            .contains("none")
    );
}

fn tells_what_happened(toft: &Daemon) {
    let events = toft.run(&["events", "-o", "json"]).ok();
    let reasons: Vec<String> = events
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["reason"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    for reason in ["Created", "Started", "Ready"] {
        assert!(
            reasons.iter().any(|known| known == reason),
            "{reason} in {reasons:?}"
        );
    }
    assert!(toft.run(&["top"]).ok().contains("/dev"));
    assert!(toft.run(&["doctor", "dev"]).out.contains('✓'));
    let listed = toft.run(&["ls"]).ok();
    assert!(
        listed.lines().all(|line| line.chars().count() <= 80) && listed.contains("Running"),
        "{listed}"
    );
    assert_eq!(
        toft.run(&["ls", "-o", "name"]).ok().trim().rsplit('/').next(),
        Some("dev")
    );
    let yaml = toft.run(&["get", "ws", "dev", "-o", "yaml"]).ok();
    assert_eq!(
        toft.feed(&["apply", "-f", "-"], yaml.as_bytes())
            .ok()
            .split_whitespace()
            .last(),
        Some("configured")
    );
    assert_eq!(
        toft.feed(&["apply", "-f", "-"], yaml.as_bytes())
            .ok()
            .split_whitespace()
            .last(),
        Some("unchanged")
    );
    assert_eq!(toft.feed(&["diff", "-f", "-"], yaml.as_bytes()).code, 0);
}

/// Homes and what was installed stay; what ran does not.
fn survives_a_stop(toft: &Daemon) {
    toft.sh(
        "dev",
        "echo kept > ~/note; sudo touch /etc/kept; sudo touch /run/gone",
    )
    .ok();
    toft.run(&["stop", "dev", "--wait=60"]).ok();
    assert!(
        toft.sh("dev", "true").failed().contains("not running"),
        "a stopped one says so"
    );
    toft.run(&["start", "dev", "--wait=60"]).ok();
    assert_eq!(
        toft.sh(
            "dev",
            "cat ~/note; ls /etc/kept; ls /run/gone 2>/dev/null; dpkg -s hi | grep -c installed"
        )
        .ok(),
        "kept\n/etc/kept\n1\n"
    );
    let before = toft.get("ws", "dev")["status"]["startedAt"].clone();
    toft.run(&["restart", "dev", "--wait=60"]).ok();
    assert_ne!(toft.get("ws", "dev")["status"]["startedAt"], before);
}

#[test]
fn bad_input_is_told_with_what_would_be_right() {
    let toft = Daemon::start();
    let refused = |args: &[&str], parts: &[&str]| {
        let said = toft.run(args).failed();
        for part in parts {
            assert!(said.contains(part), "{args:?} should say {part:?}: {said}");
        }
    };
    refused(&["create", "Dev"], &["Dev", "lower-case"]);
    refused(
        &["create", "dev", "--template", "shall"],
        &["spec.template", "shell"],
    );
    refused(&["create", "dev", "--memory", "2GB"], &["2GB", "2Gi"]);
    refused(&["create", "dev", "--param", "x=y"], &["spec.parameters.x"]);
    refused(&["get", "nonsense"], &["nonsense", "workspaces"]);
    refused(&["exec", "none", "--", "true"], &["none"]);
    refused(&["explain", "workspace.spec.nonsense"], &["nonsense", "running"]);
    toft.run(&["create", "dev", "--stopped"]).ok();
    refused(&["create", "dev"], &["already exists"]);
    let typo = "apiVersion: toft.dev/v1alpha1\nkind: Workspace\nmetadata: {name: x}\nspec: {runing: true}\n";
    let said = toft.feed(&["apply", "-f", "-"], typo.as_bytes()).failed();
    assert!(said.contains("runing"), "{said}");
    let huge = "apiVersion: toft.dev/v1alpha1\nkind: Workspace\nmetadata: {name: x}\nspec: {resources: {requests: {memory: 900Ti}, limits: {memory: 900Ti}}}\n";
    let said = toft.feed(&["apply", "-f", "-"], huge.as_bytes()).failed();
    assert!(
        said.contains("spec.resources.requests.memory") && said.contains("this host has"),
        "{said}"
    );
    assert_eq!(toft.run(&["nonsense"]).code, 2);
}

#[test]
fn a_second_daemon_is_refused_and_a_port_in_use_names_its_holder() {
    let toft = Daemon::start();
    let mut serve = toft.command(&["serve", "--listen", "127.0.0.1:1"]);
    let refused = serve.output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && said.contains("in use by another daemon"),
        "{said}"
    );
    let other = tempfile::tempdir().unwrap();
    let address = toft.url().replace("https://toft.localhost", "127.0.0.1");
    let mut serve = toft.command(&["serve", "--listen", &address, "--data-dir"]);
    let refused = serve.arg(other.path().join("d")).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && said.contains(&toft.pid().to_string()),
        "{said}"
    );
    toft.command(&["purge", "--yes", "--data-dir"])
        .arg(other.path().join("d"))
        .output()
        .unwrap();
}

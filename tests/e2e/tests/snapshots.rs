//! Snapshots, restores, clones and other limits, from the command line and as resources.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests"
)]

use toft_e2e::registry::{Layer, small_machine, template};
use toft_e2e::{Daemon, Disk, Registry, eventually};

#[test]
fn a_disk_is_kept_restored_cloned_and_resized() {
    let registry = Registry::start();
    registry.push("lab/small:1", &small_machine());
    let disk = Disk::new(6 << 30);
    let toft = Daemon::within(&disk.path);
    let small = template("small", &registry.reference("lab/small:1"));
    toft.feed(&["apply", "-f", "-"], small.as_bytes()).ok();
    toft.run(&["create", "dev", "--template", "small", "--wait=120"])
        .ok();
    toft.sh("dev", "echo first > note").ok();
    toft.run(&[
        "exec",
        "--user",
        "root",
        "dev",
        "--",
        "sh",
        "-c",
        "echo mine > /machine",
    ])
    .ok();
    clones(&toft);
    restores(&toft);
    resizes(&toft);
    as_resources(&toft);
    refusals(&toft);
    a_copy_keeps_its_image(&toft, &registry);
}

fn clones(toft: &Daemon) {
    assert_eq!(toft.run(&["snapshot", "create", "dev@one"]).ok(), "dev@one\n");
    toft.sh("dev", "echo second > note").ok();
    // Of a running one, as it is now; and of a snapshot, as it was, which need not start.
    toft.run(&["clone", "dev", "twin", "--start", "--wait=60"]).ok();
    toft.run(&["clone", "dev@one", "old", "--wait=60"]).ok();
    assert_eq!(toft.get("ws", "old")["spec"]["running"], false);
    toft.sh("dev", "echo third > note").ok();
    let seen = toft.sh("twin", "cat note /machine; hostname").ok();
    assert_eq!(seen, "second\nmine\ntwin\n");
    toft.sh("twin", "echo its own > note").ok();
    toft.run(&["start", "old", "--wait=60"]).ok();
    assert_eq!(toft.sh("old", "cat note /machine").ok(), "first\nmine\n");
    assert_eq!(toft.sh("dev", "cat note").ok(), "third\n");
    toft.run(&["delete", "twin", "old", "--yes", "--wait=60"]).ok();
}

fn restores(toft: &Daemon) {
    let said = toft.run(&["snapshot", "restore", "dev@one"]).failed();
    assert!(said.contains("runs") && said.contains("--stop"), "{said}");
    toft.run(&["snapshot", "restore", "dev@one", "--stop"]).ok();
    toft.until_phase("dev", "Running");
    assert_eq!(toft.sh("dev", "cat note /machine").ok(), "first\nmine\n");
    // What was there before is kept, and comes back.
    let listed = toft.run(&["snapshot", "ls", "dev"]).ok();
    let before = listed
        .split_whitespace()
        .find(|word| word.starts_with("dev@before-"));
    let before = before.unwrap_or_else(|| panic!("{listed}"));
    toft.run(&["stop", "dev", "--wait=60"]).ok();
    toft.run(&["snapshot", "restore", before]).ok();
    toft.until_phase("dev", "Stopped");
    toft.run(&["start", "dev", "--wait=60"]).ok();
    assert_eq!(toft.sh("dev", "cat note").ok(), "third\n");
}

fn resizes(toft: &Daemon) {
    let started = toft.get("ws", "dev")["status"]["startedAt"].clone();
    toft.run(&[
        "resize", "dev", "--cpu", "500m", "--memory", "192Mi", "--disk", "96Mi",
    ])
    .ok();
    let usage = toft.api("/apis/toft.dev/v1alpha1/namespaces/admin/workspaces/dev/usage");
    assert_eq!(usage["memoryLimitBytes"], 192 << 20);
    assert_eq!(usage["diskLimitBytes"], 96 << 20);
    assert_eq!(usage["cpuLimitMilli"], 500);
    let said = toft
        .sh("dev", "dd if=/dev/urandom of=large bs=1M count=120")
        .failed();
    assert!(said.contains("quota"), "{said}");
    toft.run(&["resize", "dev", "--disk", "256Mi"]).ok();
    toft.sh("dev", "dd if=/dev/urandom of=large bs=1M count=120; rm large")
        .ok();
    assert_eq!(
        toft.get("ws", "dev")["status"]["startedAt"],
        started,
        "it was never restarted"
    );
    let said = toft.run(&["resize", "dev", "--disk", "1Mi"]).failed();
    assert!(said.contains("too little"), "{said}");
}

/// The same as YAML, as kubectl would do it.
fn as_resources(toft: &Daemon) {
    let own =
        "apiVersion: toft.dev/v1alpha1\nkind: Snapshot\nmetadata: {name: kept}\nspec: {workspace: dev}\n";
    toft.feed(&["apply", "-f", "-"], own.as_bytes()).ok();
    let kept = eventually("it is taken", || {
        let kept = toft.get("snapshot", "kept");
        (kept["status"]["phase"] == "Ready").then_some(kept)
    });
    assert_eq!(kept["status"]["source"]["template"], "small");
    assert!(kept["status"]["sizeBytes"].as_u64().unwrap() > 0);
    let copy = "apiVersion: toft.dev/v1alpha1\nkind: Workspace\nmetadata: {name: copy}\nspec: {template: small, dataSource: {kind: Snapshot, name: kept}}\n";
    toft.feed(&["apply", "-f", "-"], copy.as_bytes()).ok();
    toft.until_phase("copy", "Running");
    assert_eq!(toft.sh("copy", "cat note").ok(), "third\n");
    let said = toft
        .feed(
            &["apply", "-f", "-"],
            copy.replace("name: kept", "name: dev-one").as_bytes(),
        )
        .failed();
    assert!(
        said.contains("dataSource") && said.contains("cannot be changed"),
        "{said}"
    );
    // A snapshot outlives its workspace, and removes itself when its time is over.
    toft.run(&["delete", "copy", "dev", "--yes", "--wait=60"]).ok();
    toft.run(&["clone", "dev@kept", "dev", "--start", "--wait=60"])
        .ok();
    assert_eq!(toft.sh("dev", "cat note").ok(), "third\n");
    let past = own.replace(
        "{workspace: dev}",
        "{workspace: dev, expiresAt: '2020-01-01T00:00:00Z'}",
    );
    toft.feed(&["apply", "-f", "-"], past.as_bytes()).ok();
    eventually("its time is over", || {
        (toft.run(&["get", "snapshot", "kept"]).code != 0).then_some(())
    });
    let snapshots = toft.data_dir().join("volumes/snapshots");
    let listed = toft.run(&["snapshot", "ls", "dev"]).ok();
    let names: Vec<&str> = listed
        .split_whitespace()
        .filter(|word| word.starts_with("dev@"))
        .collect();
    assert_eq!(
        std::fs::read_dir(&snapshots).unwrap().count(),
        names.len(),
        "{listed}"
    );
    let mut all = vec!["snapshot", "rm"];
    all.extend(&names);
    toft.run(&all).ok();
    assert_eq!(
        std::fs::read_dir(&snapshots).unwrap().count(),
        0,
        "nothing is left of them"
    );
}

fn refusals(toft: &Daemon) {
    for (command, why) in [
        (vec!["snapshot", "create", "nobody"], "not found"),
        (vec!["snapshot", "restore", "dev@nothing"], "no snapshot"),
        (vec!["snapshot", "rm", "dev"], "names no snapshot"),
        (vec!["clone", "dev@nothing", "other"], "no snapshot"),
        (vec!["clone", "nobody", "other"], "not found"),
        (vec!["resize", "dev"], "nothing"),
        (vec!["snapshot", "create", "dev@x", "--days", "4000000"], "36500"),
    ] {
        let said = toft.run(&command).failed();
        assert!(said.contains(why), "{command:?}: {said}");
    }
    // One that was never started has nothing to keep, and says so.
    toft.run(&["create", "empty", "--template", "small", "--stopped"])
        .ok();
    let said = toft.run(&["snapshot", "create", "empty@one"]).failed();
    assert!(said.contains("never started"), "{said}");
    toft.run(&["snapshot", "rm", "empty@one"]).ok();
}

/// What a copied machine lies over, when that has lost its name and nobody else is left who lies there.
fn a_copy_keeps_its_image(toft: &Daemon, registry: &Registry) {
    toft.run(&["clone", "dev", "later", "--wait=60"]).ok();
    toft.run(&["delete", "dev", "--yes", "--wait=60"]).ok();
    let mut newer = small_machine();
    newer.push(Layer::of(&[("etc/motd", "newest\n")]));
    registry.push("lab/small:1", &newer);
    toft.run(&["image", "pull", "small"]).ok();
    toft.run(&["image", "gc"]).ok();
    toft.run(&["start", "later", "--wait=60"]).ok();
    assert_eq!(toft.sh("later", "cat /etc/motd /machine").ok(), "new\nmine\n");
}

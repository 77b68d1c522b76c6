//! Homes: a limit over everything that a workspace can write, and what outlives a stop.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "tests"
)]

use std::fs;

use toft_e2e::registry::{Layer, small_machine, template};
use toft_e2e::{Daemon, Disk, Registry, eventually};

#[test]
fn a_home_is_held_to_its_limit_and_outlives_what_it_should() {
    let registry = Registry::start();
    registry.push("lab/small:1", &small_machine());
    let disk = Disk::new(6 << 30);
    let mut toft = Daemon::within(&disk.path);
    let said = toft.api("/api/toft/v1/doctor").to_string();
    assert!(said.contains("btrfs subvolumes with limits"), "{said}");
    let small = template("small", &registry.reference("lab/small:1"));
    toft.feed(&["apply", "-f", "-"], small.as_bytes()).ok();
    for (name, disk) in [("full", "64Mi"), ("next", "1Gi")] {
        toft.run(&[
            "create",
            name,
            "--template",
            "small",
            "--disk",
            disk,
            "--wait=120",
        ])
        .ok();
    }
    everything_counts_and_a_full_one_starts(&mut toft);
    the_daemon_and_the_host_may_go(&mut toft);
    what_outlives_a_stop(&toft, &registry, &small);
}

fn root(toft: &Daemon, name: &str, line: &str) -> toft_e2e::Ran {
    toft.run(&["exec", "--user", "root", name, "--", "sh", "-c", line])
}

fn everything_counts_and_a_full_one_starts(toft: &mut Daemon) {
    // Machine, /tmp and home: one limit over all of it.
    root(toft, "full", "dd if=/dev/urandom of=/machine bs=1M count=20").ok();
    root(toft, "full", "dd if=/dev/urandom of=/tmp/some bs=1M count=20").ok();
    let said = toft
        .sh("full", "dd if=/dev/urandom of=large bs=1M count=40")
        .failed();
    assert!(said.contains("quota"), "{said}");
    toft.sh("next", "dd if=/dev/urandom of=large bs=1M count=40").ok();
    let uid = toft.uid("full");
    let usage = "/apis/toft.dev/v1alpha1/namespaces/admin/workspaces/full/usage";
    let usage = eventually("its use is seen", || {
        let usage = toft.api(usage);
        (usage["diskBytes"].as_u64()? > 60 << 20).then_some(usage)
    });
    assert_eq!(usage["diskLimitBytes"], 64 << 20);
    assert!(usage["diskBytes"].as_u64().unwrap() <= 64 << 20, "{usage}");
    let top = toft.run(&["top"]).ok();
    assert!(
        top.lines()
            .any(|line| line.contains("admin/full") && line.ends_with("64.0 MiB")),
        "{top}"
    );

    toft.run(&["stop", "full", "--wait=60"]).ok();
    toft.run(&["start", "full", "--wait=60"]).ok();
    let said = toft.sh("full", "cat large > more").failed();
    assert!(said.contains("quota"), "it is held again: {said}");
    let layer = toft
        .data_dir()
        .join("volumes")
        .join(&uid)
        .join("layer/upper/machine");
    assert!(layer.exists(), "its machine lies with its home");
    toft.sh("full", "rm -f large more && echo room > note").ok();
}

fn the_daemon_and_the_host_may_go(toft: &mut Daemon) {
    let mount = |toft: &Daemon| {
        let table = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let at = toft.data_dir().canonicalize().unwrap().join("volumes");
        let found = table.lines().find(|line| line.split(' ').nth(4) == at.to_str());
        found.map(str::to_owned)
    };
    let before = mount(toft).expect("the pool is mounted");
    toft.kill();
    assert_eq!(mount(toft).as_deref(), Some(&*before));
    toft.launch(&[]);
    assert_eq!(mount(toft), Some(before), "the next daemon adopts it");
    assert_eq!(toft.sh("full", "cat note").ok(), "room\n");
    // Where nothing runs, nothing stays mounted; then it is mounted again.
    toft.run(&["stop", "full", "next", "--wait=60"]).ok();
    toft.stop();
    assert_eq!(mount(toft), None);
    toft.launch(&[]);
    toft.run(&["start", "full", "--wait=60"]).ok();
    assert_eq!(toft.sh("full", "cat note").ok(), "room\n");
    toft.run(&["delete", "full", "next", "--yes", "--wait=60"]).ok();
}

/// What a template says of it, also when its image has become another one.
fn what_outlives_a_stop(toft: &Daemon, registry: &Registry, small: &str) {
    for kind in ["none", "home", "machine"] {
        let (_, own) = small.split_once("---\n").unwrap();
        let own = own
            .replace("name: small}\n", &format!("name: {kind}}}\n"))
            .replace("title: Small", &format!("title: Small, persistence: {kind}"));
        toft.feed(&["apply", "-f", "-"], own.as_bytes()).ok();
        toft.run(&["create", kind, "--template", kind, "--wait=120"]).ok();
        toft.sh(kind, "echo mine > note").ok();
        root(toft, kind, "echo mine > /machine").ok();
        toft.run(&["stop", kind, "--wait=60"]).ok();
    }
    let mut newer = small_machine();
    newer.push(Layer::of(&[("etc/motd", "newest\n")]));
    registry.push("lab/small:1", &newer);
    toft.run(&["image", "pull", "small"]).ok();
    for (kind, holds) in [
        ("none", "newest\n"),
        ("home", "newest\nmine\n"),
        ("machine", "new\nmine\nmine\n"),
    ] {
        toft.run(&["start", kind, "--wait=60"]).ok();
        let seen = toft
            .sh(kind, "cat /etc/motd note /machine 2>/dev/null; true")
            .ok();
        assert_eq!(seen, holds, "{kind}");
    }
    let wrong = small.replace("title: Small", "title: Small, persistence: sometimes");
    let said = toft.feed(&["apply", "-f", "-"], wrong.as_bytes()).failed();
    assert!(said.contains("persistence") && said.contains("machine"), "{said}");
}

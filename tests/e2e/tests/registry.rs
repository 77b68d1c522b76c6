//! Images of others: from a real registry into workspaces, and off the disk again.

#![allow(clippy::unwrap_used, reason = "tests")]

use toft_e2e::registry::{Layer, small_machine, template};
use toft_e2e::{Daemon, Registry};

#[test]
fn a_workspace_is_made_from_an_image_of_a_registry() {
    let (toft, registry) = (Daemon::start(), Registry::start());
    let digest = registry.push("lab/box:1", &small_machine());
    let reference = registry.reference("lab/box:1");
    assert_eq!(toft.run(&["image", "pull", &reference]).ok().trim(), digest);
    assert_eq!(
        toft.get("image", "box-1")["spec"]["source"]["oci"]["reference"],
        reference.as_str()
    );
    let listed = toft.run(&["image", "ls"]).ok();
    assert!(
        listed
            .lines()
            .any(|line| line.contains("box-1") && line.contains("Ready") && line.contains(&digest[..19])),
        "{listed}"
    );

    toft.feed(&["apply", "-f", "-"], template("small", &reference).as_bytes())
        .ok();
    toft.run(&["create", "dev", "--template", "small", "--wait=120"])
        .ok();
    assert_eq!(toft.get("ws", "dev")["status"]["imageDigest"], digest.as_str());
    a_foreign_image_is_a_machine_like_any_other(&toft);
    what_is_used_stays_and_the_rest_goes(&toft);
}

/// The agent needs nothing of the image, the person and the network's names are there, and what
/// the image's layers say holds.
fn a_foreign_image_is_a_machine_like_any_other(toft: &Daemon) {
    assert_eq!(
        toft.sh("dev", "whoami; id -u; pwd; hostname; echo $GREETING")
            .ok(),
        "toft\n1000\n/home/toft\ndev\nhello\n"
    );
    assert_eq!(
        toft.sh("dev", "cat /etc/motd; ls /etc/gone 2>/dev/null").out,
        "new\n",
        "a later layer replaces and removes"
    );
    assert_eq!(toft.sh("dev", "touch ~/mine && stat -c %U ~/mine").ok(), "toft\n");
    assert_ne!(toft.sh("dev", "touch /etc/motd").code, 0, "the image is root's");
    assert_eq!(toft.run(&["exec", "dev", "--", "/bin/false"]).code, 1);
    assert_eq!(
        toft.run(&["exec", "dev", "--", "bash"]).code,
        127,
        "there is none, and that is said"
    );
    assert_eq!(
        toft.feed(&["exec", "dev", "--", "cat"], b"through").ok(),
        "through"
    );
    toft.sh("dev", "echo kept > ~/note").ok();
    toft.run(&["restart", "dev", "--wait=120"]).ok();
    assert_eq!(
        toft.sh("dev", "whoami; cat ~/note").ok(),
        "toft\nkept\n",
        "a second start finds the user that the first one made"
    );
}

fn what_is_used_stays_and_the_rest_goes(toft: &Daemon) {
    let said = toft.run(&["image", "rm", "small"]).failed();
    assert!(said.contains("template small"), "{said}");
    toft.run(&["image", "gc"]).ok();
    assert_eq!(
        toft.sh("dev", "echo on").ok(),
        "on\n",
        "what runs keeps what it runs from"
    );

    toft.run(&["delete", "dev", "--yes", "--wait=120"]).ok();
    toft.run(&["image", "rm", "box-1"]).ok();
    assert!(!toft.run(&["image", "ls"]).ok().contains("box-1"));
}

#[test]
fn a_root_with_nothing_but_a_program_is_enough() {
    let (toft, registry) = (Daemon::start(), Registry::start());
    registry.push("bare:1", &[Layer::busybox()]);
    toft.feed(
        &["apply", "-f", "-"],
        template("bare", &registry.reference("bare:1")).as_bytes(),
    )
    .ok();
    toft.run(&["create", "dev", "--template", "bare", "--wait=120"])
        .ok();
    assert_eq!(
        toft.sh("dev", "id -u; pwd; echo $HOME").ok(),
        "1000\n/home/toft\n/home/toft\n"
    );
}

#[test]
fn a_registry_that_says_no_is_quoted() {
    let (toft, registry) = (Daemon::start(), Registry::start());
    registry.push("lab/box:1", &small_machine());
    let missing = registry.reference("lab/none:1");
    for _ in 0..2 {
        let said = toft.run(&["image", "pull", &missing]).failed();
        assert!(
            said.contains(&missing) && said.contains("MANIFEST_UNKNOWN"),
            "{said}"
        );
    }
    assert!(
        toft.get("image", "none-1")["status"]["message"]
            .as_str()
            .unwrap()
            .contains("MANIFEST_UNKNOWN")
    );
    // A workspace of it says the same, and can be deleted.
    toft.feed(&["apply", "-f", "-"], template("none", &missing).as_bytes())
        .ok();
    let said = toft
        .run(&["create", "dev", "--template", "none", "--wait=60"])
        .failed();
    assert!(said.contains("MANIFEST_UNKNOWN"), "{said}");
    toft.run(&["delete", "dev", "--yes", "--wait=60"]).ok();

    // It is there now: the next pull is told of that, and not of what was.
    let digest = registry.push("lab/none:1", &small_machine());
    assert_eq!(toft.run(&["image", "pull", &missing]).ok().trim(), digest);
    // A tag that moved is followed by a pull.
    let moved = registry.push("lab/none:1", &[Layer::busybox()]);
    assert_ne!(moved, digest);
    assert_eq!(toft.run(&["image", "pull", &missing]).ok().trim(), moved);
}

#[test]
fn a_collection_frees_what_nothing_needs() {
    let (toft, registry) = (Daemon::start(), Registry::start());
    let (kept, gone) = (
        registry.push("kept:1", &[Layer::of(&[("kept", "here\n")])]),
        registry.push("gone:1", &small_machine()),
    );
    for name in ["kept:1", "gone:1"] {
        toft.run(&["image", "pull", &registry.reference(name), "--name", &name[..4]])
            .ok();
    }
    assert_eq!(roots(&toft), 2);
    toft.run(&["image", "rm", "gone"]).ok();
    let removed = toft.run(&["image", "gc"]);
    assert!(
        removed.code == 0 && removed.err.contains("1 removed"),
        "{removed:?}"
    );
    assert_eq!(roots(&toft), 1);
    assert_eq!(toft.get("image", "kept")["status"]["digest"], kept.as_str());
    assert!(
        toft.run(&["image", "ls"])
            .ok()
            .lines()
            .all(|line| !line.contains(&gone[..19]))
    );
    assert!(
        toft.run(&["image", "gc"]).err.contains("0 removed"),
        "a second one finds nothing"
    );
}

/// How many images are on the disk.
fn roots(toft: &Daemon) -> usize {
    std::fs::read_dir(toft.data_dir().join("images/roots"))
        .unwrap()
        .count()
}

/// A tag that moves is for new workspaces: nobody's machine changes below what they installed.
#[test]
fn a_machine_stays_on_the_image_it_was_begun_on() {
    let (toft, registry) = (Daemon::start(), Registry::start());
    let release = |text: &str| vec![Layer::busybox(), Layer::of(&[("etc/release", text)])];
    registry.push("box:1", &release("old\n"));
    let reference = registry.reference("box:1");
    toft.feed(&["apply", "-f", "-"], template("box", &reference).as_bytes())
        .ok();
    toft.run(&["create", "dev", "--template", "box", "--wait=120"])
        .ok();
    registry.push("box:1", &release("new\n"));
    toft.run(&["image", "pull", "box"]).ok();
    toft.run(&["restart", "dev", "--wait=120"]).ok();
    assert_eq!(toft.sh("dev", "cat /etc/release").ok(), "old\n");
    toft.run(&["create", "other", "--template", "box", "--wait=120"])
        .ok();
    assert_eq!(toft.sh("other", "cat /etc/release").ok(), "new\n");
}

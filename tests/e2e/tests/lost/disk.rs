//! A full disk: what cannot be made is refused in words, what runs goes on, and what is to be
//! deleted goes.

use toft_e2e::registry::{Layer, small_machine, template};
use toft_e2e::{Daemon, Disk, Registry, eventually};

/// Octets of the disk: what images leave free and some more.
const SIZE: u64 = 640 << 20;

#[test]
fn a_full_disk_is_told_stops_nothing_that_runs_and_no_delete() {
    let disk = Disk::new(SIZE);
    let registry = Registry::start();
    registry.push("lab/small:1", &small_machine());
    let toft = Daemon::within(&disk.path);
    toft.feed(
        &["apply", "-f", "-"],
        template("small", &registry.reference("lab/small:1")).as_bytes(),
    )
    .ok();
    for name in ["stays", "goes", "too"] {
        toft.run(&["create", name, "--template", "small", "--wait=60"])
            .ok();
    }
    toft.run(&["stop", "too", "--wait=60"]).ok();

    // Homes are plain directories here, which cannot be kept.
    let said = toft.run(&["snapshot", "create", "stays"]).failed();
    assert!(said.contains("plain directories"), "{said}");
    let said = toft.run(&["clone", "stays", "more"]).failed();
    assert!(said.contains("plain directories"), "{said}");

    // A little is left: the image does not fit.
    disk.leave(200 << 20);
    let large = "x".repeat(24 << 20);
    registry.push(
        "lab/large:1",
        &[Layer::busybox(), Layer::of(&[("large", &large)])],
    );
    let (kind, reference) = ("large", registry.reference("lab/large:1"));
    toft.feed(&["apply", "-f", "-"], template(kind, &reference).as_bytes())
        .ok();
    toft.run(&["create", "large", "--template", "large"]).ok();
    let message = eventually("it is told that there is no room", || {
        let object = toft.get("ws", "large");
        let message = object["status"]["message"].as_str()?.to_owned();
        message.contains("space").then_some(message)
    });
    println!("an image that does not fit: {message}");
    assert!(message.contains("free"), "{message}");
    toft.run(&["delete", "large", "--yes", "--wait=60"]).ok();

    // Nothing is left.
    disk.leave(0);
    let said = toft.run(&["create", "none", "--template", "small"]).failed();
    println!("nothing left: {said}");
    assert!(said.contains("disk") && said.contains("full"), "{said}");
    assert_eq!(toft.sh("stays", "echo on").ok(), "on\n");
    toft.run(&["delete", "goes", "too", "--yes", "--wait=60"]).ok();
    for name in ["goes", "too"] {
        let ran = toft.run(&["get", "ws", name]);
        assert!(ran.err.contains("not found"), "{ran:?}");
    }
    disk.leave(0);
    assert_eq!(toft.sh("stays", "echo on").ok(), "on\n");

    disk.release();
    toft.run(&["create", "none", "--template", "small", "--wait=60"])
        .ok();
    assert_eq!(toft.sh("none", "echo on").ok(), "on\n");
    // The purge at the end has no more room than a delete.
    disk.leave(0);
}

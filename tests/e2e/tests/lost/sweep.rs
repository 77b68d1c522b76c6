//! Killed at every step: before and after each effect of everything that the daemon does. After
//! each kill the world becomes what was asked for, nothing is left over, and next door nobody
//! notices.

use toft_e2e::registry::{Layer, template};
use toft_e2e::{Disk, Registry};

use crate::neighbour::Neighbour;
use crate::swept::{Segment, Sweep, VICTIM};

const CREATE: Segment<'_> = Segment {
    name: "create",
    ask: &["create", VICTIM],
    undo: &[&["delete", VICTIM, "--yes", "--wait=120"]],
    phase: Some("Running"),
    inside: Some("true"),
};

const STOP: Segment<'_> = Segment {
    name: "stop",
    ask: &["stop", VICTIM],
    undo: &[&["start", VICTIM, "--wait=120"]],
    phase: Some("Stopped"),
    inside: None,
};

const START: Segment<'_> = Segment {
    name: "start",
    ask: &["start", VICTIM],
    undo: &[&["stop", VICTIM, "--wait=120"]],
    phase: Some("Running"),
    inside: Some("grep -qx kept note && test -e /etc/kept"),
};

const DELETE: Segment<'_> = Segment {
    name: "delete",
    ask: &["delete", VICTIM, "--yes"],
    undo: &[&["create", VICTIM, "--wait=120"]],
    phase: None,
    inside: None,
};

/// What becomes of a disk, with the effects around which it is killed. That what was asked for is there
/// is seen by what undoes it.
const DISK: [(Segment<'_>, &[&str]); 4] = [
    (
        Segment {
            name: "snapshot",
            ask: &["snapshot", "create", "guest/victim@kept"],
            undo: &[
                &["clone", "guest/victim@kept", "copy", "--wait=120"],
                &["delete", "guest/copy", "--yes", "--wait=120"],
                &["snapshot", "rm", "guest/victim@kept"],
            ],
            phase: Some("Running"),
            inside: Some("grep -qx kept note && test -e /etc/kept"),
        },
        &["btrfs.snapshot:1"],
    ),
    (
        Segment {
            name: "restore",
            ask: &["snapshot", "restore", "guest/victim@first", "--stop"],
            undo: &[],
            phase: Some("Running"),
            inside: Some("grep -qx kept note && test -e /etc/kept"),
        },
        &[
            "btrfs.snapshot:1",
            "btrfs.snapshot:2",
            "btrfs.exchange:1",
            "btrfs.destroy:1",
        ],
    ),
    (
        Segment {
            name: "clone",
            ask: &["clone", VICTIM, "twin", "--start"],
            undo: &[
                &["start", "guest/twin", "--wait=120"],
                &["exec", "guest/twin", "--", "grep", "-qx", "kept", "note"],
                &["delete", "guest/twin", "--yes", "--wait=120"],
            ],
            phase: Some("Running"),
            inside: Some("grep -qx kept note"),
        },
        &["btrfs.snapshot:1", "volume.publish:1"],
    ),
    (
        Segment {
            name: "resize",
            ask: &["resize", VICTIM, "--memory", "300Mi", "--disk", "300Mi"],
            undo: &[
                &["resize", VICTIM, "--memory", "300Mi", "--disk", "300Mi"],
                &["resize", VICTIM, "--memory", "400Mi", "--disk", "400Mi"],
            ],
            phase: Some("Running"),
            inside: Some("grep -qx kept note"),
        },
        &["cgroup.ensure:1", "btrfs.limit:1"],
    ),
];

/// What only the first workspace of an instance brings about.
const FIRST: [&str; 2] = ["spawn.dns", "spawn.oci.version"];

/// What becomes of an image.
const IMAGE: [&str; 4] = ["image.fetch", "image.unpack", "image.publish", "image.remember"];

#[test]
fn killed_at_every_step_it_converges_and_next_door_nobody_notices() {
    let mut sweep = Sweep::begin();
    sweep.ask(&["user", "add", "guest"]).ok();
    sweep.neighbour = Some(Neighbour::begin(&sweep.toft));
    sweep.start();
    a_workspace(&mut sweep);
    an_image(&mut sweep);
    sweep.neighbour.take().unwrap().end();
    sweep.ask(&["delete", "next", "--yes", "--wait=60"]).ok();
    an_instance(&mut sweep);
    sweep.report();
}

/// From create to delete, and the daemon's own start over what runs.
fn a_workspace(sweep: &mut Sweep) {
    sweep.sweep(&CREATE);
    sweep.ask(&["create", VICTIM, "--wait=120"]).ok();
    let keep = "echo kept > note; sudo touch /etc/kept";
    sweep.toft.sh(VICTIM, keep).ok();
    sweep.sweep(&STOP);
    sweep.ask(&["stop", VICTIM, "--wait=120"]).ok();
    sweep.sweep(&START);
    sweep.ask(&["start", VICTIM, "--wait=120"]).ok();
    sweep.compare("it runs", "nothing");
    sweep.starts(
        "start of the daemon",
        |sweep| sweep.toft.kill(),
        |sweep, point| {
            sweep.toft.sh(VICTIM, START.inside.unwrap()).ok();
            sweep.compare("it runs", point);
            sweep.neighbour.as_ref().unwrap().unharmed(point);
        },
    );
    sweep.sweep(&DELETE);
    sweep.ask(&["delete", VICTIM, "--yes", "--wait=120"]).ok();
}

/// Kept, restored, copied and given other limits.
#[test]
fn killed_around_what_becomes_of_a_disk_it_holds_what_it_should() {
    let mut sweep = Sweep::begin_on(Some(Disk::new(6 << 30)));
    sweep.ask(&["user", "add", "guest"]).ok();
    sweep.start();
    sweep.ask(&["create", VICTIM, "--wait=600"]).ok();
    let keep = "echo kept > note; sudo touch /etc/kept";
    sweep.toft.sh(VICTIM, keep).ok();
    sweep.ask(&["snapshot", "create", "guest/victim@first"]).ok();
    for (segment, effects) in &DISK {
        for effect in *effects {
            for when in ["before", "after"] {
                sweep.single(&format!("{when}:{effect}"), segment);
            }
        }
    }
    // Each restore kept what was there before.
    let listed = sweep.ask(&["snapshot", "ls", VICTIM]).ok();
    let names = listed
        .split_whitespace()
        .filter(|word| word.starts_with("guest/victim@"));
    let mut all = vec!["snapshot", "rm"];
    all.extend(names);
    assert!(all.len() > 3, "{listed}");
    sweep.ask(&all).ok();
    sweep.ask(&["delete", VICTIM, "--yes", "--wait=120"]).ok();
    let volumes = sweep.toft.data_dir().join("volumes");
    for place in ["snapshots", "tmp", "trash"] {
        let left: Vec<_> = std::fs::read_dir(volumes.join(place))
            .unwrap()
            .flatten()
            .collect();
        assert!(left.is_empty(), "{place}: {left:?}");
    }
}

/// From a registry to a workspace, of an image that was not here before.
fn an_image(sweep: &mut Sweep) {
    let registry = Registry::start();
    for (number, effect) in IMAGE.iter().enumerate() {
        for when in ["before", "after"] {
            let name = format!("small-{when}-{number}");
            let content = Layer::of(&[("name", &name)]);
            registry.push(&format!("{name}:1"), &[Layer::busybox(), content]);
            let template = template(&name, &registry.reference(&format!("{name}:1")));
            sweep.toft.feed(&["apply", "-f", "-"], template.as_bytes()).ok();
            let (ask, inside) = (
                ["create", VICTIM, "--template", &name],
                format!("test \"$(cat /name)\" = {name}"),
            );
            let segment = Segment {
                name: "an image",
                ask: &ask,
                inside: Some(&inside),
                ..CREATE
            };
            sweep.single(&format!("{when}:{effect}:1"), &segment);
            for dir in ["tmp", "partial"] {
                let dir = sweep.toft.data_dir().join("images").join(dir);
                let left: Vec<_> = std::fs::read_dir(&dir).unwrap().flatten().collect();
                assert!(left.is_empty(), "{when} {effect}: {left:?}");
            }
        }
    }
}

/// The first workspace of an instance, its first start and its orderly stop, and its purge.
fn an_instance(sweep: &mut Sweep) {
    let anew = |sweep: &mut Sweep| {
        if sweep.toft.lives() {
            sweep.toft.stop();
        }
        sweep.is_gone("an orderly stop");
    };
    sweep.starts("first start", anew, |_, _| {});
    for effect in FIRST {
        for when in ["before", "after"] {
            anew(sweep);
            sweep.toft.launch(&sweep.env());
            sweep.single(&format!("{when}:{effect}:1"), &CREATE);
        }
    }
    let used = |sweep: &mut Sweep| {
        sweep.toft.launch(&sweep.env());
        sweep.ask(&["create", VICTIM, "--wait=120"]).ok();
        sweep.ask(&["delete", VICTIM, "--yes", "--wait=120"]).ok();
    };
    anew(sweep);
    sweep.stops("orderly stop", used, |sweep, point| sweep.is_gone(point));
    sweep.toft.launch(&sweep.env());
    sweep.ask(&["create", VICTIM, "--wait=120"]).ok();
    sweep.purges(&CREATE);
    sweep.is_gone("the purge");
    assert!(!sweep.toft.data_dir().exists());
}

//! Killed at every step: before and after each effect of everything that the daemon does. After
//! each kill the world becomes what was asked for, nothing is left over, and next door nobody
//! notices.

use toft_e2e::Registry;
use toft_e2e::registry::{Layer, template};

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

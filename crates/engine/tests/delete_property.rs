//! The planner by itself: whatever is there, and whatever refuses for ever to be undone, a delete
//! comes to its end, and nothing that does not refuse is left.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // Helpers of tests fail as tests do.

use jiff::Timestamp;
use proptest::prelude::*;
use toft_engine::observed::{AppsView, Attempt, ImageView, Observed, SandboxView};
use toft_engine::plan::{Next, Step, Wanted, plan};

/// Steps that may refuse.
const STUBBORN: [Step; 4] = [
    Step::StopSandbox,
    Step::DetachNetwork,
    Step::RemoveSandbox,
    Step::RemoveVolume,
];

/// Carries a step of a delete out; false where it was the last.
fn carry_out(step: Step, world: &mut Observed) -> bool {
    match step {
        Step::StopSandbox => world.sandbox = SandboxView::Stopped,
        Step::DetachNetwork => world.network = false,
        Step::RemoveSandbox => world.sandbox = SandboxView::Absent,
        Step::RemoveVolume => world.volume = false,
        Step::Release => world.allocated = false,
        Step::DropFinalizer => return false,
        other => panic!("{other:?} makes something in a delete"),
    }
    true
}

/// As the driver does it: failures in a row of one step are counted, success forgets them.
fn note(step: Step, done: bool, world: &mut Observed) {
    let known = world
        .failed
        .as_ref()
        .filter(|failed| failed.step == step)
        .map_or(0, |failed| failed.count);
    if !done {
        let until = Timestamp::UNIX_EPOCH;
        world.failed = Some(Attempt {
            step,
            count: known + 1,
            until,
            message: "no".into(),
        });
    } else if known > 0 {
        world.failed = None;
    }
}

prop_compose! {
    fn world()(sandbox in 0..4, flags in any::<[bool; 4]>(), earlier in proptest::option::of(1..9_u32)) -> Observed {
        let [admitted, volume, network, allocated] = flags;
        let started_at = Timestamp::UNIX_EPOCH;
        Observed {
            admitted,
            volume,
            network,
            allocated,
            image: ImageView::Ready,
            apps: AppsView::Unconfigured,
            sandbox: match sandbox {
                0 => SandboxView::Absent,
                1 => SandboxView::Stopped,
                2 => SandboxView::Running { started_at },
                _ => SandboxView::Exited { message: "killed".into(), started: true },
            },
            failed: earlier.map(|count| Attempt { step: Step::StartSandbox, count, until: started_at, message: "no".into() }),
            ..Observed::default()
        }
    }
}

proptest! {
    #[test]
    fn a_delete_ends_whatever_refuses(mut world in world(), refuses in any::<[bool; 4]>()) {
        let wanted = Wanted { gone: true, ..Wanted::default() };
        let refuses = |step: Step| STUBBORN.iter().zip(refuses).any(|(known, refuses)| *known == step && refuses);
        let now = Timestamp::UNIX_EPOCH;
        let mut ended = false;
        for _ in 0..60 {
            let Next::Do(step) = plan(&wanted, &world, now) else { panic!("a delete waits for nothing: {world:?}") };
            let done = !refuses(step);
            ended = done && !carry_out(step, &mut world);
            note(step, done, &mut world);
            if ended {
                break;
            }
        }
        prop_assert!(ended, "goes in circles: {world:?}");
        prop_assert!(!world.allocated);
        prop_assert!(!world.network || refuses(Step::DetachNetwork));
        prop_assert!(!world.volume || refuses(Step::RemoveVolume));
        prop_assert!(world.sandbox == SandboxView::Absent || refuses(Step::RemoveSandbox));
    }
}

//! The planner by itself, against a world that does what it is told: whatever the start, it
//! settles, a lost step is asked for again, and a repeated one harms nothing.

use proptest::prelude::*;

use super::*;
use crate::observed::Attempt;

const NOW: i64 = 1_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn running(since: i64) -> SandboxView {
    SandboxView::Running {
        started_at: at(since),
    }
}

fn apps() -> AppsView {
    AppsView::Configured {
        apps: Vec::new(),
        revision: 1,
        failed: None,
    }
}

/// What a step does to a world in which everything works.
fn carry_out(step: Step, mut world: Observed) -> Option<Observed> {
    match step {
        Step::Admit => (world.admitted, world.allocated) = (true, true),
        Step::EnsureImage => world.image = ImageView::Ready,
        Step::EnsureVolume | Step::RestoreVolume => {
            assert!(!world.runs(), "no disk in use is replaced");
            (world.volume, world.restored) = (true, true);
        }
        Step::Resize => world.fitted = true,
        Step::AttachNetwork => (world.network, world.network_traces) = (true, true),
        Step::StartSandbox => {
            assert!(
                world.volume && world.network && world.image == ImageView::Ready,
                "nothing starts half made"
            );
            world.sandbox = running(NOW);
        }
        Step::AwaitAgent => world.agent = true,
        Step::ConfigureApps | Step::AwaitApps => world.apps = apps(),
        Step::StopSandbox => {
            (world.sandbox, world.agent, world.apps) = (SandboxView::Stopped, false, AppsView::Unconfigured);
            // The cable goes with the sandbox's namespace.
            world.network = false;
        }
        Step::DetachNetwork => {
            assert!(!world.runs(), "nobody is cut off while running");
            (world.network, world.network_traces) = (false, false);
        }
        Step::GiveBack => world.admitted = false,
        Step::RemoveSandbox => {
            assert!(!world.runs(), "nothing running is removed");
            world.sandbox = SandboxView::Absent;
        }
        Step::RemoveVolume => world.volume = false,
        Step::Release => world.allocated = false,
        Step::DropFinalizer => return None,
    }
    Some(world)
}

/// Follows the plan, losing or repeating steps as told, to where nothing is left to do.
fn settle(wanted: &Wanted, mut world: Observed, mishaps: &[u8]) -> Option<Observed> {
    for turn in 0..100 {
        match plan(wanted, &world, at(NOW)) {
            Next::Settled => return Some(world),
            Next::Wait { .. } => world.failed = None,
            Next::Do(step) => match mishaps.get(turn) {
                Some(0) => {}
                Some(1) => world = carry_out(step, carry_out(step, world)?)?,
                _ => world = carry_out(step, world)?,
            },
        }
    }
    panic!("did not settle from {world:?} towards {wanted:?}");
}

prop_compose! {
    fn sandbox()(kind in 0..4) -> SandboxView {
        match kind {
            0 => SandboxView::Absent,
            1 => SandboxView::Stopped,
            2 => running(NOW - 500),
            _ => SandboxView::Exited { message: "killed".into(), started: true },
        }
    }
}

prop_compose! {
    fn world()(
        flags in any::<[bool; 9]>(),
        image in 0..3,
        sandbox in sandbox(),
        failed in proptest::option::of((0u32..5, -10i64..10)),
    ) -> Observed {
        let [admitted, volume, network, traces, agent, configured, allocated, fitted, restored] = flags;
        let runs = matches!(sandbox, SandboxView::Running { .. });
        Observed {
            admitted,
            volume: volume || runs,
            network: network || runs,
            network_traces: traces || network || runs,
            agent: agent && runs,
            apps: if configured && agent && runs { apps() } else { AppsView::Unconfigured },
            allocated,
            image: match image {
                0 => ImageView::Absent,
                _ => ImageView::Ready,
            },
            sandbox,
            fitted: fitted || !runs,
            restored,
            failed: failed.map(|(count, ahead)| Attempt { step: Step::StartSandbox, count, until: at(NOW + ahead), message: "no".into() }),
        }
    }
}

proptest! {
    #[test]
    fn from_any_world_it_comes_to_run(world in world(), mishaps in proptest::collection::vec(0u8..4, 0..30)) {
        let wanted = Wanted { running: true, ..Wanted::default() };
        let world = settle(&wanted, world, &mishaps).unwrap();
        prop_assert!(world.runs() && world.agent && world.apps.ready() && world.admitted && world.allocated);
        prop_assert!(world.fitted && world.restored);
    }

    #[test]
    fn from_any_world_it_comes_to_a_stop(world in world(), mishaps in proptest::collection::vec(0u8..4, 0..30)) {
        let volume = world.volume || !world.restored;
        let world = settle(&Wanted::default(), world, &mishaps).unwrap();
        prop_assert!(!world.runs() && !world.network && !world.network_traces && !world.admitted);
        prop_assert_eq!(world.volume, volume, "the home stays");
    }

    #[test]
    fn from_any_world_a_delete_ends_with_nothing(world in world(), mishaps in proptest::collection::vec(0u8..4, 0..30)) {
        prop_assert_eq!(settle(&Wanted { gone: true, ..Wanted::default() }, world, &mishaps), None);
    }

    #[test]
    fn a_copy_is_made_of_one_that_does_not_run(world in world(), mishaps in proptest::collection::vec(0u8..4, 0..30)) {
        let wanted = Wanted { copied: true, ..Wanted::default() };
        let world = settle(&wanted, world, &mishaps).unwrap();
        prop_assert!(world.volume && !world.runs());
    }

    #[test]
    fn what_runs_is_adopted_untouched(mut world in world()) {
        (world.sandbox, world.restored) = (running(NOW - 500), true);
        let wanted = Wanted { running: true, ..Wanted::default() };
        let step = plan(&wanted, &world, at(NOW));
        prop_assert!(!matches!(step, Next::Do(Step::StartSandbox | Step::StopSandbox | Step::AttachNetwork | Step::RemoveSandbox)), "{step:?}");
    }
}

#[test]
fn a_restart_happens_once() {
    let wanted = Wanted {
        running: true,
        restart: Some(at(NOW - 1)),
        ..Wanted::default()
    };
    let mut world = Observed {
        sandbox: running(NOW - 500),
        agent: true,
        apps: apps(),
        admitted: true,
        allocated: true,
        volume: true,
        network: true,
        network_traces: true,
        image: ImageView::Ready,
        failed: None,
        ..Observed::default()
    };
    assert_eq!(plan(&wanted, &world, at(NOW)), Next::Do(Step::StopSandbox));
    let wanted = Wanted {
        restart_observed: wanted.restart,
        ..wanted
    };
    world.sandbox = running(NOW);
    assert_eq!(plan(&wanted, &world, at(NOW)), Next::Settled);
}

#[test]
fn a_restart_needs_no_clock() {
    let world = Observed {
        sandbox: running(NOW),
        agent: true,
        apps: apps(),
        admitted: true,
        allocated: true,
        volume: true,
        network: true,
        network_traces: true,
        image: ImageView::Ready,
        failed: None,
        ..Observed::default()
    };
    for asked in [NOW - 5_000, NOW, NOW + 5_000] {
        let wanted = Wanted {
            running: true,
            restart: Some(at(asked)),
            restart_observed: Some(at(NOW - 9_000)),
            ..Wanted::default()
        };
        assert_eq!(
            plan(&wanted, &world, at(NOW)),
            Next::Do(Step::StopSandbox),
            "{asked}"
        );
    }
}

#[test]
fn what_cannot_be_removed_does_not_hold_a_delete_up_for_ever() {
    let attempt = |count| {
        Some(Attempt {
            step: Step::RemoveSandbox,
            count,
            until: at(0),
            message: "busy".into(),
        })
    };
    let wanted = Wanted {
        gone: true,
        ..Wanted::default()
    };
    let mut world = Observed {
        sandbox: SandboxView::Stopped,
        failed: attempt(GIVE_UP - 1),
        ..Observed::default()
    };
    assert_eq!(plan(&wanted, &world, at(NOW)), Next::Do(Step::RemoveSandbox));
    world.failed = attempt(GIVE_UP);
    assert_eq!(plan(&wanted, &world, at(NOW)), Next::Do(Step::DropFinalizer));
}

#[test]
fn a_failed_start_does_not_hold_a_stop_up() {
    let failed = Some(Attempt {
        step: Step::StartSandbox,
        count: 9,
        until: at(NOW + 60),
        message: "no".into(),
    });
    let world = Observed {
        admitted: true,
        allocated: true,
        volume: true,
        network: true,
        network_traces: true,
        image: ImageView::Ready,
        failed,
        ..Observed::default()
    };
    let run = Wanted {
        running: true,
        ..Wanted::default()
    };
    assert_eq!(
        plan(&run, &world, at(NOW)),
        Next::Wait {
            until: Some(at(NOW + 60)),
            step: Step::StartSandbox
        }
    );
    assert_eq!(
        plan(&Wanted::default(), &world, at(NOW)),
        Next::Do(Step::DetachNetwork)
    );
}

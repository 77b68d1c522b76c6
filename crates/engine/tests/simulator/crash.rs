//! The daemon dies at every call of a port, and another one goes on.

use std::sync::atomic::{AtomicUsize, Ordering};

use toft_runtime::SandboxId;
use toft_runtime::sim::{Failure, Operation, When};
use toft_store::{Key, Store};

use crate::cut::{Cut, Side};
use crate::daemon::{allocations, create, data_dir, delete, gone, live, phase, power, sandbox};
use crate::host::Host;

/// A whole life of a workspace, as somebody asks for it who may have to ask again: `stage` is how
/// far they have got.
async fn story(store: &Store, host: &Host, stage: &AtomicUsize, id: &std::sync::Mutex<Option<SandboxId>>) {
    let key = Key::workspace("ada", "dev");
    loop {
        match stage.load(Ordering::SeqCst) {
            0 => {
                create(store, "ada", "dev", 100).await;
                *id.lock().unwrap() = Some(sandbox(store, &key).await);
                phase(store, &key, "Running").await;
            }
            1 => {
                power(store, &key, false).await;
                phase(store, &key, "Stopped").await;
                let id = id.lock().unwrap().unwrap();
                assert!(host.things().attached.is_empty() && host.things().homes.contains(&id));
            }
            2 => {
                power(store, &key, true).await;
                phase(store, &key, "Running").await;
            }
            3 => {
                delete(store, &key).await;
                gone(store, &key).await;
            }
            _ => return,
        }
        stage.fetch_add(1, Ordering::SeqCst);
    }
}

/// Lives the story with daemons that end as `cuts` say and a last one that does not.
fn live_through(host: &Host, cuts: Vec<Cut>, told: &str) -> Vec<&'static str> {
    let dir = data_dir();
    let (stage, id) = (AtomicUsize::new(0), std::sync::Mutex::new(None));
    let mut calls = Vec::new();
    for cut in cuts.into_iter().chain([Cut::never()]) {
        let (end, cut) = live(dir.path(), host, cut, async |store: &Store| {
            story(store, host, &stage, &id).await;
            allocations(store).await
        });
        calls = cut.calls();
        if let Some(held) = end {
            assert!(held.is_empty(), "{told}: still allocated: {held:?}");
            break;
        }
    }
    let id = id.lock().unwrap().unwrap();
    assert!(
        host.traces(id).is_empty(),
        "{told}: left behind: {:?}",
        host.traces(id)
    );
    assert!(
        host.things().bridges.is_empty(),
        "{told}: left behind: {:?}",
        host.things().bridges
    );
    calls
}

#[test]
fn a_daemon_killed_around_any_call_is_followed_by_one_that_finishes() {
    let calls = live_through(&Host::default(), Vec::new(), "nothing goes wrong");
    assert!(calls.len() > 20, "{calls:?}");
    for (number, name) in calls.iter().enumerate() {
        for side in [Side::Before, Side::After] {
            let told = format!("killed {side:?} call {number}, {name}");
            live_through(&Host::default(), vec![Cut::at(number, side)], &told);
        }
    }
}

#[test]
fn many_daemons_killed_one_after_another_get_there() {
    let cuts = (0..20)
        .map(|number| {
            Cut::at(
                number % 7 + 1,
                if number % 2 == 0 {
                    Side::Before
                } else {
                    Side::After
                },
            )
        })
        .collect();
    live_through(&Host::default(), cuts, "killed twenty times");
}

/// The runtime itself is cut off in the middle, or says that it failed though it did not.
#[test]
fn half_of_a_step_is_finished_by_the_next() {
    for operation in [Operation::Start, Operation::Stop, Operation::Remove] {
        for when in [When::Before, When::Midway, When::After] {
            let host = Host::default();
            host.world.fail_at(Some(operation), 0, when, Failure::Error);
            live_through(&host, Vec::new(), &format!("{operation:?} fails {when:?}"));
        }
    }
}

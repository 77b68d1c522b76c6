//! After a reboot of the host what was wanted running runs; what was not does not; and a new
//! daemon leaves what runs alone.

use serde_json::json;
use toft_runtime::sim::Operation;
use toft_store::{Key, Store};

use crate::cut::Cut;
use crate::daemon::{change, create, data_dir, live, phase, power, reasons, sandbox, until};
use crate::host::Host;

#[test]
fn a_reboot_brings_back_what_was_wanted_running() {
    let (dir, host) = (data_dir(), Host::default());
    let (runs, rests) = (Key::workspace("ada", "runs"), Key::workspace("ada", "rests"));
    live(dir.path(), &host, Cut::never(), async |store: &Store| {
        for key in [&runs, &rests] {
            create(store, "ada", &key.name, 100).await;
            phase(store, key, "Running").await;
        }
        power(store, &rests, false).await;
        phase(store, &rests, "Stopped").await;
    });
    host.reboot();
    live(dir.path(), &host, Cut::never(), async |store: &Store| {
        let (id, other) = (sandbox(store, &runs).await, sandbox(store, &rests).await);
        while !host.things().attached.contains_key(&id)
            || host
                .world
                .traces(id)
                .iter()
                .all(|trace| !trace.contains("Running"))
        {
            tokio::task::yield_now().await;
        }
        phase(store, &runs, "Running").await;
        phase(store, &rests, "Stopped").await;
        assert!(!host.things().attached.contains_key(&other));
    });
}

#[test]
fn a_new_daemon_adopts_what_runs() {
    let (dir, host) = (data_dir(), Host::default());
    let key = Key::workspace("ada", "dev");
    live(dir.path(), &host, Cut::never(), async |store: &Store| {
        create(store, "ada", "dev", 100).await;
        phase(store, &key, "Running").await;
    });
    let before = host.world.calls().len();
    live(dir.path(), &host, Cut::never(), async |store: &Store| {
        // A change that needs nothing of the sandbox shows that it was looked at.
        change(store, &key, |object| {
            object["spec"]["lifecycle"] = json!({ "stopGraceSeconds": 3 });
        })
        .await;
        phase(store, &key, "Running").await;
    });
    let calls = host.world.calls();
    let touched = calls[before..]
        .iter()
        .find(|(operation, _)| matches!(operation, Operation::Start | Operation::Stop | Operation::Remove));
    assert_eq!(touched, None);
}

#[test]
fn a_machine_whose_image_is_gone_starts_over_another_and_says_so() {
    let (dir, host) = (data_dir(), Host::default());
    let (same, other) = (Key::workspace("ada", "same"), Key::workspace("ada", "other"));
    live(dir.path(), &host, Cut::never(), async |store: &Store| {
        for (key, begun_on) in [(&same, "sha256:00"), (&other, "sha256:gone")] {
            create(store, "ada", &key.name, 100).await;
            phase(store, key, "Running").await;
            power(store, key, false).await;
            phase(store, key, "Stopped").await;
            let id = sandbox(store, key).await;
            host.things().begun.insert(id, begun_on.to_owned());
            power(store, key, true).await;
            phase(store, key, "Running").await;
            assert_eq!(host.things().begun[&id], "sha256:00");
        }
        // Events are written behind the status, one after the other.
        let told = async |key| {
            reasons(store, key)
                .await
                .iter()
                .any(|reason| reason == "OtherImage")
        };
        let mut commits = store.commits();
        while !told(&other).await {
            commits.changed().await.unwrap();
        }
        assert!(!told(&same).await);
    });
}

#[test]
fn a_restart_happens_once_for_each_that_asks_whatever_their_clocks() {
    let (dir, host) = (data_dir(), Host::default());
    let key = Key::workspace("ada", "dev");
    live(dir.path(), &host, Cut::never(), async |store: &Store| {
        create(store, "ada", "dev", 100).await;
        phase(store, &key, "Running").await;
        // The clocks of who asks are wrong, each in its way.
        for asked in [
            "2001-01-01T00:00:00Z",
            "2099-01-01T00:00:00Z",
            "2050-01-01T00:00:00Z",
        ] {
            change(store, &key, |object| {
                object["spec"]["lifecycle"] = json!({ "restartedAt": asked });
            })
            .await;
            until(store, &key, "restarted", |object| {
                object.is_some_and(|object| {
                    object["status"]["restartObserved"] == asked && object["status"]["phase"] == "Running"
                })
            })
            .await;
        }
    });
    let started = host
        .world
        .calls()
        .iter()
        .filter(|(operation, _)| *operation == Operation::Start)
        .count();
    assert_eq!(started, 4, "once when it was made, once for each that asked");
}

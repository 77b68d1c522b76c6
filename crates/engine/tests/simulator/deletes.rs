//! Delete always ends, whatever refuses to go; what is left is swept up later.

use toft_store::{Key, Store};

use crate::cut::Cut;
use crate::daemon::{allocations, create, data_dir, delete, gone, live, phase, reasons, sandbox, until};
use crate::host::Host;

/// What can refuse to be undone.
const UNDOING: [&str; 4] = [
    "runtime.stop",
    "network.detach",
    "volume.remove",
    "network.release",
];

async fn deleted_although(store: &Store, host: &Host, refused: &[&'static str], stick: bool) {
    let key = Key::workspace("ada", "dev");
    create(store, "ada", "dev", 100).await;
    phase(store, &key, "Running").await;
    let id = sandbox(store, &key).await;
    host.things().refused.extend(refused);
    host.world.stick(id, stick);
    delete(store, &key).await;
    gone(store, &key).await;
}

#[test]
fn a_delete_ends_although_one_thing_refuses_to_go() {
    for name in UNDOING {
        let (dir, host) = (data_dir(), Host::default());
        live(dir.path(), &host, Cut::never(), async |store: &Store| {
            deleted_although(store, &host, &[name], false).await;
        });
    }
    let (dir, host) = (data_dir(), Host::default());
    live(dir.path(), &host, Cut::never(), async |store: &Store| {
        deleted_although(store, &host, &[], true).await;
    });
}

#[test]
fn a_delete_ends_although_several_things_refuse_to_go() {
    let (dir, host) = (data_dir(), Host::default());
    live(dir.path(), &host, Cut::never(), async |store: &Store| {
        deleted_although(store, &host, &["network.detach", "volume.remove"], true).await;
    });
}

/// What holds it up is told while it does, and once more when it was given up.
#[test]
fn what_refuses_to_go_is_listed() {
    let (dir, host) = (data_dir(), Host::default());
    let key = Key::workspace("ada", "dev");
    live(dir.path(), &host, Cut::never(), async |store: &Store| {
        create(store, "ada", "dev", 100).await;
        phase(store, &key, "Running").await;
        host.things().refused.insert("volume.remove");
        delete(store, &key).await;
        until(store, &key, "held up, and says why", |object| {
            let leftovers = object.and_then(|object| object["status"]["leftovers"][0].as_str());
            leftovers.is_some_and(|why| why.contains("volume.remove"))
        })
        .await;
        gone(store, &key).await;
        let mut commits = store.commits();
        while !reasons(store, &key)
            .await
            .iter()
            .any(|reason| reason == "Leftovers")
        {
            commits.changed().await.unwrap();
        }
    });
}

/// Whoever goes last takes the owner's network along, also when several go at once.
#[test]
fn an_owner_s_last_workspaces_leave_nothing_of_the_owner() {
    let (dir, host) = (data_dir(), Host::default());
    let (held, _) = live(dir.path(), &host, Cut::never(), async |store: &Store| {
        let keys: Vec<Key> = (0..8)
            .map(|number| Key::workspace("ada", &format!("w{number}")))
            .collect();
        for key in &keys {
            create(store, "ada", &key.name, 100).await;
        }
        for key in &keys {
            phase(store, key, "Running").await;
        }
        futures_util::future::join_all(keys.iter().map(|key| delete(store, key))).await;
        for key in &keys {
            gone(store, key).await;
        }
        allocations(store).await
    });
    assert_eq!(held.unwrap(), Vec::<String>::new());
    assert!(host.things().bridges.is_empty());
}

#[test]
fn a_workspace_that_cannot_start_is_deleted() {
    for name in [
        "image.prepare",
        "volume.ensure",
        "network.attach",
        "runtime.start",
        "agent.configure",
    ] {
        let (dir, host) = (data_dir(), Host::default());
        let key = Key::workspace("ada", "dev");
        host.things().refused.insert(name);
        let (id, _) = live(dir.path(), &host, Cut::never(), async |store: &Store| {
            create(store, "ada", "dev", 100).await;
            phase(store, &key, "Failed").await;
            let id = sandbox(store, &key).await;
            delete(store, &key).await;
            gone(store, &key).await;
            id
        });
        assert!(
            host.traces(id.unwrap()).is_empty(),
            "{name}: {:?}",
            host.traces(id.unwrap())
        );
    }
}

#[test]
fn what_a_delete_left_goes_with_the_next_daemon() {
    let (dir, host) = (data_dir(), Host::default());
    let key = Key::workspace("ada", "dev");
    let (id, _) = live(dir.path(), &host, Cut::never(), async |store: &Store| {
        create(store, "ada", "dev", 100).await;
        phase(store, &key, "Running").await;
        let id = sandbox(store, &key).await;
        host.world.stick(id, true);
        delete(store, &key).await;
        gone(store, &key).await;
        id
    });
    let id = id.unwrap();
    assert!(!host.traces(id).is_empty());
    host.world.stick(id, false);
    live(dir.path(), &host, Cut::never(), async |_: &Store| {
        while !host.traces(id).is_empty() {
            tokio::task::yield_now().await;
        }
    });
}

/// Reasons that programs wait for (`toft events -o json`).
#[test]
fn a_life_is_told_in_events() {
    let (dir, host) = (data_dir(), Host::default());
    let key = Key::workspace("ada", "dev");
    live(dir.path(), &host, Cut::never(), async |store: &Store| {
        create(store, "ada", "dev", 100).await;
        phase(store, &key, "Running").await;
        crate::daemon::power(store, &key, false).await;
        phase(store, &key, "Stopped").await;
        // Events are written behind the status.
        let mut commits = store.commits();
        loop {
            let told = reasons(store, &key).await;
            if ["Created", "Started", "Ready", "Stopped"]
                .iter()
                .all(|reason| told.iter().any(|told| told == reason))
            {
                break;
            }
            commits.changed().await.unwrap();
        }
    });
}

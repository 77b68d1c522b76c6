//! Room on the host: exact, first come first served, and nobody's trouble is everybody's.

use toft_store::{Key, Store};

use crate::cut::Cut;
use crate::daemon::{CORES, create, data_dir, delete, gone, live, phase, power, until};
use crate::host::Host;

fn key(name: &str) -> Key {
    Key::workspace("ada", name)
}

#[test]
fn who_does_not_fit_waits_until_another_stops() {
    let (dir, host) = (data_dir(), Host::default());
    live(dir.path(), &host, Cut::never(), async |store: &Store| {
        create(store, "ada", "first", CORES - 500).await;
        phase(store, &key("first"), "Running").await;
        create(store, "ada", "second", 2_000).await;
        phase(store, &key("second"), "Queued").await;
        create(store, "ada", "third", 100).await;
        phase(store, &key("third"), "Queued").await;
        let told = store.get(&key("third")).await.unwrap().unwrap();
        assert_eq!(
            (
                &told["status"]["queue"]["position"],
                &told["status"]["queue"]["of"]
            ),
            (&2.into(), &2.into()),
            "nobody overtakes"
        );
        power(store, &key("first"), false).await;
        phase(store, &key("second"), "Running").await;
        phase(store, &key("third"), "Running").await;
    });
}

/// The first in the queue goes away without ever having run: the next one's turn has come.
#[test]
fn who_leaves_the_queue_lets_the_next_one_in() {
    for stops in [true, false] {
        let (dir, host) = (data_dir(), Host::default());
        live(dir.path(), &host, Cut::never(), async |store: &Store| {
            create(store, "ada", "first", CORES - 500).await;
            phase(store, &key("first"), "Running").await;
            create(store, "ada", "large", 2_000).await;
            phase(store, &key("large"), "Queued").await;
            create(store, "ada", "small", 100).await;
            phase(store, &key("small"), "Queued").await;
            if stops {
                power(store, &key("large"), false).await;
            } else {
                delete(store, &key("large")).await;
                gone(store, &key("large")).await;
            }
            phase(store, &key("small"), "Running").await;
        });
    }
}

#[test]
fn a_crowd_at_once_never_gets_more_than_there_is() {
    let (dir, host) = (data_dir(), Host::default());
    live(dir.path(), &host, Cut::never(), async |store: &Store| {
        let names: Vec<String> = (0..12).map(|number| format!("w{number}")).collect();
        futures_util::future::join_all(names.iter().map(|name| create(store, "ada", name, 1_000))).await;
        let (mut running, mut waiting) = (0, 0);
        for name in &names {
            until(store, &key(name), "Running or Queued", |object| {
                object.is_some_and(|object| {
                    object["status"]["phase"] == "Running" || object["status"]["phase"] == "Queued"
                })
            })
            .await;
            let phase = store.get(&key(name)).await.unwrap().unwrap()["status"]["phase"].clone();
            *if phase == "Running" {
                &mut running
            } else {
                &mut waiting
            } += 1;
        }
        assert_eq!((running, waiting), (4, 8));
        assert_eq!(host.things().attached.len(), 4, "only they were started");
    });
}

/// What a host lost since (or a template's author) may ask for more than there will ever be.
#[test]
fn who_can_never_fit_is_told_so_and_holds_nobody_up() {
    let (dir, host) = (data_dir(), Host::default());
    live(dir.path(), &host, Cut::never(), async |store: &Store| {
        create(store, "ada", "huge", CORES * 2).await;
        create(store, "ada", "small", 100).await;
        phase(store, &key("small"), "Running").await;
        phase(store, &key("huge"), "Failed").await;
        let told = store.get(&key("huge")).await.unwrap().unwrap()["status"]["message"].to_string();
        assert!(told.contains("can never be reserved"), "{told}");
    });
}

/// An owner whose subnet is full is in trouble; the others are not.
#[test]
fn an_owner_without_addresses_does_not_keep_others_out() {
    let (dir, host) = (data_dir(), Host::default());
    host.things().seats = Some(2);
    live(dir.path(), &host, Cut::never(), async |store: &Store| {
        for name in ["one", "two"] {
            create(store, "ada", name, 100).await;
            phase(store, &key(name), "Running").await;
        }
        create(store, "ada", "three", 100).await;
        phase(store, &key("three"), "Failed").await;
        create(store, "bob", "dev", 100).await;
        phase(store, &Key::workspace("bob", "dev"), "Running").await;
        delete(store, &key("one")).await;
        phase(store, &key("three"), "Running").await;
    });
}

/// More workspaces than there are workers wait for apps that never come; others are served.
#[test]
fn apps_that_hang_hold_nobody_up() {
    let (dir, host) = (data_dir(), Host::default());
    host.things().apps_hang = true;
    live(dir.path(), &host, Cut::never(), async |store: &Store| {
        let names: Vec<String> = (0..40).map(|number| format!("w{number}")).collect();
        for name in &names {
            create(store, "ada", name, 1).await;
        }
        for name in names.iter().rev() {
            delete(store, &key(name)).await;
            gone(store, &key(name)).await;
        }
    });
}

//! A request that goes away in the middle of a write (a closed browser, Ctrl-C) leaves all of it or
//! nothing, holds nobody up, and what it left is seen by watches.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // Helpers of tests fail as tests do.

use std::time::Duration;

use futures_util::poll;
use serde_json::{Value, json};
use toft_model::Kind;
use toft_store::{Key, Selection, Store};

async fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    (dir, store)
}

fn workspace(name: &str) -> Value {
    json!({ "kind": "Workspace", "metadata": { "name": name, "namespace": "ada" }, "spec": {} })
}

/// However far a create got before it was dropped, the next one goes through.
#[tokio::test]
async fn a_write_dropped_anywhere_holds_nobody_up() {
    let (_dir, store) = store().await;
    for polls in 0..40 {
        let name = format!("w{polls}");
        {
            let mut create = Box::pin(store.create(workspace(&name)));
            for _ in 0..polls {
                if poll!(&mut create).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        let next = store.create(workspace(&format!("n{polls}")));
        tokio::time::timeout(Duration::from_secs(30), next)
            .await
            .expect("nobody holds the writer")
            .unwrap();
    }
}

#[tokio::test]
async fn what_a_dropped_commit_wrote_is_seen_by_watches() {
    let (_dir, store) = store().await;
    for number in 0..20 {
        let key = Key::workspace("ada", &format!("w{number}"));
        let mut watch = store
            .watch(Selection::all(Kind::Workspace), store.latest())
            .await
            .unwrap();
        let mut tx = store.begin().await.unwrap();
        tx.create(workspace(&key.name)).await.unwrap();
        {
            let mut commit = Box::pin(tx.commit());
            let _ = poll!(&mut commit);
        }
        // The writer is free again, so whatever the commit came to is settled; nothing is written.
        drop(store.begin().await.unwrap());
        if store.get(&key).await.unwrap().is_some() {
            let event = tokio::time::timeout(Duration::from_secs(10), watch.next()).await;
            let event = event
                .unwrap_or_else(|_| panic!("{key} is stored, and its watch does not hear of it"))
                .unwrap();
            assert_eq!(event.object["metadata"]["name"], key.name);
        }
    }
}

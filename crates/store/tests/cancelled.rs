//! A request that goes away in the middle of a write (a closed browser, Ctrl-C) holds nobody up.

use std::time::Duration;

use futures_util::poll;
use serde_json::{Value, json};
use toft_store::Store;

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

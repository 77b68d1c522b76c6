use serde_json::{Value, json};

use crate::Store;

fn workspace(name: &str) -> Value {
    json!({ "kind": "Workspace", "metadata": { "name": name, "namespace": "ada" }, "spec": {} })
}

/// What SQLite does with a write for which the disk has no room, done by hand.
#[tokio::test]
async fn a_write_that_sqlite_gave_up_by_itself_stops_no_later_one() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.create(workspace("lost")).await.unwrap();
    sqlx::query("ROLLBACK").execute(tx.connection()).await.unwrap();
    tx.commit().await.unwrap_err();
    store.create(workspace("next")).await.unwrap();
    let mut tx = store.begin_removal().await.unwrap();
    sqlx::query("ROLLBACK").execute(tx.connection()).await.unwrap();
    drop(tx);
    store.create(workspace("after")).await.unwrap();
}

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use toft_model::Kind;

use super::*;
use crate::objects::{Key, Page};

async fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    (dir, store)
}

fn workspace(owner: &str, name: &str) -> Value {
    json!({ "kind": "Workspace", "metadata": { "name": name, "namespace": owner }, "spec": {} })
}

async fn touch(store: &Store, name: &str, value: usize) {
    let change = |mut object: Value| -> Result<Value> {
        object["spec"]["value"] = json!(value);
        Ok(object)
    };
    store
        .update(&Key::workspace("ada", name), None, change)
        .await
        .unwrap();
}

async fn next(watch: &mut Watch) -> WatchEvent {
    tokio::time::timeout(Duration::from_secs(20), watch.next())
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn changes_come_in_order_from_where_one_asks() {
    let (_dir, store) = store().await;
    store.create(workspace("ada", "a")).await.unwrap();
    let mut watch = store.watch(Selection::all(Kind::Workspace), 1).await.unwrap();
    touch(&store, "a", 1).await;
    store.delete(&Key::workspace("ada", "a"), None).await.unwrap();
    let (first, second) = (next(&mut watch).await, next(&mut watch).await);
    assert_eq!((first.change, first.version), (Change::Modified, 2));
    assert_eq!((second.change, second.version), (Change::Deleted, 3));
    assert_eq!(
        second.object["spec"]["value"], 1,
        "the last state comes with the deletion"
    );
}

#[tokio::test]
async fn others_changes_are_passed_over() {
    let (_dir, store) = store().await;
    let mut watch = store
        .watch(Selection::of(Kind::Workspace, "bob"), 0)
        .await
        .unwrap();
    for number in 0..400 {
        store
            .create(workspace("ada", &format!("a{number}")))
            .await
            .unwrap();
    }
    store.create(workspace("bob", "b")).await.unwrap();
    assert_eq!(next(&mut watch).await.object["metadata"]["name"], "b");
    assert_eq!(watch.version(), 401);
}

#[tokio::test]
async fn a_watch_from_before_the_log_is_told_so() {
    let (_dir, store) = store().await;
    for number in 0..5 {
        store
            .create(workspace("ada", &format!("a{number}")))
            .await
            .unwrap();
    }
    let mut slow = store.watch(Selection::all(Kind::Workspace), 1).await.unwrap();
    tokio::time::sleep(Duration::from_millis(5)).await;
    store.compact(Duration::ZERO, 2).await.unwrap();
    assert!(matches!(
        slow.next().await,
        Err(StoreError::Expired { from: 1, floor: 3 })
    ));
    assert!(matches!(
        store.watch(Selection::all(Kind::Workspace), 2).await,
        Err(StoreError::Expired { .. })
    ));
    let mut late = store.watch(Selection::all(Kind::Workspace), 3).await.unwrap();
    assert_eq!(next(&mut late).await.version, 4);
}

/// Whatever the interleaving: a list with the watch from its version ends in the same world as
/// a list at the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn list_and_watch_together_miss_nothing() {
    let (_dir, store) = store().await;
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for number in 0..40 {
                    let name = format!("w{writer}-{}", number % 7);
                    if store.create(workspace("ada", &name)).await.is_err() {
                        touch(&store, &name, number).await;
                    }
                    if number % 5 == 4 {
                        let _ = store.delete(&Key::workspace("ada", &name), None).await;
                    }
                }
            })
        })
        .collect();
    let watchers: Vec<_> = (0..6)
        .map(|pause| {
            let store = store.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(pause * 7)).await;
                let list = store
                    .list(&Selection::all(Kind::Workspace), &Page::default())
                    .await
                    .unwrap();
                let mut world: BTreeMap<String, Value> = list
                    .items
                    .into_iter()
                    .map(|item| (item["metadata"]["name"].to_string(), item))
                    .collect();
                let mut watch = store
                    .watch(Selection::all(Kind::Workspace), list.version)
                    .await
                    .unwrap();
                let mut last = list.version;
                loop {
                    let event = next(&mut watch).await;
                    assert!(event.version > last, "in order and once");
                    last = event.version;
                    let name = event.object["metadata"]["name"].to_string();
                    match event.change {
                        _ if name.contains("end") => return world,
                        Change::Deleted => drop(world.remove(&name)),
                        Change::Added | Change::Modified => drop(world.insert(name, event.object)),
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let list = store
        .list(&Selection::all(Kind::Workspace), &Page::default())
        .await
        .unwrap();
    let world: BTreeMap<String, Value> = list
        .items
        .into_iter()
        .map(|item| (item["metadata"]["name"].to_string(), item))
        .collect();
    store.create(workspace("ada", "end")).await.unwrap();
    for watcher in watchers {
        assert_eq!(watcher.await.unwrap(), world);
    }
}

use super::*;

async fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    (dir, store)
}

fn workspace(owner: &str, name: &str) -> Value {
    json!({ "apiVersion": "toft.dev/v1alpha1", "kind": "Workspace", "metadata": { "name": name, "namespace": owner }, "spec": { "running": true } })
}

fn keep_going(change: impl FnOnce(&mut Value)) -> impl FnOnce(Value) -> Result<Value> {
    |mut value| {
        change(&mut value);
        Ok(value)
    }
}

#[tokio::test]
async fn what_was_created_is_read_with_what_the_store_filled_in() {
    let (_dir, store) = store().await;
    let created = store.create(workspace("ada", "dev")).await.unwrap();
    let read = store.get(&Key::workspace("ada", "dev")).await.unwrap().unwrap();
    assert_eq!(read, created);
    assert_eq!(
        (
            read["metadata"]["resourceVersion"].as_str(),
            read["metadata"]["generation"].as_i64()
        ),
        (Some("1"), Some(1))
    );
    assert_eq!(
        read["metadata"]["uid"]
            .as_str()
            .unwrap()
            .parse::<Uuid>()
            .unwrap()
            .get_version_num(),
        7
    );
}

#[tokio::test]
async fn a_name_is_taken_once() {
    let (_dir, store) = store().await;
    store.create(workspace("ada", "dev")).await.unwrap();
    store.create(workspace("bob", "dev")).await.unwrap();
    let error = store.create(workspace("ada", "dev")).await.unwrap_err();
    assert_eq!(error.to_string(), "workspace \"dev\" already exists");
}

#[tokio::test]
async fn a_stale_write_is_refused() {
    let (_dir, store) = store().await;
    let key = Key::workspace("ada", "dev");
    store.create(workspace("ada", "dev")).await.unwrap();
    store
        .update(&key, Some(1), keep_going(|v| v["spec"]["running"] = json!(false)))
        .await
        .unwrap();
    let error = store
        .update(&key, Some(1), keep_going(|v| v["spec"]["running"] = json!(true)))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Conflict {
                expected: 1,
                found: 2,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn the_generation_counts_changes_of_the_spec_only() {
    let (_dir, store) = store().await;
    let key = Key::workspace("ada", "dev");
    store.create(workspace("ada", "dev")).await.unwrap();
    let status = store
        .update(
            &key,
            None,
            keep_going(|v| v["status"] = json!({ "phase": "Running" })),
        )
        .await
        .unwrap();
    assert_eq!(status["metadata"]["generation"], 1);
    let spec = store
        .update(&key, None, keep_going(|v| v["spec"]["running"] = json!(false)))
        .await
        .unwrap();
    assert_eq!(spec["metadata"]["generation"], 2);
}

#[tokio::test]
async fn a_change_that_changes_nothing_makes_no_version() {
    let (_dir, store) = store().await;
    store.create(workspace("ada", "dev")).await.unwrap();
    store
        .update(&Key::workspace("ada", "dev"), None, keep_going(|_| {}))
        .await
        .unwrap();
    assert_eq!(store.latest(), 1);
}

#[tokio::test]
async fn what_the_server_owns_cannot_be_changed() {
    let (_dir, store) = store().await;
    let created = store.create(workspace("ada", "dev")).await.unwrap();
    let change =
        keep_going(|v| v["metadata"] = json!({ "name": "other", "uid": "x", "labels": { "a": "b" } }));
    let updated = store
        .update(&Key::workspace("ada", "dev"), None, change)
        .await
        .unwrap();
    assert_eq!(
        (&updated["metadata"]["uid"], &updated["metadata"]["name"]),
        (&created["metadata"]["uid"], &json!("dev"))
    );
    assert_eq!(updated["metadata"]["labels"]["a"], "b");
}

#[tokio::test]
async fn a_deleted_object_goes_with_its_last_finalizer() {
    let (_dir, store) = store().await;
    let key = Key::workspace("ada", "dev");
    let mut object = workspace("ada", "dev");
    object["metadata"]["finalizers"] = json!(["toft.dev/workspace"]);
    store.create(object).await.unwrap();
    store
        .update(
            &key,
            None,
            keep_going(|v| v["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z")),
        )
        .await
        .unwrap();
    assert!(store.get(&key).await.unwrap().is_some());
    store
        .update(
            &key,
            None,
            keep_going(|v| v["metadata"]["finalizers"] = json!([])),
        )
        .await
        .unwrap();
    assert!(store.get(&key).await.unwrap().is_none());
}

#[tokio::test]
async fn lists_come_in_parts_that_together_are_whole() {
    let (_dir, store) = store().await;
    for number in 0..7 {
        store
            .create(workspace(
                if number % 2 == 0 { "ada" } else { "bob" },
                &format!("w{number}"),
            ))
            .await
            .unwrap();
    }
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let list = store
            .list(&Selection::all(Kind::Workspace), &Page { limit: 3, after })
            .await
            .unwrap();
        assert!(list.items.len() <= 3 && list.version == 7);
        names.extend(
            list.items
                .iter()
                .map(|item| item["metadata"]["name"].as_str().unwrap().to_owned()),
        );
        after = list.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(names, ["w0", "w2", "w4", "w6", "w1", "w3", "w5"]);
    assert_eq!(
        store
            .list(&Selection::of(Kind::Workspace, "bob"), &Page::default())
            .await
            .unwrap()
            .items
            .len(),
        3
    );
}

#[tokio::test]
async fn a_write_that_is_dropped_never_happened() {
    let (_dir, store) = store().await;
    let mut tx = store.begin().await.unwrap();
    tx.create(workspace("ada", "dev")).await.unwrap();
    drop(tx);
    assert!(store.get(&Key::workspace("ada", "dev")).await.unwrap().is_none());
    assert_eq!(
        store.create(workspace("ada", "dev")).await.unwrap()["metadata"]["resourceVersion"],
        "1"
    );
}

//! On a full disk: a write is refused in words, and what removes something still works, also
//! after a restart. Tried for real on a file system of a few mebibytes, mounted in a namespace
//! of the test's own, so that nothing of it outlives the test.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // Helpers of tests fail as tests do.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use toft_effects::Door;
use toft_effects::spawn::Program;
use toft_model::Kind;
use toft_store::{Key, Page, Selection, Store, StoreError};

/// Names the mount point to the part of the test that runs inside.
const PLACE: &str = "TOFT_TEST_SMALL_DISK";
/// Objects that are deleted on the full disk: more than fit into what SQLite has spare.
const OBJECTS: usize = 60;

#[tokio::test]
async fn a_full_disk_stops_no_delete() {
    let place = tempfile::tempdir().unwrap();
    let script = format!("mount -t tmpfs -o size=40m small \"${PLACE}\" && exec \"$0\" \"$@\"");
    let inside = Program::new("test.unshare", "unshare")
        .args(["--mount", "--propagation", "private", "sh", "-c", &script])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "inside", "--ignored", "--nocapture"])
        .env(PLACE, place.path());
    let done = Door::default().run(inside).await.unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(said.contains("1 passed"), "{said}");
}

#[tokio::test]
#[ignore = "runs on the small disk that the test above mounts"]
async fn inside() {
    let dir =
        PathBuf::from(std::env::var_os(PLACE).expect("run by a_full_disk_stops_no_delete")).join("data");
    std::fs::create_dir(&dir).unwrap();
    let store = Store::open(&dir).await.unwrap();
    for number in 0..OBJECTS {
        store.create(workspace(number)).await.unwrap();
    }
    fill(&dir);

    let refused = store.create(workspace(OBJECTS)).await.unwrap_err();
    assert!(matches!(refused, StoreError::DiskFull { .. }), "{refused}");
    for number in 0..OBJECTS / 2 {
        remove(&store, number).await;
    }

    // What was let go for the deletes is taken by somebody else, and the daemon starts anew.
    fill(&dir);
    store.close().await;
    drop(store);
    let store = Store::open(&dir).await.unwrap();
    for number in OBJECTS / 2..OBJECTS {
        remove(&store, number).await;
    }
    assert!(
        store
            .list(&Selection::all(Kind::Workspace), &Page::default())
            .await
            .unwrap()
            .items
            .is_empty()
    );

    std::fs::remove_file(dir.join("other")).unwrap();
    store
        .create(workspace(OBJECTS))
        .await
        .expect("there is room again");
    remove(&store, OBJECTS).await;
    assert_eq!(
        std::fs::metadata(dir.join("ballast")).unwrap().len(),
        8 << 20,
        "the space is set aside again"
    );
}

/// A delete as the API and the engine do it: marked first, freed by its finalizer later.
async fn remove(store: &Store, number: usize) {
    let key = Key::workspace("ada", &name(number));
    let steps = [
        json!({ "deletionTimestamp": "2026-01-01T00:00:00Z" }),
        json!({ "finalizers": [] }),
    ];
    for step in steps {
        let mut tx = store.begin_removal().await.unwrap();
        let change = |mut object: Value| -> Result<Value, StoreError> {
            for (field, value) in step.as_object().unwrap() {
                object["metadata"][field] = value.clone();
            }
            Ok(object)
        };
        tx.update(&key, None, change).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert!(store.get(&key).await.unwrap().is_none());
}

/// Writes until nothing more fits.
fn fill(dir: &Path) {
    use std::io::Write;
    let mut file = std::fs::File::options()
        .create(true)
        .append(true)
        .open(dir.join("other"))
        .unwrap();
    for size in [1 << 16, 1 << 12, 1] {
        while file.write_all(&vec![1; size]).is_ok() {}
    }
}

fn workspace(number: usize) -> Value {
    json!({
        "apiVersion": "toft.dev/v1alpha1",
        "kind": "Workspace",
        "metadata": {
            "name": name(number),
            "namespace": "ada",
            "finalizers": ["toft.dev/workspace"],
            "annotations": { "note": "x".repeat(4_000) },
        },
        "spec": { "template": "shell" },
    })
}

fn name(number: usize) -> String {
    format!("w{number}")
}

//! Objects of every release are read by this one, lose nothing, and pass its checks.
//!
//! A release adds a folder with its version under `tests/golden`; files there are never edited.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // Helpers of tests fail as tests do.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use toft_model::meta::Resource;
use toft_model::{Event, Image, Kind, Snapshot, Template, Workspace};
use toft_store::{Key, Store};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// All objects of all releases, with their paths.
fn objects() -> Vec<(PathBuf, Value)> {
    let releases = fs::read_dir(golden())
        .unwrap()
        .map(|release| release.unwrap().path());
    let files = releases
        .flat_map(|release| fs::read_dir(release).unwrap())
        .map(|file| file.unwrap().path());
    let objects = files.filter(|file| file.extension().is_some_and(|extension| extension == "json"));
    objects
        .map(|file| {
            (
                file.clone(),
                serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap(),
            )
        })
        .collect()
}

/// The object as the model of this release reads and writes it, checked where it has checks.
fn through_the_model(kind: Kind, object: &Value) -> Value {
    match kind {
        Kind::Workspace => checked::<Workspace>(object),
        Kind::Template => checked::<Template>(object),
        Kind::Image => checked::<Image>(object),
        Kind::Snapshot => checked::<Snapshot>(object),
        Kind::Event => {
            serde_json::to_value(serde_json::from_value::<Event>(object.clone()).unwrap()).unwrap()
        }
    }
}

fn checked<T: Resource>(object: &Value) -> Value {
    let read: T = serde_json::from_value(object.clone()).unwrap();
    read.validate().unwrap();
    serde_json::to_value(read).unwrap()
}

#[test]
fn every_kind_of_every_release_is_there() {
    for release in fs::read_dir(golden()).unwrap() {
        let release = release.unwrap().path();
        // Snapshots came after the first release.
        let since_first = |kind: &Kind| *kind != Kind::Snapshot || !release.ends_with("v0.1.0");
        for kind in Kind::ALL.into_iter().filter(since_first) {
            let file = release.join(format!("{}.json", kind.singular()));
            assert!(file.exists(), "{} is missing", file.display());
        }
    }
}

#[tokio::test]
async fn objects_of_every_release_are_kept_and_read() {
    let objects = objects();
    assert!(objects.len() >= 4, "one of each kind of the first release");
    for (path, object) in objects {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let key = Key::of(&object).unwrap();
        assert_eq!(
            through_the_model(key.kind, &object),
            object,
            "{} loses something",
            path.display()
        );
        store.create(object.clone()).await.unwrap();
        let kept = store.get(&key).await.unwrap().unwrap();
        for part in [
            "apiVersion",
            "kind",
            "spec",
            "status",
            "involvedObject",
            "reason",
            "message",
            "count",
        ] {
            assert_eq!(kept[part], object[part], "{part} of {}", path.display());
        }
        through_the_model(key.kind, &kept);
    }
}

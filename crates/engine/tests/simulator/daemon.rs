//! One life of a daemon over a data directory and a host, and what people ask of it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use toft_engine::ports::HostFacts;
use toft_engine::{Engine, EngineConfig};
use toft_model::Kind;
use toft_model::workspace::FINALIZER;
use toft_runtime::SandboxId;
use toft_store::{Key, Page, Selection, Store, StoreError};

use crate::cut::Cut;
use crate::host::Host;

/// Nothing waits that long but a test that has failed.
const PATIENCE: Duration = Duration::from_mins(1);
/// Thousandths of cores of the host.
pub const CORES: u64 = 4_000;

/// A data directory where `fsync` costs nothing, if there is such a place.
pub fn data_dir() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    }
    .unwrap()
}

/// Runs a daemon until `script` is over or `cut` ends it, and then kills it with everything that it
/// was about to do. Returns what the script came to, if it came to an end.
pub fn live<T>(
    dir: &Path,
    host: &Host,
    cut: Cut,
    script: impl AsyncFnOnce(&Store) -> T,
) -> (Option<T>, Arc<Cut>) {
    let cut = Arc::new(cut);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let end = runtime.block_on(async {
        let store = Store::open(dir).await.unwrap();
        furnish(&store).await;
        let engine = Engine::new(store.clone(), host.ports(cut.clone()), config());
        let run = tokio::spawn(async move { engine.run().await });
        tokio::select! {
            end = tokio::time::timeout(PATIENCE * 2, script(&store)) => Some(end.expect("the story comes to an end")),
            () = cut.death() => None,
            stopped = run => panic!("the engine stopped by itself: {stopped:?}"),
        }
    });
    runtime.shutdown_timeout(PATIENCE);
    (end, cut)
}

fn config() -> EngineConfig {
    let host = HostFacts {
        agent_binary: "/bin/toft".into(),
        cpu_milli: CORES,
        memory_bytes: 8 << 30,
    };
    EngineConfig { host, instance: 0 }
}

/// An image and a template with an app.
async fn furnish(store: &Store) {
    let image = json!({
        "apiVersion": "toft.dev/v1alpha1", "kind": "Image", "metadata": { "name": "debian" },
        "spec": { "source": { "debian": { "suite": "bookworm" } } },
    });
    let template = json!({
        "apiVersion": "toft.dev/v1alpha1", "kind": "Template", "metadata": { "name": "shell" },
        "spec": {
            "title": "Shell", "image": "debian",
            "apps": [{ "name": "web", "title": "Web", "port": 80, "command": ["serve"] }],
            "resources": { "requests": { "cpu": "100m", "memory": "64Mi" } },
        },
    });
    for object in [image, template] {
        match store.create(object).await {
            Ok(_) | Err(StoreError::AlreadyExists(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// Asks for a workspace that reserves this many thousandths of cores; asking again is harmless.
pub async fn create(store: &Store, owner: &str, name: &str, milli: u64) {
    let object = json!({
        "apiVersion": "toft.dev/v1alpha1", "kind": "Workspace",
        "metadata": { "name": name, "namespace": owner, "finalizers": [FINALIZER] },
        "spec": {
            "template": "shell", "running": true,
            "resources": { "requests": { "cpu": format!("{milli}m") } },
        },
    });
    match store.create(object).await {
        Ok(_) | Err(StoreError::AlreadyExists(_)) => {}
        Err(error) => panic!("{error}"),
    }
}

/// Asks for it to run, or not to.
pub async fn power(store: &Store, key: &Key, running: bool) {
    change(store, key, |object| object["spec"]["running"] = json!(running)).await;
}

/// Asks for its removal, as the API does.
pub async fn delete(store: &Store, key: &Key) {
    change(store, key, |object| {
        if !object["metadata"]["deletionTimestamp"].is_string() {
            object["metadata"]["deletionTimestamp"] = json!(jiff::Timestamp::now());
        }
    })
    .await;
}

/// Changes an object, if it is there.
pub async fn change(store: &Store, key: &Key, change: impl FnOnce(&mut Value)) {
    let change = |mut object: Value| -> Result<Value, StoreError> {
        change(&mut object);
        Ok(object)
    };
    match store.update(key, None, change).await {
        Ok(_) | Err(StoreError::NotFound(_)) => {}
        Err(error) => panic!("{error}"),
    }
}

/// Waits until the object (or its absence) is as it should be.
pub async fn until(store: &Store, key: &Key, what: &str, holds: impl Fn(Option<&Value>) -> bool) {
    let mut commits = store.commits();
    let wait = async {
        loop {
            let object = store.get(key).await.unwrap();
            if holds(object.as_ref()) {
                return;
            }
            commits.changed().await.unwrap();
        }
    };
    let came = tokio::time::timeout(PATIENCE, wait).await.is_ok();
    let object = store.get(key).await.unwrap().unwrap_or_default();
    assert!(came, "{key} did not come to be {what}: {:#}", object["status"]);
}

/// Waits until the engine says this phase of the spec as it is now.
pub async fn phase(store: &Store, key: &Key, phase: &str) {
    until(store, key, phase, |object| {
        object.is_some_and(|object| {
            object["status"]["phase"] == phase
                && object["status"]["observedGeneration"] == object["metadata"]["generation"]
        })
    })
    .await;
}

/// Waits until it is gone.
pub async fn gone(store: &Store, key: &Key) {
    until(store, key, "gone", |object| object.is_none()).await;
}

/// The sandbox of a workspace that exists.
pub async fn sandbox(store: &Store, key: &Key) -> SandboxId {
    let object = store.get(key).await.unwrap().unwrap();
    object["metadata"]["uid"].as_str().unwrap().parse().unwrap()
}

/// What is allocated to anybody, in words.
pub async fn allocations(store: &Store) -> Vec<String> {
    let mut held = Vec::new();
    let hosts = (0..16).map(|subnet| format!("host-{subnet}"));
    for kind in ["idrange".to_owned(), "subnet".to_owned()]
        .into_iter()
        .chain(hosts)
    {
        held.extend(
            store
                .allocations(&kind)
                .await
                .unwrap()
                .into_iter()
                .map(|(value, owner)| format!("{kind} {value} of {owner}")),
        );
    }
    held
}

/// The reasons of a workspace's events.
pub async fn reasons(store: &Store, key: &Key) -> Vec<String> {
    let events = store
        .list(&Selection::of(Kind::Event, &key.namespace), &Page::default())
        .await
        .unwrap()
        .items;
    let about = events
        .iter()
        .filter(|event| event["involvedObject"]["name"] == key.name.as_str());
    about
        .map(|event| event["reason"].as_str().unwrap_or_default().to_owned())
        .collect()
}

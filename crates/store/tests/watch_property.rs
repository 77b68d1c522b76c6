//! Whatever is written, watched, read and compacted in whatever order: a watch gives exactly what
//! the log of changes holds after where it stands, or says that the log no longer reaches back.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // Helpers of tests fail as tests do.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use toft_model::Kind;
use toft_store::{Change, Key, Page, Selection, Store, StoreError, Watch};

/// What a test does next. Numbers are taken modulo what there is.
#[derive(Clone, Debug)]
enum Act {
    Create { owner: usize, name: usize },
    Touch { owner: usize, name: usize, value: u8 },
    Delete { owner: usize, name: usize },
    Watch { owner: Option<usize> },
    Read { watch: usize, count: usize },
    Compact { keep: i64 },
}

/// One line of the log as the test expects it.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    version: i64,
    change: Change,
    object: Value,
}

/// A watch, and the version up to which the test has read it.
struct Reader {
    watch: Watch,
    owner: Option<&'static str>,
    at: i64,
}

/// A store beside what its log must hold.
struct Bench {
    store: Store,
    log: Vec<Line>,
    floor: i64,
    readers: Vec<Reader>,
}

const OWNERS: [&str; 2] = ["ada", "bob"];
const NAMES: [&str; 3] = ["one", "two", "three"];

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let object = || (0..OWNERS.len(), 0..NAMES.len());
    let act = prop_oneof![
        4 => object().prop_map(|(owner, name)| Act::Create { owner, name }),
        4 => (object(), any::<u8>()).prop_map(|((owner, name), value)| Act::Touch { owner, name, value }),
        2 => object().prop_map(|(owner, name)| Act::Delete { owner, name }),
        2 => proptest::option::of(0..OWNERS.len()).prop_map(|owner| Act::Watch { owner }),
        4 => (0..8_usize, 1..4_usize).prop_map(|(watch, count)| Act::Read { watch, count }),
        1 => (0..6_i64).prop_map(|keep| Act::Compact { keep }),
    ];
    prop::collection::vec(act, 1..40)
}

// === impl Bench ===

impl Bench {
    async fn carry_out(&mut self, act: Act) {
        match act {
            Act::Create { owner, name } => self.create(OWNERS[owner], NAMES[name]).await,
            Act::Touch { owner, name, value } => self.touch(OWNERS[owner], NAMES[name], value).await,
            Act::Delete { owner, name } => self.delete(OWNERS[owner], NAMES[name]).await,
            Act::Watch { owner } => self.attach(owner.map(|owner| OWNERS[owner])).await,
            Act::Read { watch, count } if !self.readers.is_empty() => {
                let index = watch % self.readers.len();
                self.read(index, count).await;
            }
            Act::Read { .. } => {}
            Act::Compact { keep } => self.compact(keep).await,
        }
    }

    async fn create(&mut self, owner: &str, name: &str) {
        let object =
            json!({ "kind": "Workspace", "metadata": { "name": name, "namespace": owner }, "spec": {} });
        match self.store.create(object).await {
            Ok(object) => self.note(Change::Added, object),
            Err(error) => assert!(matches!(error, StoreError::AlreadyExists(_)), "{error}"),
        }
    }

    async fn touch(&mut self, owner: &str, name: &str, value: u8) {
        let change = |mut object: Value| -> Result<Value, StoreError> {
            object["spec"]["value"] = json!(value);
            Ok(object)
        };
        match self
            .store
            .update(&Key::workspace(owner, name), None, change)
            .await
        {
            Ok(object) => self.note(Change::Modified, object),
            Err(error) => assert!(matches!(error, StoreError::NotFound(_)), "{error}"),
        }
    }

    async fn delete(&mut self, owner: &str, name: &str) {
        match self.store.delete(&Key::workspace(owner, name), None).await {
            Ok(object) => self.note(Change::Deleted, object),
            Err(error) => assert!(matches!(error, StoreError::NotFound(_)), "{error}"),
        }
    }

    /// A write that changed nothing has no version of its own and no line.
    fn note(&mut self, change: Change, object: Value) {
        let version = object["metadata"]["resourceVersion"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        if self.log.last().is_none_or(|line| line.version < version) {
            self.log.push(Line {
                version,
                change,
                object,
            });
        }
    }

    async fn attach(&mut self, owner: Option<&'static str>) {
        let selection = selection(owner);
        let at = self
            .store
            .list(&selection, &Page::default())
            .await
            .unwrap()
            .version;
        let watch = self.store.watch(selection, at).await.unwrap();
        self.readers.push(Reader { watch, owner, at });
    }

    async fn compact(&mut self, keep: i64) {
        self.store.compact(Duration::ZERO, keep).await.unwrap();
        if let Err(StoreError::Expired { floor, .. }) = self.store.watch(selection(None), -1).await {
            assert!(floor >= self.floor, "the floor never sinks");
            self.floor = floor;
        }
    }

    /// Reads at most `count` lines of those that there are, so that nothing is waited for.
    async fn read(&mut self, index: usize, count: usize) {
        for _ in 0..count {
            let reader = &mut self.readers[index];
            let after = |line: &&Line| line.version > reader.at && of(reader.owner, &line.object);
            let Some(expected) = self.log.iter().find(after) else {
                return;
            };
            let event = tokio::time::timeout(Duration::from_secs(30), reader.watch.next());
            match event.await.expect("a change that is committed is given out") {
                Ok(event) => {
                    let line = Line {
                        version: event.version,
                        change: event.change,
                        object: event.object,
                    };
                    assert_eq!(&line, expected, "the next change, once and in order");
                    reader.at = line.version;
                }
                Err(StoreError::Expired { from, .. }) => {
                    assert!(from < self.floor, "only what was compacted away is missing");
                    self.readers.swap_remove(index);
                    return;
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}

fn selection(owner: Option<&str>) -> Selection {
    owner.map_or_else(
        || Selection::all(Kind::Workspace),
        |owner| Selection::of(Kind::Workspace, owner),
    )
}

fn of(owner: Option<&str>, object: &Value) -> bool {
    owner.is_none_or(|owner| object["metadata"]["namespace"] == owner)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_time: 60_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_watch_gives_what_the_log_holds(acts in acts()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let dir = tempfile::tempdir().unwrap();
            let store = Store::open(dir.path()).await.unwrap();
            let mut bench = Bench { store, log: Vec::new(), floor: 0, readers: Vec::new() };
            for act in acts {
                bench.carry_out(act).await;
            }
            for index in (0..bench.readers.len()).rev() {
                bench.read(index, usize::MAX).await;
            }
        });
    }
}

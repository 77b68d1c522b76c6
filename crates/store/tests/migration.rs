//! A database as each release left it is opened by this one and holds what it held.
//!
//! `tests/golden/VERSION/toft.sql` is SQLite's dump of a small database of that release; such
//! files are never edited.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // Helpers of tests fail as tests do.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use toft_model::{Kind, Template, Workspace};
use toft_store::{Change, Key, Page, Selection, Store};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The dumps of all releases.
fn dumps() -> Vec<PathBuf> {
    let releases = fs::read_dir(golden())
        .unwrap()
        .map(|release| release.unwrap().path());
    releases
        .map(|release| release.join("toft.sql"))
        .filter(|dump| dump.exists())
        .collect()
}

/// Makes the database that a dump was made of.
async fn restore(dump: &Path, dir: &Path) {
    let options = SqliteConnectOptions::new()
        .filename(dir.join("toft.db"))
        .create_if_missing(true);
    let mut conn = options.connect().await.unwrap();
    let sql = fs::read_to_string(dump).unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut conn)
        .await
        .unwrap();
    conn.close().await.unwrap();
}

/// Every table, index and trigger, and the columns of every table, with white space made even.
async fn schema(dir: &Path) -> BTreeSet<String> {
    let mut conn = SqliteConnectOptions::new()
        .filename(dir.join("toft.db"))
        .connect()
        .await
        .unwrap();
    let query = sqlx::query_scalar::<_, String>("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL");
    let all = query.fetch_all(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    all.iter()
        .map(|sql| {
            sql.split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .replace("IF NOT EXISTS ", "")
        })
        .collect()
}

#[tokio::test]
async fn every_release_s_database_holds_what_it_held() {
    assert!(!dumps().is_empty());
    for dump in dumps() {
        let dir = tempfile::tempdir().unwrap();
        restore(&dump, dir.path()).await;
        let store = Store::open(dir.path()).await.unwrap();
        assert_eq!(store.instance_id(), "a1b2c3");
        assert_eq!(store.latest(), 7);
        objects(&store).await;
        people(&store).await;
        let held = store.allocations("idrange").await.unwrap();
        assert_eq!(
            held,
            [("0".to_owned(), "0199f3a0-6f6e-7c1e-8a57-3f1d2c4b5a69".to_owned())]
        );
        let again = store
            .allocate("idrange", "somebody else", ["0".to_owned(), "1".to_owned()])
            .await
            .unwrap();
        assert_eq!(again, "1", "what was given out stays so");
    }
}

async fn objects(store: &Store) {
    let key = Key::workspace("ada", "dev");
    let workspace: Workspace = serde_json::from_value(store.get(&key).await.unwrap().unwrap()).unwrap();
    assert!(!workspace.spec.running);
    assert_eq!(workspace.spec.parameters["timezone"], "Europe/Berlin");
    let template = store
        .get(&Key::new(Kind::Template, "", "shell"))
        .await
        .unwrap()
        .unwrap();
    let template: Template = serde_json::from_value(template).unwrap();
    assert_eq!(template.spec.apps.len(), 2);
    // The first release knew no others.
    for kind in [Kind::Workspace, Kind::Template, Kind::Image, Kind::Event] {
        assert_eq!(
            store
                .list(&Selection::all(kind), &Page::default())
                .await
                .unwrap()
                .items
                .len(),
            1,
            "{kind}"
        );
    }
    // A watch that was begun with the old release goes on with this one.
    let mut watch = store.watch(Selection::all(Kind::Workspace), 5).await.unwrap();
    let (created, deleted) = (watch.next().await.unwrap(), watch.next().await.unwrap());
    assert_eq!((created.version, created.change), (6, Change::Added));
    assert_eq!((deleted.version, deleted.change), (7, Change::Deleted));
    assert_eq!(deleted.object["metadata"]["name"], Value::from("old"));
}

async fn people(store: &Store) {
    assert_eq!(store.user("ada").await.unwrap().unwrap().role, "admin");
    assert_eq!(store.session("hash-s1").await.unwrap().unwrap().agent, "Firefox");
    assert_eq!(store.token("t1").await.unwrap().unwrap().hash, "hash-t1");
    assert_eq!(
        store.redeem_code("hash-c1", "login").await.unwrap().unwrap().user,
        "ada"
    );
    assert_eq!(store.redeem_code("hash-c1", "login").await.unwrap(), None);
    assert_eq!(
        store.audit(None, None, 10).await.unwrap()[0].object,
        "workspace ada/dev"
    );
}

/// Old databases and new ones come to the same, so that no release's users have a schema of
/// their own. A step that was edited after its release fails here.
#[tokio::test]
async fn every_release_s_database_comes_to_the_schema_of_a_new_one() {
    let fresh = tempfile::tempdir().unwrap();
    Store::open(fresh.path()).await.unwrap().close().await;
    for dump in dumps() {
        let dir = tempfile::tempdir().unwrap();
        restore(&dump, dir.path()).await;
        Store::open(dir.path()).await.unwrap().close().await;
        assert_eq!(
            schema(dir.path()).await,
            schema(fresh.path()).await,
            "{}",
            dump.display()
        );
    }
}

/// Only numbers and texts of SQL's own, so that the queries run on other databases.
#[tokio::test]
async fn columns_are_text_or_bigint() {
    let dir = tempfile::tempdir().unwrap();
    Store::open(dir.path()).await.unwrap().close().await;
    let mut conn = SqliteConnectOptions::new()
        .filename(dir.path().join("toft.db"))
        .connect()
        .await
        .unwrap();
    let query = sqlx::query_as::<_, (String, String, String)>(
        "SELECT m.name, c.name, c.type FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'",
    );
    let columns = query.fetch_all(&mut conn).await.unwrap();
    assert!(columns.len() > 30);
    for (table, column, kind) in columns {
        assert!(kind == "TEXT" || kind == "BIGINT", "{table}.{column} is {kind}");
    }
}

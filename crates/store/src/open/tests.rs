use super::*;

#[tokio::test]
async fn an_instance_is_named_once() {
    let dir = tempfile::tempdir().unwrap();
    let first = Store::open(dir.path()).await.unwrap();
    let name = first.instance_id().to_owned();
    assert!(
        name.len() == 6 && name.bytes().all(|b| b.is_ascii_hexdigit()),
        "{name}"
    );
    first.close().await;
    drop(first);
    assert_eq!(Store::open(dir.path()).await.unwrap().instance_id(), name);
}

#[tokio::test]
async fn two_daemons_cannot_share_a_directory() {
    let dir = tempfile::tempdir().unwrap();
    let _first = Store::open(dir.path()).await.unwrap();
    let error = Store::open(dir.path()).await.unwrap_err().to_string();
    assert!(
        error.contains(&format!("process {}", std::process::id())),
        "{error}"
    );
}

#[tokio::test]
async fn a_newer_directory_is_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    store.set_meta("schema", "99").await.unwrap();
    store.close().await;
    drop(store);
    let error = Store::open(dir.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error}");
}

#[tokio::test]
async fn a_moved_directory_is_the_same_store() {
    let dir = tempfile::tempdir().unwrap();
    let (before, after) = (dir.path().join("a"), dir.path().join("b"));
    std::fs::create_dir(&before).unwrap();
    let store = Store::open(&before).await.unwrap();
    store.set_meta("colour", "green").await.unwrap();
    store.close().await;
    drop(store);
    std::fs::rename(&before, &after).unwrap();
    assert_eq!(
        Store::open(&after)
            .await
            .unwrap()
            .meta("colour")
            .await
            .unwrap()
            .as_deref(),
        Some("green")
    );
}

#[tokio::test]
async fn the_file_is_copied_before_a_migration() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE);
    let pool = connect(&path, 1).await.unwrap();
    migrate(&pool, &path).await.unwrap();
    copy(&pool, &backup(&path, 1)).await.unwrap();
    copy(&pool, &backup(&path, 1)).await.unwrap();
    let copied = connect(&backup(&path, 1), 1).await.unwrap();
    let schema: String = sqlx::query_scalar("SELECT value FROM meta WHERE key = 'schema'")
        .fetch_one(&copied)
        .await
        .unwrap();
    assert_eq!(schema, MIGRATIONS.len().to_string());
}

#[tokio::test]
async fn a_directory_that_was_left_is_another_ones_and_can_still_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let first = Store::open(dir.path()).await.unwrap();
    first.set_meta("a", "1").await.unwrap();
    first.leave().await.unwrap();
    let second = Store::open(dir.path()).await.unwrap();
    second.set_meta("a", "2").await.unwrap();
    assert_eq!(first.meta("a").await.unwrap().as_deref(), Some("2"));
    assert!(
        first.set_meta("a", "3").await.is_err(),
        "it does not write any more"
    );
    assert_eq!(second.meta("a").await.unwrap().as_deref(), Some("2"));
}

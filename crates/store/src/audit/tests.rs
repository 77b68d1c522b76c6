use super::*;

fn entry(actor: &str, verb: &str) -> Entry {
    let text = str::to_owned;
    Entry {
        id: 0,
        at_ms: 0,
        actor: text(actor),
        source: text("local"),
        verb: text(verb),
        object: text("workspace/dev"),
        outcome: text("ok"),
    }
}

#[tokio::test]
async fn the_log_is_read_newest_first_and_by_actor() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    for (actor, verb) in [("ada", "create"), ("bob", "create"), ("ada", "delete")] {
        store.append_audit(entry(actor, verb)).await.unwrap();
    }
    let all = store.audit(None, None, 2).await.unwrap();
    assert_eq!(all.iter().map(|entry| entry.id).collect::<Vec<_>>(), [3, 2]);
    assert_eq!(store.audit(None, Some(2), 9).await.unwrap().len(), 1);
    assert_eq!(store.audit(Some("ada"), None, 9).await.unwrap()[0].verb, "delete");
}

#[tokio::test]
async fn nothing_in_the_log_can_be_changed_or_removed() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    store.append_audit(entry("ada", "create")).await.unwrap();
    for sql in ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"] {
        let error = sqlx::query(sql)
            .execute(&store.inner.writer)
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("append-only"), "{error}");
    }
}

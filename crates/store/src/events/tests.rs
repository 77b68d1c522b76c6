use toft_model::ObjectMeta;
use toft_model::event::{ObjectReference, Severity};

use super::*;
use crate::objects::Page;

fn event(message: &str, second: i64) -> Event {
    let meta = ObjectMeta {
        name: "dev".into(),
        namespace: Some("ada".into()),
        ..ObjectMeta::default()
    };
    let about = ObjectReference::to(Kind::Workspace, &meta);
    Event::new(
        about,
        Severity::Normal,
        "Started",
        message,
        Timestamp::from_second(second).unwrap(),
        "x",
    )
}

#[tokio::test]
async fn the_same_again_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    store.record_events([event("a", 1)]).await.unwrap();
    // What comes together is counted as well.
    let together = [event("a", 2), event("b", 3)];
    store.record_events(together).await.unwrap();
    let mut events = store
        .list(&Selection::of(Kind::Event, "ada"), &Page::default())
        .await
        .unwrap()
        .items;
    events.sort_by_key(last_told);
    assert_eq!(
        events
            .iter()
            .map(|event| event["count"].as_u64().unwrap())
            .collect::<Vec<_>>(),
        [2, 1]
    );
    assert_eq!(events[0]["firstTimestamp"], "1970-01-01T00:00:01Z");
    assert_eq!(events[0]["lastTimestamp"], "1970-01-01T00:00:02Z");
}

#[tokio::test]
async fn events_are_kept_for_a_day() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    let both = [event("old", 0), event("new", 3600)];
    store.record_events(both).await.unwrap();
    assert_eq!(
        store
            .prune_events(Timestamp::from_second(24 * 3600 + 1).unwrap())
            .await
            .unwrap(),
        1
    );
    let left = store
        .list(&Selection::all(Kind::Event), &Page::default())
        .await
        .unwrap()
        .items;
    assert_eq!(left[0]["message"], "new");
}

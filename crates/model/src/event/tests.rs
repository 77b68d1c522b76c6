use super::*;

#[test]
fn an_event_reads_as_kubernetes_writes_it() {
    let meta = ObjectMeta {
        name: "dev".into(),
        namespace: Some("ada".into()),
        ..ObjectMeta::default()
    };
    let about = ObjectReference::to(Kind::Workspace, &meta);
    let event = Event::new(
        about,
        Severity::Normal,
        "Started",
        "started in 0.2 s",
        Timestamp::UNIX_EPOCH,
        "17a",
    );
    let json = serde_json::to_value(&event).unwrap();
    assert_eq!(json["metadata"]["name"], "dev.17a");
    assert_eq!(json["involvedObject"]["apiVersion"], "toft.dev/v1alpha1");
    assert_eq!(json["type"], "Normal");
    assert_eq!(json["firstTimestamp"], "1970-01-01T00:00:00Z");
    assert_eq!(serde_json::from_value::<Event>(json).unwrap(), event);
}

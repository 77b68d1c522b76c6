use serde_json::json;

use crate::support::{Toft, WORKSPACES, workspace};

#[tokio::test]
async fn a_change_of_the_spec_counts_and_one_of_labels_does_not() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    let path = format!("{WORKSPACES}/dev");
    let mut object = ada.post(WORKSPACES, &workspace("dev")).await.json();
    object["metadata"]["labels"] = json!({ "course": "rust" });
    let labelled = ada.put(&path, &object).await.expect(200).json();
    assert_eq!(labelled["metadata"]["generation"], 1);
    let mut stopped = labelled.clone();
    stopped["spec"]["running"] = false.into();
    let stopped = ada.put(&path, &stopped).await.expect(200).json();
    assert_eq!(
        (&stopped["metadata"]["generation"], &stopped["spec"]["running"]),
        (&json!(2), &json!(false))
    );
    let stale = ada.put(&path, &labelled).await.expect(409).json();
    assert_eq!(stale["reason"], "Conflict");
}

#[tokio::test]
async fn nothing_is_written_where_nothing_changes() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    let object = ada.post(WORKSPACES, &workspace("dev")).await.json();
    let again = ada
        .put(&format!("{WORKSPACES}/dev"), &object)
        .await
        .expect(200)
        .json();
    assert_eq!(again, object);
}

#[tokio::test]
async fn what_the_server_keeps_cannot_be_changed() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    let path = format!("{WORKSPACES}/dev");
    let object = ada.post(WORKSPACES, &workspace("dev")).await.json();
    let mut changed = object.clone();
    changed["status"] = json!({ "phase": "Running" });
    changed["metadata"]["finalizers"] = json!([]);
    changed["metadata"]["creationTimestamp"] = "2001-01-01T00:00:00Z".into();
    changed["metadata"]["generation"] = 9.into();
    assert_eq!(ada.put(&path, &changed).await.expect(200).json(), object);
    let mut other = object.clone();
    other["spec"]["template"] = "other".into();
    assert_eq!(
        ada.put(&path, &other).await.expect(422).fields(),
        ["spec.template"]
    );
    assert_eq!(
        ada.put(&format!("{path}/status"), &changed)
            .await
            .expect(405)
            .json()["reason"],
        "MethodNotAllowed"
    );
    assert_eq!(
        ada.get(&format!("{path}/status")).await.expect(200).json(),
        object
    );
    let mut renamed = object;
    renamed["metadata"]["name"] = "other".into();
    ada.put(&path, &renamed).await.expect(400);
    ada.put(&format!("{WORKSPACES}/none"), &workspace("none"))
        .await
        .expect(404);
}

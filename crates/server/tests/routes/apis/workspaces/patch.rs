use http::Method;
use serde_json::json;

use crate::support::{Toft, WORKSPACES, within, workspace};

#[tokio::test]
async fn a_merge_patch_and_a_json_patch_change_a_part() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    let path = format!("{WORKSPACES}/dev");
    ada.post(WORKSPACES, &workspace("dev")).await.expect(201);
    let stopped = ada
        .merge(
            &path,
            &json!({ "spec": { "running": false }, "metadata": { "labels": { "a": "1" } } }),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&stopped["spec"]["running"], &stopped["metadata"]["labels"]),
        (&json!(false), &json!({ "a": "1" }))
    );
    let patch = json!([{ "op": "test", "path": "/spec/running", "value": false }, { "op": "remove", "path": "/metadata/labels/a" }]);
    let send = |body: String| ada.send(Method::PATCH, &path, "application/json-patch+json", body);
    assert!(
        send(patch.to_string()).await.expect(200).json()["metadata"]
            .get("labels")
            .is_none()
    );
    let failed = json!([{ "op": "test", "path": "/spec/running", "value": true }]);
    send(failed.to_string()).await.expect(422);
}

#[tokio::test]
async fn other_patches_are_refused_with_what_to_use() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    let path = format!("{WORKSPACES}/dev");
    ada.post(WORKSPACES, &workspace("dev")).await.expect(201);
    for (media, hint) in [
        ("application/apply-patch+yaml", "client-side apply"),
        ("application/strategic-merge-patch+json", "--type=merge"),
    ] {
        let refused = ada
            .send(Method::PATCH, &path, media, "{}")
            .await
            .expect(415)
            .json();
        assert!(refused["message"].as_str().unwrap().contains(hint), "{refused}");
    }
}

#[tokio::test]
async fn an_unknown_field_and_a_stale_version_are_refused() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    let path = format!("{WORKSPACES}/dev");
    ada.post(WORKSPACES, &workspace("dev")).await.expect(201);
    assert_eq!(
        ada.merge(&path, &json!({ "spec": { "run": true } }))
            .await
            .expect(422)
            .fields(),
        ["spec.run"]
    );
    ada.merge(
        &path,
        &json!({ "metadata": { "resourceVersion": "1" }, "spec": { "running": false } }),
    )
    .await
    .expect(409);
    let before = toft.app.store().latest();
    let dry = ada
        .merge(
            &format!("{path}?dryRun=All"),
            &json!({ "spec": { "running": false } }),
        )
        .await;
    assert_eq!(
        dry.expect(200).json()["metadata"]["generation"],
        2,
        "as it would be"
    );
    assert_eq!(toft.app.store().latest(), before);
}

#[tokio::test]
async fn many_patches_at_once_all_count() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    ada.post(WORKSPACES, &workspace("dev")).await.expect(201);
    let patches = (0..12).map(|index| {
        let ada = ada.clone();
        tokio::spawn(async move {
            let patch = json!({ "metadata": { "annotations": { format!("n{index}"): "x" } } });
            ada.merge(&format!("{WORKSPACES}/dev"), &patch).await.expect(200);
        })
    });
    for patch in patches.collect::<Vec<_>>() {
        within(patch).await.unwrap();
    }
    let object = ada.get(&format!("{WORKSPACES}/dev")).await.json();
    assert_eq!(object["metadata"]["annotations"].as_object().unwrap().len(), 12);
}

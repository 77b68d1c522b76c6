use http::Method;
use serde_json::json;

use crate::support::{Toft, WORKSPACES, running, until, workspace};

#[tokio::test]
async fn a_delete_marks_what_must_be_cleaned_up_and_then_it_goes() {
    let toft = Toft::start().await;
    let _agent = toft.with_agent();
    let ada = toft.client("ada").await;
    running(&ada, "dev").await;
    let going = ada
        .delete(&format!("{WORKSPACES}/dev?gracePeriodSeconds=1"))
        .await
        .expect(200)
        .json();
    assert!(going["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(going["metadata"]["deletionGracePeriodSeconds"], 1);
    until(&ada, &format!("{WORKSPACES}/dev"), |object| {
        object["reason"] == "NotFound"
    })
    .await;
    assert!(
        toft.world
            .traces(going["metadata"]["uid"].as_str().unwrap().parse().unwrap())
            .is_empty()
    );
}

#[tokio::test]
async fn what_is_not_so_refuses_the_delete() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    let path = format!("{WORKSPACES}/dev");
    let object = ada.post(WORKSPACES, &workspace("dev")).await.json();
    let delete =
        |options: serde_json::Value| ada.send(Method::DELETE, &path, "application/json", options.to_string());
    delete(json!({ "preconditions": { "uid": "another" } }))
        .await
        .expect(409);
    delete(json!({ "preconditions": { "resourceVersion": "1" } }))
        .await
        .expect(409);
    delete(json!({ "gracePeriodSeconds": -1 })).await.expect(400);
    delete(json!({ "kind": "DeleteOptions", "apiVersion": "v1", "dryRun": ["All"], "propagationPolicy": "Background" })).await.expect(200);
    assert_eq!(ada.get(&path).await.json(), object);
    let uid = object["metadata"]["uid"].clone();
    delete(json!({ "preconditions": { "uid": uid }, "propagationPolicy": "Foreground" }))
        .await
        .expect(200);
    ada.delete(&format!("{WORKSPACES}/none")).await.expect(404);
}

#[tokio::test]
async fn a_second_delete_only_shortens_the_grace() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    ada.post(WORKSPACES, &workspace("dev")).await.expect(201);
    let grace = async |seconds: u32| {
        let path = format!("{WORKSPACES}/dev?gracePeriodSeconds={seconds}");
        ada.delete(&path).await.expect(200).json()["metadata"]["deletionGracePeriodSeconds"]
            .as_i64()
            .unwrap()
    };
    assert_eq!((grace(30).await, grace(5).await, grace(60).await), (30, 5, 5));
}

#[tokio::test]
async fn all_that_is_selected_goes_and_nothing_of_others() {
    let toft = Toft::paused().await;
    let (admin, ada) = (toft.admin().await, toft.client("ada").await);
    for (name, course) in [("a", "rust"), ("b", "rust"), ("c", "go")] {
        let mut object = workspace(name);
        object["metadata"]["labels"] = json!({ "course": course });
        ada.post(WORKSPACES, &object).await.expect(201);
    }
    admin
        .post(&WORKSPACES.replace("ada", "bob"), &workspace("d"))
        .await
        .expect(201);
    let gone = ada
        .delete(&format!("{WORKSPACES}?labelSelector=course%3Drust"))
        .await
        .expect(200)
        .json();
    assert_eq!(gone["items"].as_array().unwrap().len(), 2);
    let marked = admin.get("/apis/toft.dev/v1alpha1/workspaces").await.json();
    let marked = marked["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(marked.count(), 2);
}

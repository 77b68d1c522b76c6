use serde_json::{Value, json};

use crate::support::{Toft, WORKSPACES, workspace};

const AUDIT: &str = "/api/toft/v1/audit";

#[tokio::test]
async fn every_write_is_noted_with_who_and_how_it_went() {
    let toft = Toft::paused().await;
    let (admin, ada) = (toft.admin().await, toft.client("ada").await);
    ada.post(WORKSPACES, &workspace("dev")).await.expect(201);
    ada.post(WORKSPACES, &workspace("dev")).await.expect(409);
    ada.post(&format!("{WORKSPACES}?dryRun=All"), &workspace("dry"))
        .await
        .expect(201);
    ada.get(&format!("{WORKSPACES}/dev")).await.expect(200);
    toft.nobody().post(WORKSPACES, &workspace("no")).await.expect(401);
    toft.nobody()
        .post("/api/toft/v1/login", &json!({ "code": "0123456789abcdef_x" }))
        .await
        .expect(401);
    let entries = admin.get(AUDIT).await.expect(200).json();
    let told: Vec<(Value, Value, Value)> = entries["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            (
                entry["actor"].clone(),
                entry["action"].clone(),
                entry["outcome"].clone(),
            )
        })
        .collect();
    let expected = [
        ("", "sign-in", "refused: unknown, used or expired code"),
        ("ada", "create", "409 Conflict"),
        ("ada", "create", "ok"),
    ];
    assert_eq!(
        told,
        expected.map(|(who, what, how)| (json!(who), json!(what), json!(how)))
    );
    assert_eq!(entries["items"][2]["subject"], "ada/workspaces");
}

#[tokio::test]
async fn others_see_what_they_did_themselves() {
    let toft = Toft::paused().await;
    toft.client("ada")
        .await
        .post(WORKSPACES, &workspace("dev"))
        .await
        .expect(201);
    let bob = toft.client("bob").await;
    assert_eq!(
        bob.get(&format!("{AUDIT}?user=ada")).await.expect(200).json()["items"],
        json!([])
    );
}

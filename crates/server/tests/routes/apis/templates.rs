use http::Method;
use serde_json::json;
use toft_model::Kind;

use crate::support::{Toft, WORKSPACES, path_of, template, workspace};

#[tokio::test]
async fn all_may_read_and_admins_may_write() {
    let toft = Toft::paused().await;
    let (admin, ada, path) = (
        toft.admin().await,
        toft.client("ada").await,
        path_of(Kind::Template),
    );
    assert_eq!(
        ada.get(&path).await.expect(200).json()["items"][0]["metadata"]["name"],
        "shell"
    );
    assert_eq!(
        ada.post(&path, &template("mine")).await.expect(403).json()["reason"],
        "Forbidden"
    );
    admin.post(&path, &template("mine")).await.expect(201);
    admin.delete(&format!("{path}/mine")).await.expect(200);
    ada.get(&format!("{path}/mine")).await.expect(404);
}

#[tokio::test]
async fn what_others_are_made_from_stays() {
    let toft = Toft::paused().await;
    let (admin, ada) = (toft.admin().await, toft.client("ada").await);
    ada.post(WORKSPACES, &workspace("dev")).await.expect(201);
    let refused = admin
        .delete(&format!("{}/shell", path_of(Kind::Template)))
        .await
        .expect(409)
        .json();
    assert!(
        refused["message"].as_str().unwrap().contains("workspace ada/dev"),
        "{refused}"
    );
    let refused = admin
        .delete(&format!("{}/base", path_of(Kind::Image)))
        .await
        .expect(409)
        .json();
    assert!(
        refused["message"].as_str().unwrap().contains("template shell"),
        "{refused}"
    );
}

#[tokio::test]
async fn an_unknown_image_is_refused_with_the_known_ones() {
    let toft = Toft::paused().await;
    let mut wrong = template("mine");
    wrong["spec"]["image"] = "nope".into();
    let refused = toft
        .admin()
        .await
        .post(&path_of(Kind::Template), &wrong)
        .await
        .expect(422);
    assert_eq!(refused.fields(), ["spec.image"]);
    assert!(
        refused.json()["message"]
            .as_str()
            .unwrap()
            .contains("known are base")
    );
}

#[tokio::test]
async fn yaml_is_as_good_as_json() {
    let toft = Toft::paused().await;
    let text = "apiVersion: toft.dev/v1alpha1\nkind: Image\nmetadata: {name: two}\nspec: {source: {oci: {reference: 'a/b:c'}}}\n";
    let admin = toft.admin().await;
    let made = admin
        .send(Method::POST, &path_of(Kind::Image), "application/yaml", text)
        .await
        .expect(201)
        .json();
    assert_eq!(made["spec"]["source"], json!({ "oci": { "reference": "a/b:c" } }));
}

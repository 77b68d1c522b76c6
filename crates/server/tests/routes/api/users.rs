use serde_json::json;

use crate::support::Toft;

const USERS: &str = "/api/toft/v1/users";

#[tokio::test]
async fn an_admin_adds_a_person_who_gets_a_link() {
    let toft = Toft::paused().await;
    let (admin, ada) = (toft.admin().await, toft.client("ada").await);
    let made = admin
        .post(USERS, &json!({ "name": "eve" }))
        .await
        .expect(201)
        .json();
    assert_eq!(
        (made["role"].as_str(), made["links"].as_array().unwrap().len()),
        (Some("member"), 2)
    );
    admin.post(USERS, &json!({ "name": "eve" })).await.expect(409);
    ada.post(USERS, &json!({ "name": "dan" })).await.expect(403);
    assert_eq!(
        admin.get(USERS).await.json()["items"].as_array().unwrap().len(),
        4
    );
    let own = ada.get(USERS).await.json();
    assert_eq!(
        (own["items"].as_array().unwrap().len(), &own["items"][0]["name"]),
        (1, &json!("ada"))
    );
}

#[tokio::test]
async fn names_are_labels_and_some_are_reserved() {
    let toft = Toft::paused().await;
    let admin = toft.admin().await;
    for bad in [
        "",
        "Ada",
        "a--b",
        "toft",
        "default",
        "a-name-that-is-much-too-long",
    ] {
        let answer = admin
            .post(USERS, &json!({ "name": bad }))
            .await
            .expect(422)
            .json();
        assert!(
            answer["detail"].as_str().unwrap().starts_with("name:"),
            "{answer}"
        );
    }
}

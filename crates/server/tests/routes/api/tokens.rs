use serde_json::json;

use crate::support::Toft;

const TOKENS: &str = "/api/toft/v1/tokens";

#[tokio::test]
async fn a_token_is_shown_once_and_works_until_it_is_taken_back() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    let made = ada
        .post(TOKENS, &json!({ "name": "ci", "expiresInSeconds": 60 }))
        .await
        .expect(201)
        .json();
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with(&format!("toft_{}_", made["id"].as_str().unwrap())));
    let list = ada.get(TOKENS).await.expect(200);
    assert!(!list.text().contains(token));
    let mine = list.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["name"] == "ci")
        .unwrap()
        .clone();
    assert!(mine["expiresAt"].is_string());
    ada.delete(&format!("{TOKENS}/{}", made["id"].as_str().unwrap()))
        .await
        .expect(204);
    ada.delete(&format!("{TOKENS}/{}", made["id"].as_str().unwrap()))
        .await
        .expect(404);
}

#[tokio::test]
async fn nobody_makes_a_token_for_another_and_a_reader_makes_none() {
    let toft = Toft::paused().await;
    toft.client("ada")
        .await
        .post(TOKENS, &json!({ "name": "x", "user": "bob" }))
        .await
        .expect(404);
    toft.reader("ada")
        .await
        .post(TOKENS, &json!({ "name": "x" }))
        .await
        .expect(403);
    toft.admin()
        .await
        .post(TOKENS, &json!({ "name": "x", "user": "bob" }))
        .await
        .expect(201);
    for bad in [
        json!({ "name": "" }),
        json!({ "name": "x", "expiresInSeconds": 0 }),
        json!({ "name": "a\nb" }),
    ] {
        toft.client("ada").await.post(TOKENS, &bad).await.expect(422);
    }
}

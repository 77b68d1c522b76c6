use serde_json::json;

use crate::support::{Toft, WORKSPACES, running};

#[tokio::test]
async fn what_is_used_stands_beside_what_may_be_used() {
    let toft = Toft::start().await;
    let _agent = toft.with_agent();
    let ada = toft.client("ada").await;
    running(&ada, "dev").await;
    let usage = ada
        .get(&format!("{WORKSPACES}/dev/usage"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&usage["cpuLimitMilli"], &usage["diskBytes"]),
        (&json!(2000), &json!(4096))
    );
    assert_eq!(usage["memoryLimitBytes"], 1u64 << 30);
    assert_eq!(usage["history"].as_array().unwrap().len(), 1);
    let all = ada.get("/api/toft/v1/usage").await.expect(200).json();
    assert_eq!(
        (&all["items"][0]["namespace"], &all["items"][0]["name"]),
        (&json!("ada"), &json!("dev"))
    );
    let bob = toft
        .client("bob")
        .await
        .get("/api/toft/v1/usage")
        .await
        .expect(200)
        .json();
    assert_eq!(bob["items"], json!([]));
}

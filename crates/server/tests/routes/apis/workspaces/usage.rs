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
    assert_eq!(usage["diskLimitBytes"], 8192);
    assert_eq!(usage["memoryLimitBytes"], 1u64 << 30);
    assert_eq!(usage["history"].as_array().unwrap().len(), 1);
    let all = ada.get("/api/toft/v1/usage").await.expect(200).json();
    assert_eq!(
        (&all["items"][0]["namespace"], &all["items"][0]["name"]),
        (&json!("ada"), &json!("dev"))
    );
    assert_eq!(all["items"][0]["diskBytes"], 4096);
    let bob = toft
        .client("bob")
        .await
        .get("/api/toft/v1/usage")
        .await
        .expect(200)
        .json();
    assert_eq!(bob["items"], json!([]));
}

#[tokio::test]
async fn what_was_never_sampled_is_looked_at_now_and_a_broken_record_hides_nobody() {
    let toft = Toft::start().await;
    let _agent = toft.with_agent();
    let ada = toft.client("ada").await;
    running(&ada, "dev").await;
    let mut broken = crate::support::workspace("bad");
    broken["metadata"]["namespace"] = "ada".into();
    broken["spec"]["written-by-hand"] = true.into();
    toft.app.store().create(broken).await.unwrap();
    let items = ada.get("/api/toft/v1/usage").await.expect(200).json()["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 1, "{items}");
    ada.get("/api/toft/v1/host").await.expect(200);
}

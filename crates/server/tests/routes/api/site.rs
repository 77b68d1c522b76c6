use serde_json::json;

use crate::support::{Toft, WORKSPACES, running, workspace};

#[tokio::test]
async fn the_host_tells_what_is_set_aside() {
    let toft = Toft::start().await;
    let _agent = toft.with_agent();
    let ada = toft.client("ada").await;
    let before = ada.get("/api/toft/v1/host").await.expect(200).json();
    assert_eq!(
        (&before["host"], &before["reserved"]["cpuMilli"]),
        (&json!("box"), &json!(0))
    );
    running(&ada, "dev").await;
    let after = ada.get("/api/toft/v1/host").await.json();
    assert_eq!(after["reserved"]["cpuMilli"], 100);
    assert_eq!(
        after["free"]["memoryBytes"].as_u64().unwrap(),
        (16 << 30) - (64 << 20)
    );
    assert_eq!(after["free"]["diskBytes"], 60u64 << 30);
}

#[tokio::test]
async fn the_doctor_looks_at_the_host_for_admins_and_at_ones_own_for_all() {
    let toft = Toft::start().await;
    let _agent = toft.with_agent();
    let (admin, ada) = (toft.admin().await, toft.client("ada").await);
    assert_eq!(
        admin.get("/api/toft/v1/doctor").await.expect(200).json()["checks"][0]["name"],
        "box"
    );
    ada.get("/api/toft/v1/doctor").await.expect(403);
    running(&ada, "dev").await;
    let checks = ada
        .get("/api/toft/v1/doctor?workspace=ada/dev")
        .await
        .expect(200)
        .json();
    let agent = checks["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["name"] == "agent")
        .unwrap()
        .clone();
    assert_eq!(agent["verdict"], "ok", "{checks}");
    ada.get("/api/toft/v1/doctor?workspace=bob/dev").await.expect(404);
}

#[tokio::test]
async fn the_authority_needs_no_sign_in_and_the_rest_does() {
    let toft = Toft::paused().await;
    let nobody = toft.nobody();
    assert!(
        nobody
            .get("/api/toft/v1/ca.pem")
            .await
            .expect(200)
            .text()
            .contains("BEGIN CERTIFICATE")
    );
    for path in ["/livez", "/readyz", "/healthz"] {
        assert_eq!(nobody.get(path).await.expect(200).text(), "ok");
    }
    for path in [
        "host", "doctor", "usage", "users", "tokens", "sessions", "audit", "me",
    ] {
        nobody.get(&format!("/api/toft/v1/{path}")).await.expect(401);
    }
    nobody.get("/metrics").await.expect(401);
}

#[tokio::test]
async fn figures_are_counted_by_route_never_by_address() {
    let toft = Toft::paused().await;
    let (admin, ada) = (toft.admin().await, toft.client("ada").await);
    ada.post(WORKSPACES, &workspace("very-secret-name"))
        .await
        .expect(201);
    ada.get(&format!("{WORKSPACES}/very-secret-name"))
        .await
        .expect(200);
    let text = admin.get("/metrics").await.expect(200).text();
    assert!(text.contains("toft_http_requests_total{method=\"GET\",route=\"/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}\",status=\"200\"} 1"), "{text}");
    assert!(!text.contains("very-secret-name"));
    ada.get("/metrics").await.expect(403);
}

#[tokio::test]
async fn images_are_fetched_anew_and_collected_by_admins() {
    let toft = Toft::paused().await;
    let (admin, ada) = (toft.admin().await, toft.client("ada").await);
    let pull = "/apis/toft.dev/v1alpha1/images/base/pull";
    admin.post(pull, &json!({})).await.expect(202);
    assert_eq!(toft.site.renewed.lock().unwrap().len(), 1);
    ada.post(pull, &json!({})).await.expect(403);
    admin
        .post("/apis/toft.dev/v1alpha1/images/none/pull", &json!({}))
        .await
        .expect(404);
    let removed = admin
        .post("/api/toft/v1/images/gc", &json!({}))
        .await
        .expect(200)
        .json();
    assert_eq!(removed["removed"][0]["bytes"], 7);
    ada.post("/api/toft/v1/images/gc", &json!({})).await.expect(403);
}

use std::io::Write;

use crate::support::{Toft, WORKSPACES, running, within};

#[tokio::test]
async fn the_console_is_read_and_followed() {
    let toft = Toft::start().await;
    let agent = toft.with_agent();
    let ada = toft.client("ada").await;
    running(&ada, "dev").await;
    ada.get(&format!("{WORKSPACES}/dev/logs")).await.expect(404);
    let path = agent.path("console.log");
    std::fs::write(&path, "one\ntwo\nthree\n").unwrap();
    *toft.site.console.lock().unwrap() = Some(path.clone().into());
    assert_eq!(
        ada.get(&format!("{WORKSPACES}/dev/logs?tail=2"))
            .await
            .expect(200)
            .text(),
        "two\nthree\n"
    );

    let (router, token) = (toft.router.clone(), ada.token().to_owned());
    let follow = tokio::spawn(async move {
        use http_body_util::BodyExt;
        use tower::ServiceExt;
        let request = http::Request::get(format!("{WORKSPACES}/dev/logs?tail=1&follow=true"));
        let request = request
            .header("authorization", format!("Bearer {token}"))
            .body(axum::body::Body::empty())
            .unwrap();
        let mut body = router.oneshot(request).await.unwrap().into_body();
        let mut seen = String::new();
        while !seen.contains("four") {
            let frame = body.frame().await.unwrap().unwrap();
            seen.push_str(&String::from_utf8_lossy(&frame.into_data().unwrap()));
        }
        seen
    });
    std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .unwrap()
        .write_all(b"four\n")
        .unwrap();
    let seen = within(follow).await.unwrap();
    assert!(seen.ends_with("four\n"), "{seen}");
}

#[tokio::test]
async fn an_unknown_app_is_told() {
    let toft = Toft::start().await;
    let _agent = toft.with_agent();
    let ada = toft.client("ada").await;
    running(&ada, "dev").await;
    ada.get(&format!("{WORKSPACES}/dev/logs?app=nope"))
        .await
        .expect(404);
}

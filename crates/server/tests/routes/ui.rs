use crate::support::Toft;

#[tokio::test]
async fn the_ui_or_why_there_is_none_is_served_under_a_strict_policy() {
    let toft = Toft::paused().await;
    let nobody = toft.nobody();
    for path in ["/", "/w/ada/dev", "/login?code=x"] {
        let page = nobody.get(path).await;
        assert!(
            page.status == 200 || page.text().contains("was not built"),
            "{}",
            page.text()
        );
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("script-src 'self'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(page.headers["x-content-type-options"], "nosniff");
        assert_eq!(page.headers["cross-origin-opener-policy"], "same-origin");
    }
    assert_eq!(nobody.get("/assets/of-an-older-version.js").await.status, 404);
}

#[tokio::test]
async fn an_unchanged_page_is_not_sent_again() {
    let toft = Toft::paused().await;
    let nobody = toft.nobody();
    let page = nobody.get("/").await;
    let Some(tag) = page.headers.get("etag").filter(|_| page.status == 200) else {
        return;
    };
    let request = nobody
        .request(http::Method::GET, "/")
        .header("if-none-match", tag)
        .body(axum::body::Body::empty())
        .unwrap();
    nobody.call(request).await.expect(304);
}

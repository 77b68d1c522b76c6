use http_body_util::BodyExt;

use super::*;

fn accept(value: &'static str) -> HeaderMap {
    [(header::ACCEPT, HeaderValue::from_static(value))]
        .into_iter()
        .collect()
}

#[test]
fn browsers_get_pages_and_programs_get_problems() {
    assert!(prefers_html(&accept("text/html,application/xhtml+xml,*/*;q=0.8")));
    for program in ["application/json", "*/*", "application/json, text/html", ""] {
        assert!(!prefers_html(&accept(program)), "{program}");
    }
}

#[test]
fn what_is_said_cannot_become_markup() {
    let notice =
        Notice::new(StatusCode::NOT_FOUND, "Gone", "<script>\"&\u{7}").link("https://a/\"x".into(), "Go");
    let html = notice.html();
    assert!(html.contains("&lt;script&gt;&quot;&amp;") && !html.contains("<script>"));
    assert!(html.contains("href=\"https://a/&quot;x\""));
    let expected = "{\"title\":\"Gone\",\"status\":404,\"detail\":\"<script>\\\"&\\u0007\"}\n";
    assert_eq!(notice.json(), expected);
}

#[tokio::test]
async fn the_policy_allows_its_own_style_and_nothing_else() {
    let response = Notice::new(StatusCode::NOT_FOUND, "Gone", "").respond(&accept("text/html"));
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap()
        .to_owned();
    let page = response.into_body().collect().await.unwrap().to_bytes();
    let page = String::from_utf8(page.to_vec()).unwrap();
    let style = page
        .split("<style>")
        .nth(1)
        .unwrap()
        .split("</style>")
        .next()
        .unwrap();
    assert!(
        policy.contains(&BASE64_STANDARD.encode(Sha256::digest(style))),
        "{policy}"
    );
}

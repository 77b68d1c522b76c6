use super::*;

#[test]
fn pages_get_the_policy_and_keep_a_stricter_one_of_their_own() {
    let headers = SecurityHeaders::new(&Domain::parse("lab.example.org").unwrap());
    let page = headers.add(Response::new(()));
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(
        policy.contains("frame-src https://*.lab.example.org:*;")
            && policy.contains("frame-ancestors 'none'")
    );
    assert_eq!(page.headers()["x-content-type-options"], "nosniff");
    let own = Response::builder()
        .header("content-security-policy", "sandbox")
        .body(())
        .unwrap();
    assert_eq!(
        headers.add(own).headers()[header::CONTENT_SECURITY_POLICY],
        "sandbox"
    );
}

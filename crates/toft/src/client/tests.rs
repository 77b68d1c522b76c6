use super::*;

#[test]
fn a_refusal_says_what_the_server_said() {
    let said = |status, body: &str| refusal(status, body.as_bytes()).to_string();
    assert_eq!(
        said(
            StatusCode::CONFLICT,
            r#"{"kind":"Status","message":"workspaces \"dev\" already exists"}"#
        ),
        "workspaces \"dev\" already exists"
    );
    assert_eq!(
        said(
            StatusCode::BAD_REQUEST,
            r#"{"title":"Bad","detail":"no such path"}"#
        ),
        "no such path"
    );
    assert_eq!(
        said(StatusCode::BAD_GATEWAY, "<html>"),
        "the daemon answered 502 Bad Gateway"
    );
}

#[test]
fn what_stands_in_a_query_is_escaped() {
    assert_eq!(escape("a b/ü&c=~"), "a%20b%2F%C3%BC%26c%3D~");
}

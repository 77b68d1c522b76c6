//! What is open ends when what it was opened with is taken back.

use http::{Method, Request, header};
use http_body_util::BodyExt;
use serde_json::json;
use tower::ServiceExt;

use crate::support::{Client, Socket, Toft, WORKSPACES, running, within};

/// Ada with a token that others can take back, and its id.
async fn ada(toft: &Toft) -> (Client, String) {
    let made = toft.app.accounts().create_token("ada", "open", false, None).await;
    let (id, token) = made.unwrap();
    (toft.client_with(token), id)
}

async fn take_back(toft: &Toft, id: &str) {
    let admin = toft.admin().await;
    admin
        .delete(&format!("/api/toft/v1/tokens/{id}"))
        .await
        .expect(204);
}

#[tokio::test]
async fn a_terminal_ends_with_its_token() {
    let toft = Toft::start().await;
    let _agent = toft.with_agent();
    let ((ada, id), (_, other)) = (ada(&toft).await, ada(&toft).await);
    running(&ada, "dev").await;
    let mut socket = Socket::open(&ada, &format!("{WORKSPACES}/dev/terminal"))
        .await
        .unwrap();
    socket.text().await;
    take_back(&toft, &other).await;
    socket.bytes(b"echo still-$((40+2))\n").await;
    socket.read_until("still-42").await;
    take_back(&toft, &id).await;
    assert_eq!(socket.end().await.0, 4401);
}

#[tokio::test]
async fn a_terminal_in_a_browser_ends_with_its_session() {
    let toft = Toft::start().await;
    let _agent = toft.with_agent();
    let ada = toft.client("ada").await;
    running(&ada, "dev").await;
    let cookie = toft.cookie("ada").await;
    let fields = [
        ("cookie", cookie.as_str()),
        ("host", "toft.localhost"),
        ("origin", "https://toft.localhost"),
    ];
    let mut socket = Socket::with(&ada, &format!("{WORKSPACES}/dev/terminal"), &fields)
        .await
        .unwrap();
    socket.text().await;
    let logout = Request::builder()
        .method(Method::POST)
        .uri("/api/toft/v1/logout")
        .header(header::COOKIE, &cookie)
        .header(header::HOST, "toft.localhost")
        .header(header::ORIGIN, "https://toft.localhost");
    let answer = within(
        toft.router
            .clone()
            .oneshot(logout.body(axum::body::Body::empty()).unwrap()),
    )
    .await;
    assert_eq!(answer.unwrap().status(), 204);
    assert_eq!(socket.end().await.0, 4401);
}

#[tokio::test]
async fn a_command_ends_with_its_token_also_before_it_began() {
    let toft = Toft::start().await;
    let _agent = toft.with_agent();
    let (ada, id) = ada(&toft).await;
    running(&ada, "dev").await;
    let path = format!("{WORKSPACES}/dev/exec");
    let mut runs = Socket::open(&ada, &path).await.unwrap();
    runs.json(&json!({ "type": "start", "command": ["cat"], "stdin": true }))
        .await;
    assert_eq!(runs.text().await["type"], "started");
    let silent = Socket::open(&ada, &path).await.unwrap();
    take_back(&toft, &id).await;
    assert_eq!(runs.end().await.0, 4401);
    assert_eq!(silent.end().await.0, 4401);
}

#[tokio::test]
async fn watches_and_followed_logs_break_off_with_their_token() {
    let toft = Toft::start().await;
    let agent = toft.with_agent();
    let (ada, id) = ada(&toft).await;
    running(&ada, "dev").await;
    let console = agent.path("console.log");
    std::fs::write(&console, "one\n").unwrap();
    *toft.site.console.lock().unwrap() = Some(console.into());
    let mut bodies = Vec::new();
    for path in [
        format!("{WORKSPACES}?watch=true"),
        format!("{WORKSPACES}/dev/logs?follow=true"),
    ] {
        let request = ada
            .request(Method::GET, &path)
            .body(axum::body::Body::empty())
            .unwrap();
        let mut body = within(toft.router.clone().oneshot(request))
            .await
            .unwrap()
            .into_body();
        assert!(within(body.frame()).await.unwrap().is_ok(), "{path} begins");
        bodies.push((path, body));
    }
    take_back(&toft, &id).await;
    for (path, mut body) in bodies {
        let last = loop {
            match within(body.frame()).await {
                Some(Ok(_)) => {}
                end => break end,
            }
        };
        assert!(last.is_some_and(|end| end.is_err()), "{path} does not look whole");
    }
}

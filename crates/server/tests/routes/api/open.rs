use axum::body::Body;
use http::{Method, header};
use serde_json::json;

use crate::support::{Toft, WORKSPACES, workspace};

#[tokio::test]
async fn the_link_of_open_signs_in_once_and_goes_on_to_the_app() {
    let toft = Toft::paused().await;
    let (ada, nobody) = (toft.client("ada").await, toft.nobody());
    ada.post(WORKSPACES, &workspace("dev")).await.expect(201);
    let open = ada
        .post(&format!("{WORKSPACES}/dev/open"), &json!({ "app": "web" }))
        .await
        .expect(200)
        .json();
    let url = open["url"].as_str().unwrap();
    let path = url.strip_prefix("https://toft.localhost:8443").unwrap();
    let answer = nobody.get(path).await.expect(302);
    assert_eq!(
        answer.headers[header::LOCATION],
        "https://web--dev--ada.toft.localhost:8443/"
    );
    assert!(
        answer.headers[header::SET_COOKIE]
            .to_str()
            .unwrap()
            .starts_with("__Host-toft=")
    );
    nobody.get(path).await.expect(401);
}

#[tokio::test]
async fn a_terminal_opens_in_the_ui_and_a_port_under_its_number() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    ada.post(WORKSPACES, &workspace("dev")).await.expect(201);
    let target = async |app: serde_json::Value| {
        let open = ada
            .post(&format!("{WORKSPACES}/dev/open"), &app)
            .await
            .expect(200)
            .json();
        open["target"].as_str().unwrap().to_owned()
    };
    assert_eq!(target(json!({})).await, "/w/ada/dev?app=terminal");
    assert_eq!(
        target(json!({ "app": "3000" })).await,
        "https://3000--dev--ada.toft.localhost:8443/"
    );
    let unknown = ada
        .post(&format!("{WORKSPACES}/dev/open"), &json!({ "app": "desk" }))
        .await
        .expect(400)
        .json();
    assert!(unknown["message"].as_str().unwrap().contains("terminal, web"));
}

#[tokio::test]
async fn an_app_is_named_in_the_way_the_visitor_came() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    ada.post(WORKSPACES, &workspace("dev")).await.expect(201);
    let open = async |app: &str, host: &str| {
        let request = ada
            .request(Method::POST, &format!("{WORKSPACES}/dev/open"))
            .header(header::HOST, host)
            .header(header::CONTENT_TYPE, "application/json");
        let body = Body::from(json!({ "app": app }).to_string());
        ada.call(request.body(body).unwrap()).await
    };
    let by_address = open("web", "192.0.2.7:8443").await.expect(200).json();
    assert_eq!(by_address["target"], "https://192.0.2.7:9700/");
    let link = by_address["url"].as_str().unwrap();
    assert!(
        link.starts_with("https://192.0.2.7:8443/api/toft/v1/open?code="),
        "{link}"
    );
    let by_name = open("web", "toft.localhost:8443").await.expect(200).json();
    assert_eq!(by_name["target"], "https://web--dev--ada.toft.localhost:8443/");
    let full = open("3001", "192.0.2.7:8443").await.expect(409).json();
    assert!(
        full["message"].as_str().unwrap().contains("all ports are taken"),
        "{full}"
    );
}

#[tokio::test]
async fn a_sign_in_is_carried_to_an_apps_host_by_a_code_for_that_host_only() {
    let toft = Toft::paused().await;
    let (nobody, cookie) = (toft.nobody(), toft.cookie("ada").await);
    let host = "web--dev--ada.toft.localhost:8443";
    let path = format!("/api/toft/v1/authorize?host={host}&path=/x&state=0123456789abcdef");
    let request = |cookie: &str| {
        nobody
            .request(Method::GET, &path)
            .header(header::COOKIE, cookie)
            .body(Body::empty())
            .unwrap()
    };
    let answer = nobody.call(request(&cookie)).await.expect(302);
    let location = answer.headers[header::LOCATION].to_str().unwrap().to_owned();
    assert!(
        location.starts_with(&format!("https://{host}/.toft/callback?code=")),
        "{location}"
    );
    assert!(location.contains("state=0123456789abcdef"));
    let code = location.split_once("code=").unwrap().1.split('&').next().unwrap();
    let redeemed = toft
        .app
        .accounts()
        .redeem(code, toft_server::people::accounts::Purpose::Host)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (redeemed.target.as_str(), redeemed.session.is_some()),
        (host, true)
    );

    let login = nobody.call(request("a=b")).await.expect(302);
    assert!(
        login.headers[header::LOCATION]
            .to_str()
            .unwrap()
            .starts_with("/login?next=")
    );
    let foreign = path.replace("toft.localhost", "evil.example");
    nobody.get(&foreign).await.expect(400);
}

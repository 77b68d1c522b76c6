use axum::body::Body;
use http::{Method, header};
use serde_json::json;

use crate::support::{Client, Toft};

const LOGIN: &str = "/api/toft/v1/login";

async fn code(client: &Client) -> String {
    let links = client
        .post("/api/toft/v1/login-links", &json!({}))
        .await
        .expect(200)
        .json();
    let links = links["links"].as_array().unwrap();
    assert_eq!(links.len(), 2, "one for this machine, one for the LAN");
    links[0]
        .as_str()
        .unwrap()
        .split_once("code=")
        .unwrap()
        .1
        .to_owned()
}

#[tokio::test]
async fn a_link_signs_in_once_and_looking_at_it_does_not_use_it_up() {
    let toft = Toft::paused().await;
    let (ada, nobody) = (toft.client("ada").await, toft.nobody());
    let code = code(&ada).await;
    nobody.get(&format!("/login?code={code}")).await;
    let answer = nobody.post(LOGIN, &json!({ "code": code })).await.expect(200);
    assert_eq!(answer.json()["user"], "ada");
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    for part in [
        "__Host-toft=",
        "; Path=/;",
        "; Secure",
        "; HttpOnly",
        "; SameSite=Lax",
    ] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let pair = cookie.split(';').next().unwrap();
    let request = nobody
        .request(Method::GET, "/api/toft/v1/me")
        .header(header::COOKIE, pair);
    let me = nobody
        .call(request.body(Body::empty()).unwrap())
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&me["user"], &me["role"], &me["via"]),
        (&json!("ada"), &json!("member"), &json!("session"))
    );
    let again = nobody
        .post(LOGIN, &json!({ "code": code }))
        .await
        .expect(401)
        .json();
    assert!(again["hint"].is_string(), "{again}");
}

#[tokio::test]
async fn a_cookie_of_another_page_changes_nothing() {
    let toft = Toft::paused().await;
    let (nobody, cookie) = (toft.nobody(), toft.cookie("ada").await);
    for (origin, status) in [
        (None, 403),
        (Some("https://evil.example"), 403),
        (Some("https://toft.localhost:8443"), 200),
    ] {
        let mut request = nobody
            .request(Method::POST, "/api/toft/v1/login-links")
            .header(header::COOKIE, &cookie)
            .header(header::HOST, "toft.localhost:8443");
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        nobody
            .call(request.body(Body::empty()).unwrap())
            .await
            .expect(status);
    }
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let toft = Toft::paused().await;
    let (nobody, cookie) = (toft.nobody(), toft.cookie("ada").await);
    let with = |method: Method, path: &str| {
        let request = nobody
            .request(method, path)
            .header(header::COOKIE, &cookie)
            .header(header::HOST, "t");
        request
            .header(header::ORIGIN, "https://t")
            .body(Body::empty())
            .unwrap()
    };
    let sessions = nobody
        .call(with(Method::GET, "/api/toft/v1/sessions"))
        .await
        .expect(200)
        .json();
    assert_eq!(sessions["items"][0]["current"], true);
    let out = nobody
        .call(with(Method::POST, "/api/toft/v1/logout"))
        .await
        .expect(204);
    assert!(
        out.headers[header::SET_COOKIE]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    nobody
        .call(with(Method::GET, "/api/toft/v1/me"))
        .await
        .expect(401);
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let toft = Toft::paused().await;
    let nobody = toft.nobody();
    let mut last = 0;
    for _ in 0..11 {
        last = nobody
            .post(LOGIN, &json!({ "code": "0123456789abcdef_x" }))
            .await
            .status
            .as_u16();
    }
    assert_eq!(last, 429);
    let answer = nobody
        .post(LOGIN, &json!({ "code": "0123456789abcdef_x" }))
        .await
        .expect(429);
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
}

#[tokio::test]
async fn a_body_that_makes_no_sense_is_refused_with_its_field() {
    let toft = Toft::paused().await;
    let nobody = toft.nobody();
    let answer = nobody
        .post(LOGIN, &json!({ "password": "x" }))
        .await
        .expect(422)
        .json();
    assert!(
        answer["detail"].as_str().unwrap().contains("password"),
        "{answer}"
    );
    nobody
        .send(Method::POST, LOGIN, "application/json", "{")
        .await
        .expect(400);
    nobody
        .send(Method::POST, LOGIN, "application/json", vec![b' '; 100_000])
        .await
        .expect(413);
}

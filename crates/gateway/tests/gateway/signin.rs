//! Carrying a sign-in to an app's host, and those who would like to carry it elsewhere.

use std::sync::atomic::Ordering;

use http::{Request, StatusCode};
use toft_gateway::signin::Authorize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::house::{Answer, House, OTHER, PRIVATE, SESSION};

const UNKNOWN: &str = "none--gone--nobody.toft.localhost";

/// The state that a redirect to sign-in sets, and what it asks the UI.
fn asked(answer: &Answer) -> (String, Authorize) {
    assert_eq!(answer.status, StatusCode::FOUND);
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600"),
        "{cookie}"
    );
    let state = cookie
        .split(';')
        .next()
        .unwrap()
        .strip_prefix("__Host-toft-state=")
        .unwrap();
    let query = answer.header("location").split_once('?').unwrap().1;
    (state.to_owned(), Authorize::from_query(query).unwrap())
}

async fn callback(house: &House, host: &str, query: &str, cookie: &str) -> Answer {
    let request = Request::get(format!("/.toft/callback?{query}")).header("cookie", cookie);
    house.send(host, request.header("accept", "text/html")).await
}

#[tokio::test]
async fn a_visitor_signs_in_and_comes_back_to_where_they_went() {
    let house = House::start();
    let answer = house.send(PRIVATE, Request::get("/deep/path?q=a%20b&r")).await;
    let location = answer.header("location");
    let ui = format!("https://{}/api/toft/v1/authorize?", house.at("toft.localhost"));
    assert!(location.starts_with(&ui), "{location}");
    let (state, ask) = asked(&answer);
    assert_eq!(ask.host, house.at(PRIVATE));
    assert_eq!(ask.path, "/deep/path?q=a%20b&r");
    assert_eq!(ask.state, state);
    assert_eq!(
        house.gateway().directory().app_at(&ask.host).unwrap().to_string(),
        "web--lab--alice"
    );

    house
        .world
        .codes
        .lock()
        .unwrap()
        .insert("code-12345".into(), ask.host.clone());
    let url = ask.callback_url("code-12345");
    let query = url.split_once("/.toft/callback?").unwrap().1.to_owned();
    let answer = callback(&house, PRIVATE, &query, &format!("__Host-toft-state={state}")).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(answer.header("location"), "/deep/path?q=a%20b&r");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    let expected = format!("__Host-toft={SESSION}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=3600");
    assert_eq!(answer.header("set-cookie"), expected);
    assert_eq!(
        house.send(PRIVATE, House::signed_in("GET", "/")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_code_works_once_here_and_only_in_the_browser_that_asked() {
    let house = House::start();
    let state = "state-0123456789";
    let cookie = format!("__Host-toft-state={state}");
    let query = format!("code=code-12345&path=/&state={state}");
    let offer = |host: &str| {
        house
            .world
            .codes
            .lock()
            .unwrap()
            .insert("code-12345".into(), house.at(host))
    };
    offer(PRIVATE);
    // Another browser: no state, or a state of its own.
    for cookie in ["", "__Host-toft-state=other-0123456789"] {
        let answer = callback(&house, PRIVATE, &query, cookie).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.header("set-cookie"), "");
    }
    assert_eq!(
        callback(&house, PRIVATE, &query, &cookie).await.status,
        StatusCode::FOUND
    );
    let again = callback(&house, PRIVATE, &query, &cookie).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    // The back button of somebody who is signed in.
    let both = format!("{cookie}; __Host-toft={SESSION}");
    assert_eq!(
        callback(&house, PRIVATE, &query, &both).await.header("location"),
        "/"
    );
    // A code for another host.
    offer(OTHER);
    assert_eq!(
        callback(&house, PRIVATE, &query, &cookie).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn no_path_leads_off_the_host() {
    let house = House::start();
    let state = "state-0123456789";
    for path in [
        "//evil.example",
        "/%5Cevil.example",
        "https://evil.example",
        "/%09/evil.example",
        "%2F%2Fevil.example",
        "/%0d%0aset-cookie:x=y",
        "",
        "/.toft/callback?code=x",
        "/%C3%A9",
    ] {
        house
            .world
            .codes
            .lock()
            .unwrap()
            .insert("code-12345".into(), house.at(PRIVATE));
        let query = format!("code=code-12345&path={path}&state={state}");
        let answer = callback(&house, PRIVATE, &query, &format!("__Host-toft-state={state}")).await;
        assert_eq!(answer.status, StatusCode::FOUND, "{path}");
        assert_eq!(answer.header("location"), "/", "{path}");
    }
    let answer = house.send(PRIVATE, Request::get("//evil.example/x")).await;
    assert_eq!(asked(&answer).1.path, "/");
}

#[tokio::test]
async fn what_is_not_yours_looks_like_what_is_not_there() {
    let house = House::start();
    // Before signing in, both ask to.
    for host in [OTHER, UNKNOWN] {
        assert_eq!(
            house.send(host, Request::get("/")).await.status,
            StatusCode::FOUND
        );
        let answer = house
            .send(host, Request::get("/").header("accept", "application/json"))
            .await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    // After, neither is there, and the words are the same.
    let mut bodies = Vec::new();
    for host in [OTHER, UNKNOWN] {
        let answer = house.send(host, House::signed_in("GET", "/")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        let label = host.split('.').next().unwrap();
        bodies.push(answer.body.replace(label, "APP"));
    }
    assert_eq!(bodies[0], bodies[1]);
}

#[tokio::test]
async fn a_revoked_session_ends_with_the_next_request() {
    let house = House::start();
    let mut h2 = house.h2(PRIVATE).await;
    let uri = format!("https://{}/", house.at(PRIVATE));
    for expected in [StatusCode::OK, StatusCode::FOUND] {
        let request = Request::get(&uri).header("cookie", format!("__Host-toft={SESSION}"));
        let request = request.body(http_body_util::Full::default()).unwrap();
        assert_eq!(h2.send_request(request).await.unwrap().status(), expected);
        house.world.sessions.lock().unwrap().clear();
    }
}

#[tokio::test]
async fn the_reserved_path_never_reaches_the_app() {
    let house = House::start();
    for request in [
        House::signed_in("GET", "/.toft/x"),
        House::signed_in("POST", "/.toft/callback"),
    ] {
        let request = request.header("origin", format!("https://{}", house.at(PRIVATE)));
        assert_eq!(house.send(PRIVATE, request).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(house.world.connects.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test]
async fn tabs_that_sign_in_at_once_share_a_state() {
    let house = House::start();
    let (state, _) = asked(&house.send(PRIVATE, Request::get("/one")).await);
    let request = Request::get("/two").header("cookie", format!("__Host-toft-state={state}"));
    assert_eq!(asked(&house.send(PRIVATE, request).await).0, state);
}

/// What is on its way when its right ends is broken off: a body that streams, a request that waits.
#[tokio::test]
async fn streams_end_with_the_right_to_them() {
    let house = House::start();
    for path in ["/echo", "/waits"] {
        house
            .world
            .sessions
            .lock()
            .unwrap()
            .insert(SESSION.to_owned(), "alice");
        let mut stream = house.tls(PRIVATE, &["http/1.1"]).await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\norigin: https://{}\r\ncookie: __Host-toft={SESSION}\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
            house.at(PRIVATE),
            house.at(PRIVATE)
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut seen = String::new();
        while path == "/echo" && !seen.contains("hello") {
            let mut piece = [0; 1024];
            let read = stream.read(&mut piece).await.unwrap();
            assert!(read > 0, "it ended by itself: {seen}");
            seen.push_str(&String::from_utf8_lossy(&piece[..read]));
        }
        while path == "/waits" && house.world.waiting.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        house.revoke_all();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        let rest = String::from_utf8_lossy(&rest);
        if path == "/waits" {
            assert!(rest.starts_with("HTTP/1.1 401 "), "{rest}");
        } else {
            assert!(!rest.contains("0\r\n\r\n"), "it looks whole: {rest}");
        }
    }
}

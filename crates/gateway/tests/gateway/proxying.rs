//! Requests on their way to apps and back.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use futures_util::StreamExt;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::sync::mpsc;

use crate::house::{Answer, DOMAIN, House, PRIVATE, PUBLIC, State, TOKEN};

#[tokio::test]
async fn the_ui_answers_under_its_names_and_addresses() {
    let house = House::start();
    for host in [DOMAIN, "box", "box.lan", "localhost", "127.0.0.1", "BOX.lan."] {
        let answer = house.send(host, Request::get("/page?x=1")).await;
        assert_eq!(answer.body, "ui GET /page?x=1 from 127.0.0.1", "{host}");
    }
}

#[tokio::test]
async fn a_public_app_is_reached_over_both_protocols() {
    let house = House::start();
    let answer = house
        .send_body(PUBLIC, Request::post("/a%20b?c=d"), "hello")
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.starts_with("POST /a%20b?c=d\n"), "{}", answer.body);
    assert!(answer.body.contains("body: hello\n"));
    let mut h2 = house.h2(PUBLIC).await;
    let uri = format!("https://{}/two", house.at(PUBLIC));
    let answer = Answer::of(
        h2.send_request(Request::get(uri).body(Full::default()).unwrap())
            .await
            .unwrap(),
    )
    .await;
    assert!(answer.body.starts_with("GET /two\n"));
    assert_eq!(answer.saw("host"), [house.at(PUBLIC)]);
}

#[tokio::test]
async fn the_app_learns_who_asked_and_nothing_forged() {
    let house = House::start();
    let request = Request::get("/")
        .header("x-forwarded-for", "6.6.6.6")
        .header("x_forwarded_host", "evil")
        .header("x-forwarded-user", "root")
        .header("forwarded", "for=6.6.6.6")
        .header("x-real-ip", "6.6.6.6")
        .header("proxy", "http://evil")
        .header("connection", "x-forwarded-proto, x-secret, host")
        .header("x-secret", "hop")
        .header("te", "gzip")
        .header("keep-alive", "timeout=5");
    let answer = house.send(PUBLIC, request).await;
    let host = house.at(PUBLIC);
    assert_eq!(answer.saw("host"), [host.as_str()]);
    assert_eq!(answer.saw("x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(answer.saw("x-real-ip"), ["127.0.0.1"]);
    assert_eq!(answer.saw("x-forwarded-proto"), ["https"]);
    assert_eq!(answer.saw("x-forwarded-host"), [host.as_str()]);
    // No host in it: quoted, as it would have to be, some servers do not know it again.
    assert_eq!(answer.saw("forwarded"), ["for=127.0.0.1;proto=https"]);
    for gone in [
        "x_forwarded_host",
        "x-forwarded-user",
        "proxy",
        "x-secret",
        "te",
        "keep-alive",
        "connection",
    ] {
        assert!(
            answer.saw(gone).is_empty(),
            "{gone} reached the app: {}",
            answer.body
        );
    }
}

#[tokio::test]
async fn tokens_and_cookies_of_ours_never_reach_an_app() {
    let house = House::start();
    let request = Request::get("/")
        .header("authorization", format!("bearer  {TOKEN}"))
        .header(
            "cookie",
            "a=1; __Host-toft=alice-session-value; b=2; __HOST-TOFT-state=x",
        );
    let answer = house.send(PRIVATE, request).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.saw("authorization").is_empty());
    assert_eq!(answer.saw("cookie"), ["a=1; b=2"]);
    assert!(!answer.body.contains("alice") || !answer.body.contains("session-value"));
    let request = House::signed_in("GET", "/").header("authorization", "Basic YWJj");
    let answer = house.send(PRIVATE, request).await;
    assert_eq!(answer.saw("authorization"), ["Basic YWJj"]);
    assert!(answer.saw("cookie").is_empty());
}

#[tokio::test]
async fn bodies_stream_both_ways_without_waiting_for_their_end() {
    let house = House::start();
    for alpn in ["http/1.1", "h2"] {
        let io = TokioIo::new(house.tls(PUBLIC, &[alpn]).await);
        let (sender, parts) = mpsc::unbounded_channel::<&'static str>();
        let frames = futures_util::stream::unfold(parts, async |mut parts| {
            let part = parts.recv().await?;
            Some((
                Ok::<_, std::convert::Infallible>(Frame::data(Bytes::from(part))),
                parts,
            ))
        });
        let body = StreamBody::new(Box::pin(frames));
        let uri = format!("https://{}/echo", house.at(PUBLIC));
        let response = if alpn == "h2" {
            let exec = TokioExecutor::new();
            let (mut client, connection) = hyper::client::conn::http2::handshake(exec, io).await.unwrap();
            tokio::spawn(connection);
            client
                .send_request(Request::post(uri).body(body).unwrap())
                .await
                .unwrap()
        } else {
            let (mut client, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
            tokio::spawn(connection);
            let request = Request::post("/echo")
                .header("host", house.at(PUBLIC))
                .body(body)
                .unwrap();
            client.send_request(request).await.unwrap()
        };
        let mut back = response.into_body().into_data_stream();
        for part in ["first", "second", "third"] {
            sender.send(part).unwrap();
            assert_eq!(back.next().await.unwrap().unwrap(), part, "{alpn}");
        }
        drop(sender);
        // HTTP/2 may end a body with an empty frame.
        let rest: Vec<Bytes> = back.map(Result::unwrap).collect().await;
        assert!(rest.concat().is_empty(), "{alpn}");
    }
}

#[tokio::test]
async fn connections_to_apps_are_used_again_until_the_workspace_stops() {
    let house = House::start();
    for _ in 0..5 {
        assert_eq!(house.send(PUBLIC, Request::get("/")).await.status, StatusCode::OK);
    }
    assert_eq!(house.world.connects.load(Ordering::SeqCst), 1);
    house.gateway().evict("alice/lab");
    house.send(PUBLIC, Request::get("/")).await;
    assert_eq!(house.world.connects.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_connection_that_the_app_closed_meanwhile_costs_nobody_an_error() {
    let house = House::start();
    *house.world.state.lock().unwrap() = State::HangsUp;
    for _ in 0..6 {
        let answer = house.send(PUBLIC, Request::get("/")).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "one"));
    }
    assert!(house.world.connects.load(Ordering::SeqCst) > 1);
}

#[tokio::test]
async fn head_and_empty_responses_have_no_body() {
    let house = House::start();
    let answer = house.send(PUBLIC, Request::head("/")).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""));
    assert_ne!(answer.header("content-length"), "");
    let answer = house
        .send(PUBLIC, Request::get("/").header("x-reply", "status: 304"))
        .await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::NOT_MODIFIED, "")
    );
    let raw = format!("GET / HTTP/1.0\r\nHost: {}\r\n\r\n", house.at(PUBLIC));
    assert!(house.raw(PUBLIC, &raw).await.starts_with("HTTP/1.0 200 OK"));
}

#[tokio::test]
async fn expect_continue_is_answered_by_the_gateway() {
    let house = House::start();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {}\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
        house.at(PUBLIC)
    );
    let back = house.raw(PUBLIC, &head).await;
    assert!(
        back.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"),
        "{back}"
    );
    assert!(back.contains("body: hi") && !back.contains("expect:"));
}

#[tokio::test]
async fn visitors_are_told_what_is_wrong() {
    let house = House::start();
    let cases = [
        (State::Stopped, 503, "stopped"),
        (State::Silent, 502, "nothing listens on port 8080"),
    ];
    for (state, status, words) in cases {
        *house.world.state.lock().unwrap() = state;
        let answer = house
            .send(PUBLIC, Request::get("/").header("accept", "text/html"))
            .await;
        assert_eq!(answer.status, status);
        assert!(
            answer.body.contains(words) && answer.body.contains("<h1>"),
            "{}",
            answer.body
        );
        assert!(
            answer
                .header("content-security-policy")
                .starts_with("default-src 'none'")
        );
        assert!(!answer.body.contains("<script"));
        let answer = house
            .send(PUBLIC, Request::get("/").header("accept", "application/json"))
            .await;
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert!(answer.body.contains(words) && answer.body.starts_with('{'));
    }
}

#[tokio::test]
async fn strangers_names_lead_nowhere() {
    let house = House::start();
    for host in [
        "evil.example",
        "a.b.toft.localhost",
        "nothing.toft.localhost",
        "web--lab.toft.localhost",
    ] {
        let request = Request::get("/")
            .header("host", host)
            .body(Full::default())
            .unwrap();
        let answer = house.exchange(house.address, "toft.localhost", request).await;
        assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
    }
    assert_eq!(house.world.ui_calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn unencrypted_http_is_sent_to_https() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let house = House::start();
    for (request, status, words) in [
        (
            format!("GET /x?y HTTP/1.1\r\nHost: {}\r\n\r\n", house.at(DOMAIN)),
            "307",
            "/x?y",
        ),
        (
            "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned(),
            "400",
            "HTTPS",
        ),
        (
            format!("POST / HTTP/1.1\r\nHost: {}\r\n\r\n", house.at(DOMAIN)),
            "400",
            "HTTPS",
        ),
    ] {
        let mut stream = tokio::net::TcpStream::connect(house.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut back = String::new();
        stream.read_to_string(&mut back).await.unwrap();
        assert!(
            back.starts_with(&format!("HTTP/1.1 {status}")) && back.contains(words),
            "{back}"
        );
    }
}

//! Requests that mean one thing to the gateway and another to the app, if they get through.

use crate::house::{House, PRIVATE, PUBLIC};

/// How many requests the other end answered.
fn answers(back: &str) -> usize {
    back.matches("HTTP/1.1 ").count()
}

#[tokio::test]
async fn two_lengths_make_one_request_and_the_rest_is_not_read() {
    let house = House::start();
    let host = house.at(PUBLIC);
    // Framed by its chunks; what the length would leave over is neither app's nor gateway's.
    for fields in [
        "Content-Length: 6\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 6",
    ] {
        let raw = format!(
            "POST /one HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n\r\n0\r\n\r\n\
             GET /smuggled HTTP/1.1\r\nHost: {host}\r\n\r\n"
        );
        let back = house.raw(PUBLIC, &raw).await;
        assert_eq!(answers(&back), 1, "{back}");
        assert!(back.contains("POST /one") && !back.contains("smuggled"), "{back}");
        assert!(back.contains("connection: close"), "{back}");
        assert!(!back.contains("content-length: 6"), "{back}");
    }
}

#[tokio::test]
async fn ambiguous_heads_are_refused() {
    let house = House::start();
    let host = house.at(PUBLIC);
    for fields in [
        format!("Host: {host}\r\nContent-Length: 5\r\nContent-Length: 6"),
        format!("Host: {host}\r\nContent-Length: 5, 6"),
        format!("Host: {host}\r\nContent-Length: +5"),
        format!("Host: {host}\r\nTransfer-Encoding: chunked, identity"),
        format!("Host: {host}\r\nTransfer-Encoding: xchunked"),
        format!("Host: {host}\r\nTransfer-Encoding : chunked"),
        format!("Host: {host}\r\n Transfer-Encoding: chunked"),
        format!("Host: {host}\r\nX: a\r\n b\r\n"),
        format!("Host: {host}\r\nX: a\0b"),
        format!("Host: {host}\r\nHost: {}", house.at(PRIVATE)),
        format!("Host: {host} {}", house.at(PRIVATE)),
        format!("Host: {host}@evil.example"),
        "X: no-host".to_owned(),
    ] {
        let back = house
            .raw(
                PUBLIC,
                &format!("POST / HTTP/1.1\r\n{fields}\r\nConnection: close\r\n\r\nhello!"),
            )
            .await;
        let refused = back.starts_with("HTTP/1.1 400") || back.starts_with("HTTP/1.1 421");
        assert!(refused, "{fields:?} got {back:?}");
    }
    assert_eq!(house.world.connects.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test]
async fn the_request_line_and_the_host_must_agree() {
    let house = House::start();
    let (host, other) = (house.at(PUBLIC), house.at(PRIVATE));
    let raw = format!("GET https://{other}/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    assert!(house.raw(PUBLIC, &raw).await.starts_with("HTTP/1.1 400"));
    let raw = format!("GET https://{host}/abs HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let back = house.raw(PUBLIC, &raw).await;
    assert!(
        back.starts_with("HTTP/1.1 200") && back.contains("GET /abs\n"),
        "{back}"
    );
    let raw = format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    assert!(house.raw(PUBLIC, &raw).await.starts_with("HTTP/1.1 405"));
}

#[tokio::test]
async fn no_other_protocol_is_switched_to() {
    let house = House::start();
    let raw = format!(
        "GET / HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\n\
         HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
        house.at(PUBLIC)
    );
    let back = house.raw(PUBLIC, &raw).await;
    assert!(back.starts_with("HTTP/1.1 200"), "{back}");
    assert!(
        !back.contains("\nupgrade: h2c") && !back.contains("http2-settings"),
        "{back}"
    );
    let raw = format!(
        "GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nX-Reply: status: 101\r\n\r\n",
        house.at(PUBLIC)
    );
    let back = house.raw(PUBLIC, &raw).await;
    assert!(back.starts_with("HTTP/1.1 502"), "{back}");
}

#[tokio::test]
async fn pipelined_requests_are_each_judged_on_their_own() {
    let house = House::start();
    let raw = format!(
        "GET /public HTTP/1.1\r\nHost: {}\r\n\r\nGET /private HTTP/1.1\r\nHost: {}\r\n\
         Accept: application/json\r\nConnection: close\r\n\r\n",
        house.at(PUBLIC),
        house.at(PRIVATE)
    );
    let back = house.raw(PUBLIC, &raw).await;
    assert_eq!(answers(&back), 2, "{back}");
    assert!(
        back.contains("GET /public") && back.contains("HTTP/1.1 401"),
        "{back}"
    );
}

#[tokio::test]
async fn http2_must_not_name_two_hosts() {
    let house = House::start();
    let mut h2 = house.h2(PUBLIC).await;
    let request = http::Request::get(format!("https://{}/", house.at(PUBLIC)))
        .header("host", house.at(PRIVATE))
        .body(http_body_util::Full::default())
        .unwrap();
    assert_eq!(h2.send_request(request).await.unwrap().status(), 400);
}

#[tokio::test]
async fn a_connection_to_apps_does_not_serve_the_ui() {
    let house = House::start();
    let raw = format!(
        "GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        house.at("toft.localhost")
    );
    assert!(house.raw(PUBLIC, &raw).await.starts_with("HTTP/1.1 421"));
    let raw = format!(
        "GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        house.at(PUBLIC)
    );
    assert!(
        house
            .raw("toft.localhost", &raw)
            .await
            .starts_with("HTTP/1.1 421")
    );
}

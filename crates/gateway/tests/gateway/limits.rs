//! Slow, greedy and half-present clients.

use std::time::Duration;

use http::{Request, StatusCode};
use http_body_util::Full;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::house::{DOMAIN, House, PUBLIC};

#[tokio::test]
async fn a_head_that_does_not_end_is_dropped() {
    let house = House::with(|config| config.limits.header_timeout = Duration::from_millis(50));
    let mut stream = house.tls(PUBLIC, &["http/1.1"]).await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a").await.unwrap();
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn a_body_that_does_not_end_is_given_up() {
    let house = House::with(|config| config.limits.body_idle = Duration::from_millis(50));
    let raw = format!(
        "POST / HTTP/1.1\r\nHost: {}\r\nContent-Length: 10\r\n\r\nhalf",
        house.at(PUBLIC)
    );
    let back = house.raw(PUBLIC, &raw).await;
    assert!(!back.starts_with("HTTP/1.1 200"), "{back}");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_given_up() {
    let house = House::with(|config| config.limits.body_idle = Duration::from_millis(50));
    let mut stream = house.tls(PUBLIC, &["http/1.1"]).await;
    let (size, head) = (64 << 20, "POST /echo HTTP/1.1\r\nHost: ");
    stream
        .write_all(format!("{head}{}\r\nContent-Length: {size}\r\n\r\n", house.at(PUBLIC)).as_bytes())
        .await
        .unwrap();
    // Writes until every buffer between here and the app is full, and never reads.
    let chunk = vec![b'x'; 1 << 20];
    let mut written = 0;
    while written < size && stream.write_all(&chunk).await.is_ok() {
        written += chunk.len();
    }
    assert!(
        written < size,
        "the gateway swallowed {written} bytes for a client that does not read"
    );
}

#[tokio::test]
async fn heads_have_their_bounds_on_both_protocols() {
    let house = House::start();
    let huge = "x".repeat(80 * 1024);
    let raw = format!(
        "GET / HTTP/1.1\r\nHost: {}\r\nX: {huge}\r\n\r\n",
        house.at(PUBLIC)
    );
    assert!(house.raw(PUBLIC, &raw).await.starts_with("HTTP/1.1 431"));
    let many: String = (0..150)
        .flat_map(|n| ["x".to_owned(), n.to_string(), ": y\r\n".to_owned()])
        .collect();
    let raw = format!(
        "GET / HTTP/1.1\r\nHost: {}\r\n{many}Connection: close\r\n\r\n",
        house.at(PUBLIC)
    );
    assert!(house.raw(PUBLIC, &raw).await.starts_with("HTTP/1.1 431"));
    let mut h2 = house.h2(PUBLIC).await;
    let mut request = Request::get(format!("https://{}/", house.at(PUBLIC)));
    for n in 0..150 {
        request = request.header(format!("x{n}"), "y");
    }
    let response = h2
        .send_request(request.body(Full::default()).unwrap())
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
}

#[tokio::test]
async fn half_open_connections_keep_nobody_out() {
    let house = House::with(|config| {
        config.limits.handshakes = 8;
        config.limits.connections = 40;
        // Nothing but making room may end them here.
        config.limits.handshake_timeout = Duration::from_hours(1);
    });
    let mut half_open = Vec::new();
    for n in 0..100 {
        let mut stream = TcpStream::connect(house.address).await.unwrap();
        if n % 2 == 0 {
            stream.write_all(&[0x16, 0x03, 0x01]).await.unwrap();
        }
        half_open.push(stream);
    }
    let answer = house.send(DOMAIN, Request::get("/")).await;
    assert_eq!(answer.status, StatusCode::OK);
    // The oldest went.
    assert_eq!(half_open[0].read(&mut [0; 1]).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn a_handshake_has_its_time() {
    let house = House::with(|config| config.limits.handshake_timeout = Duration::from_millis(50));
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    stream.write_all(&[0x16]).await.unwrap();
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn idle_connections_end_and_their_places_are_free_again() {
    let house = House::with(|config| {
        config.limits.connections = 4;
        config.limits.keep_alive = Duration::from_millis(100);
    });
    let mut open = Vec::new();
    for _ in 0..4 {
        open.push(house.tls(PUBLIC, &["http/1.1"]).await);
    }
    for mut stream in open {
        assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0);
    }
    while house.gateway().open_connections() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(house.send(DOMAIN, Request::get("/")).await.status, StatusCode::OK);
}

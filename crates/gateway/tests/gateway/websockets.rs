//! `WebSocket`s through the gateway.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http::{Request, StatusCode};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::house::{House, PRIVATE, PUBLIC, SESSION, TOKEN};

type Socket = WebSocketStream<TlsStream<TcpStream>>;

async fn open(house: &House, host: &str, fields: &[(&str, &str)]) -> Result<Socket, StatusCode> {
    let stream = house.tls(host, &["http/1.1"]).await;
    let mut request = Request::get(format!("wss://{}/ws", house.at(host)))
        .header("host", house.at(host))
        .header("connection", "keep-alive, Upgrade")
        .header("upgrade", "WebSocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", generate_key());
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    match tokio_tungstenite::client_async(request.body(()).unwrap(), stream).await {
        Ok((socket, response)) => {
            assert!(
                !response.headers().contains_key("set-cookie"),
                "a cookie of ours came from an app"
            );
            Ok(socket)
        }
        Err(Error::Http(response)) => Err(response.status()),
        Err(error) => panic!("{error}"),
    }
}

async fn echoes(socket: &mut Socket, text: &str) {
    socket.send(Message::text(text)).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text(text));
}

#[tokio::test]
async fn messages_pass_both_ways() {
    let house = House::start();
    let mut socket = open(&house, PUBLIC, &[]).await.unwrap();
    echoes(&mut socket, "hello").await;
    let big = "x".repeat(3 << 20);
    echoes(&mut socket, &big).await;
    socket.close(None).await.unwrap();
}

#[tokio::test]
async fn a_cookie_needs_exactly_the_hosts_own_origin() {
    let house = House::start();
    let cookie = format!("__Host-toft={SESSION}");
    let own = format!("https://{}", house.at(PRIVATE));
    let refused = [
        None,
        Some(format!("https://{}", house.at(PUBLIC))),
        Some(format!("https://{}", house.at("toft.localhost"))),
        Some(format!("http://{}", house.at(PRIVATE))),
        Some(format!("https://{PRIVATE}")),
        Some(format!("{own}.evil.example")),
        Some("null".to_owned()),
    ];
    for origin in refused {
        let mut fields = vec![("cookie", cookie.as_str())];
        fields.extend(origin.as_deref().map(|origin| ("origin", origin)));
        assert_eq!(
            open(&house, PRIVATE, &fields).await.err(),
            Some(StatusCode::FORBIDDEN),
            "{origin:?}"
        );
    }
    assert_eq!(house.world.connects.load(Ordering::SeqCst), 0);
    let mut socket = open(&house, PRIVATE, &[("cookie", &cookie), ("origin", &own)])
        .await
        .unwrap();
    echoes(&mut socket, "mine").await;
}

#[tokio::test]
async fn a_token_needs_no_origin_and_nobody_gets_in_without() {
    let house = House::start();
    let bearer = format!("Bearer {TOKEN}");
    let mut socket = open(&house, PRIVATE, &[("authorization", &bearer)])
        .await
        .unwrap();
    echoes(&mut socket, "token").await;
    assert_eq!(
        open(&house, PRIVATE, &[]).await.err(),
        Some(StatusCode::UNAUTHORIZED)
    );
    let wrong = open(&house, PRIVATE, &[("authorization", "Bearer toft_wrong")]).await;
    assert_eq!(wrong.err(), Some(StatusCode::UNAUTHORIZED));
}

#[tokio::test]
async fn quiet_ones_outlive_every_time_out() {
    let house = House::with(|config| {
        config.limits.keep_alive = Duration::from_millis(30);
        config.limits.header_timeout = Duration::from_millis(30);
        config.limits.body_idle = Duration::from_millis(30);
        config.limits.response_timeout = Duration::from_secs(30);
    });
    let mut socket = open(&house, PUBLIC, &[]).await.unwrap();
    // An idle connection that was opened later is cut by those same time-outs …
    let mut idle = house.tls(PUBLIC, &["http/1.1"]).await;
    let closed = tokio::io::AsyncReadExt::read(&mut idle, &mut [0; 1]).await;
    assert_eq!(closed.unwrap_or(0), 0);
    // … and the WebSocket is not.
    echoes(&mut socket, "still here").await;
}

#[tokio::test]
async fn a_shutdown_lets_them_finish() {
    let mut house = House::start();
    let mut socket = open(&house, PUBLIC, &[]).await.unwrap();
    echoes(&mut socket, "before").await;
    let gateway = house.gateway.take().unwrap();
    let stopping = tokio::spawn(gateway.shutdown(Duration::from_mins(1)));
    echoes(&mut socket, "during").await;
    socket.close(None).await.unwrap();
    while socket.next().await.is_some() {}
    drop(socket);
    assert_eq!(stopping.await.unwrap().cut, 0);
}

#[tokio::test]
async fn a_shutdown_cuts_them_at_its_deadline() {
    let mut house = House::start();
    let mut socket = open(&house, PUBLIC, &[]).await.unwrap();
    echoes(&mut socket, "before").await;
    let drained = house
        .gateway
        .take()
        .unwrap()
        .shutdown(Duration::from_millis(10))
        .await;
    assert_eq!(drained.cut, 1);
    assert!(!matches!(socket.next().await, Some(Ok(_))));
}

#[tokio::test]
async fn an_open_one_ends_with_the_right_to_it() {
    let house = House::start();
    let (cookie, own) = (
        format!("__Host-toft={SESSION}"),
        format!("https://{}", house.at(PRIVATE)),
    );
    let mut socket = open(&house, PRIVATE, &[("cookie", &cookie), ("origin", &own)])
        .await
        .unwrap();
    let mut public = open(&house, PUBLIC, &[]).await.unwrap();
    echoes(&mut socket, "mine").await;
    // Somebody else's right that ends leaves it alone.
    house.world.sessions.lock().unwrap().remove("mallory-session");
    house.world.changes.send_modify(|count| *count += 1);
    echoes(&mut socket, "still mine").await;
    house.revoke_all();
    assert!(!matches!(socket.next().await, Some(Ok(_))));
    echoes(&mut public, "everybody's").await;
}

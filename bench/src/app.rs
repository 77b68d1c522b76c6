//! The app behind everything that is measured over HTTP: a small page, and WebSockets that send or
//! echo. The program `toft-bench-app` serves it inside a workspace and, for the peers, on the host.

use std::convert::Infallible;
use std::io;
use std::net::Ipv4Addr;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{
    CONNECTION, CONTENT_TYPE, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The page.
pub const PAGE: &[u8] = b"Hello from inside.\n";
/// Octets in one message of the bulk WebSocket.
pub const MESSAGE: usize = 64 << 10;
/// Its port inside a workspace.
pub const PORT: u16 = 8000;

/// Serves until it is ended.
pub async fn serve(listener: TcpListener) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = service_fn(async |request| Ok::<_, Infallible>(answer(request)));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        // A connection that breaks is told by its other end.
        tokio::spawn(connection.with_upgrades());
    }
}

/// Listens on every address.
pub async fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await
}

/// A WebSocket at `?N` sends N messages; everything else is the page.
fn answer(mut request: Request<Incoming>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(Bytes::from_static(PAGE)));
    let accept = request
        .headers()
        .get(SEC_WEBSOCKET_KEY)
        .and_then(|key| HeaderValue::from_str(&derive_accept_key(key.as_bytes())).ok());
    let headers = response.headers_mut();
    let Some(accept) = accept else {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        return response;
    };
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    *response.body_mut() = Full::default();
    let count = request.uri().query().and_then(|count| count.parse().ok());
    let upgrade = hyper::upgrade::on(&mut request);
    // A client that goes away early has its reasons.
    tokio::spawn(async move { pour(upgrade, count.unwrap_or(0)).await.ok() });
    response
}

async fn pour(upgrade: OnUpgrade, count: u64) -> io::Result<()> {
    let upgraded = upgrade.await.map_err(io::Error::other)?;
    let mut stream: TokioIo<Upgraded> = TokioIo::new(upgraded);
    // The last fragment of a binary message, its length in eight octets; servers do not mask.
    let mut message = vec![0x82, 127];
    message.extend_from_slice(&(MESSAGE as u64).to_be_bytes());
    message.resize(message.len() + MESSAGE, b'x');
    for _ in 0..count {
        stream.write_all(&message).await?;
    }
    // A close, for a normal end.
    stream.write_all(&[0x88, 2, 0x03, 0xe8]).await?;
    stream.flush().await?;
    // Until the client has closed as well.
    while stream.read(&mut [0; 512]).await? > 0 {}
    Ok(())
}

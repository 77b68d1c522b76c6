//! A WebSocket to the router, over a real connection.

use axum::Router;
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::{Client, within};

pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Socket {
    /// Connects, or says with which status it was refused.
    pub async fn open(client: &Client, path: &str) -> Result<Self, u16> {
        Self::with(
            client,
            path,
            &[("authorization", &format!("Bearer {}", client.token()))],
        )
        .await
    }

    pub async fn with(client: &Client, path: &str, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router: Router = client.router.clone();
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let stream = TcpStream::connect(address).await.unwrap();
        match within(client_async(request, stream)).await {
            Ok((stream, _)) => Ok(Self { stream, server }),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    pub async fn json(&mut self, message: &Value) {
        self.stream
            .send(Message::Text(message.to_string().into()))
            .await
            .unwrap();
    }

    pub async fn bytes(&mut self, bytes: &[u8]) {
        self.stream
            .send(Message::Binary(bytes.to_vec().into()))
            .await
            .unwrap();
    }

    /// The next frame that is no ping.
    pub async fn next(&mut self) -> Message {
        loop {
            match within(self.stream.next()).await.unwrap().unwrap() {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return message,
            }
        }
    }

    /// The next text, which must come before any bytes.
    pub async fn text(&mut self) -> Value {
        match self.next().await {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// Reads binary frames until their content, as `keep` cuts it, holds `wanted`.
    pub async fn read_until(&mut self, wanted: &str) -> String {
        let mut seen = String::new();
        while !seen.contains(wanted) {
            match self.next().await {
                Message::Binary(bytes) => seen.push_str(&String::from_utf8_lossy(&bytes)),
                Message::Text(_) => {}
                other => panic!("{other:?} after {seen:?}"),
            }
        }
        seen
    }

    /// The close code at the end, and the last text before it.
    pub async fn end(mut self) -> (u16, Value) {
        let mut last = Value::Null;
        loop {
            match self.next().await {
                Message::Text(text) => last = serde_json::from_str(&text).unwrap(),
                Message::Close(Some(frame)) => return (frame.code.into(), last),
                Message::Binary(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

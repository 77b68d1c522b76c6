//! Answers that go on: lines of a watch or a log, and WebSockets.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error as SocketError, http as socket_http};

use super::connect::Wire;
use super::{Api, refusal};
use crate::failure::{Context, Failure, Outcome};

/// Longest line of a watch.
const LINE_LIMIT: usize = 4 << 20;

/// A WebSocket to the daemon.
pub type Socket = WebSocketStream<Box<dyn Wire>>;

/// The lines of an answer, as they come.
#[derive(Debug)]
pub struct Lines {
    body: Incoming,
    buffer: BytesMut,
}

// === impl Lines ===

impl Lines {
    /// The next line without its end; nothing at the end of the answer. May be cancelled.
    ///
    /// # Errors
    /// The answer breaks off, or a line is too long.
    pub async fn next(&mut self) -> Outcome<Option<Bytes>> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let mut line = self.buffer.split_to(end + 1);
                line.truncate(end);
                return Ok(Some(line.freeze()));
            }
            if self.buffer.len() > LINE_LIMIT {
                return Err(Failure::new("the daemon sent a line that is too long"));
            }
            let Some(frame) = self.body.frame().await else {
                return Ok((!self.buffer.is_empty()).then(|| self.buffer.split().freeze()));
            };
            let frame = frame.context(|| "read the answer".to_owned());
            if let Ok(data) = frame.map_err(Failure::unanswered)?.into_data() {
                self.buffer.extend_from_slice(&data);
            }
        }
    }
}

// === impl Api ===

impl Api {
    /// The lines of what `path` answers.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn lines(&self, path: &str) -> Outcome<Lines> {
        let answer = self
            .call(http::Method::GET, path, "*/*", "", Bytes::new())
            .await?;
        Ok(Lines {
            body: answer.into_body(),
            buffer: BytesMut::new(),
        })
    }

    /// The next event of a watch as `(type, object)`; nothing when it ended.
    ///
    /// # Errors
    /// The watch breaks off or ends with an error.
    pub async fn next_event(lines: &mut Lines) -> Outcome<Option<(String, Value)>> {
        // Empty lines only show that the connection lives.
        let line = loop {
            match lines.next().await? {
                None => return Ok(None),
                Some(line) if line.is_empty() => {}
                Some(line) => break line,
            }
        };
        let mut event: Value = serde_json::from_slice(&line).context(|| "understand the watch".to_owned())?;
        let object = event["object"].take();
        let kind = event["type"].as_str().unwrap_or_default().to_owned();
        if kind == "ERROR" {
            return Err(Failure::new(
                object["message"]
                    .as_str()
                    .unwrap_or("the watch ended with an error")
                    .to_owned(),
            ));
        }
        Ok(Some((kind, object)))
    }

    /// Opens a WebSocket at `path`.
    ///
    /// # Errors
    /// There is no way to the daemon, or it refuses.
    pub async fn socket(&self, path: &str) -> Outcome<Socket> {
        let scheme = "wss";
        let url = format!("{scheme}://{}{path}", self.endpoint.authority());
        let mut request = url
            .into_client_request()
            .context(|| format!("make a request of '{path}'"))?;
        if let Some(token) = &self.token {
            let value = socket_http::HeaderValue::from_str(&format!("Bearer {token}"));
            request
                .headers_mut()
                .insert("authorization", value.context(|| "send the token".to_owned())?);
        }
        let stream = self.endpoint.open().await?;
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((socket, _)) => Ok(socket),
            Err(SocketError::Http(answer)) => {
                let status = answer.status();
                Err(refusal(status, answer.into_body().unwrap_or_default().as_slice()))
            }
            Err(error) => {
                Err(Failure::new(format!("failed to talk to {}: {error}", self.endpoint)).unanswered())
            }
        }
    }
}

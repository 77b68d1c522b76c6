//! A terminal in a workspace by the daemon's local socket, without TLS and sign-in.

use std::time::Duration;

use tokio::net::UnixStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};

use futures_util::{SinkExt, StreamExt};

use crate::failure::{Context, Failure};
use crate::toft::Toft;

/// How long output may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// An open terminal. The shell in it stays when this is dropped.
#[derive(Debug)]
pub struct Terminal(WebSocketStream<UnixStream>);

// === impl Terminal ===

impl Terminal {
    /// Opens a new one in a workspace of the first admin.
    pub async fn open(toft: &Toft, name: &str) -> Result<Self, Failure> {
        let stream = UnixStream::connect(toft.data().join("toft.sock")).await;
        let stream = stream.context(|| "reach the daemon".to_owned())?;
        let path =
            format!("/apis/toft.dev/v1alpha1/namespaces/admin/workspaces/{name}/terminal?cols=80&rows=24");
        let opened = tokio_tungstenite::client_async(format!("ws://localhost{path}"), stream).await;
        opened
            .map(|(socket, _)| Self(socket))
            .context(|| format!("open a terminal in {name}"))
    }

    /// Types this, and reads until the output has held `wanted`.
    pub async fn until(&mut self, typed: &str, wanted: &str) -> Result<(), Failure> {
        let sent = self.0.send(Message::Binary(typed.to_owned().into())).await;
        sent.context(|| "type into a terminal".to_owned())?;
        let read = timeout(PATIENCE, self.read_until(wanted.as_bytes())).await;
        read.context(|| format!("see '{wanted}' in a terminal"))?
            .context(|| "read a terminal".to_owned())
    }

    async fn read_until(&mut self, wanted: &[u8]) -> Result<(), Error> {
        let mut tail: Vec<u8> = Vec::new();
        while let Some(message) = self.0.next().await {
            let Message::Binary(bytes) = message? else {
                continue;
            };
            tail.extend_from_slice(&bytes);
            if tail.windows(wanted.len()).any(|part| part == wanted) {
                return Ok(());
            }
            let kept = tail.len().saturating_sub(wanted.len());
            tail.drain(..kept);
        }
        Err(Error::ConnectionClosed)
    }
}

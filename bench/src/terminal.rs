//! Terminals in a browser, as Toft and ttyd speak them: over WebSockets, output and input in binary
//! messages; and a pseudo-terminal with nothing in between.

use std::fs::File;
use std::io::{Read, Write};
use std::process::Stdio;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use hyper::header::{HeaderName, HeaderValue, ORIGIN};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::client::{Aim, Client, Secure};
use crate::failure::{Context, Failure};

/// ttyd puts this before output and before input.
const TTYD_BYTES: u8 = b'0';

/// A WebSocket on which the other end has agreed to speak.
pub type Socket = WebSocketStream<Secure>;

/// Whose protocol it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speech {
    Toft,
    Ttyd,
}

/// A terminal in a browser.
#[derive(Debug)]
pub struct Terminal {
    socket: Socket,
    speech: Speech,
    seen: Vec<u8>,
}

/// A program on a pseudo-terminal of this process.
#[derive(Debug)]
pub struct Bare {
    pty: File,
    child: std::process::Child,
}

/// Opens a WebSocket, as the page on that host does.
pub async fn open(
    client: &Client,
    aim: &Aim,
    path: &str,
    protocol: Option<&'static str>,
) -> Result<Socket, Failure> {
    let doing = || format!("open a WebSocket to {} at {}{path}", aim.name, aim.authority());
    let url = format!("wss://{}{path}", aim.authority());
    let mut request = url.into_client_request().context(doing)?;
    let headers = request.headers_mut();
    let origin = format!("https://{}", aim.authority());
    headers.insert(ORIGIN, HeaderValue::from_str(&origin).context(doing)?);
    if !aim.cookie.is_empty() {
        let cookie = HeaderValue::from_str(&aim.cookie).context(doing)?;
        headers.insert(hyper::header::COOKIE, cookie);
    }
    if let Some(protocol) = protocol {
        let name = HeaderName::from_static("sec-websocket-protocol");
        headers.insert(name, HeaderValue::from_static(protocol));
    }
    let stream = client.connect(aim).await?;
    let opened = tokio_tungstenite::client_async(request, stream).await;
    Ok(opened.context(doing)?.0)
}

// === impl Terminal ===

impl Terminal {
    /// A new one in a workspace of the first user's.
    pub async fn toft(client: &Client, aim: &Aim, workspace: &str) -> Result<Self, Failure> {
        let path = format!(
            "/apis/toft.dev/v1alpha1/namespaces/admin/workspaces/{workspace}/terminal?cols=80&rows=24"
        );
        let socket = open(client, aim, &path, None).await?;
        Ok(Self {
            socket,
            speech: Speech::Toft,
            seen: Vec::new(),
        })
    }

    /// A new one of ttyd's.
    pub async fn ttyd(client: &Client, aim: &Aim) -> Result<Self, Failure> {
        let socket = open(client, aim, "/ws", Some("tty")).await?;
        let mut terminal = Self {
            socket,
            speech: Speech::Ttyd,
            seen: Vec::new(),
        };
        let hello = r#"{"AuthToken":"","columns":80,"rows":24}"#;
        terminal.send(Bytes::from_static(hello.as_bytes())).await?;
        Ok(terminal)
    }

    /// Types.
    pub async fn type_in(&mut self, keys: &[u8]) -> Result<(), Failure> {
        let message = match self.speech {
            Speech::Toft => Bytes::copy_from_slice(keys),
            Speech::Ttyd => [&[TTYD_BYTES], keys].concat().into(),
        };
        self.send(message).await
    }

    /// The next output. Fails if some was left out.
    pub async fn read(&mut self) -> Result<Bytes, Failure> {
        loop {
            let message = self.socket.next().await;
            let message = message.ok_or_else(|| Failure::new("the terminal ended"))?;
            match message.context(|| "read from the terminal".to_owned())? {
                Message::Binary(bytes) if self.speech == Speech::Toft => return Ok(bytes),
                Message::Binary(bytes) if bytes.first() == Some(&TTYD_BYTES) => return Ok(bytes.slice(1..)),
                Message::Text(text) if text.contains("\"reset\":true") => {
                    return Err(Failure::new("output was left out: the client did not keep up"));
                }
                Message::Close(why) => return Err(Failure::new(format!("the terminal was closed: {why:?}"))),
                _ => {}
            }
        }
    }

    /// Reads until `text` has come, and says how many octets that were.
    pub async fn until(&mut self, text: &str) -> Result<usize, Failure> {
        self.seen.clear();
        let mut count = 0;
        loop {
            let bytes = self.read().await?;
            count += bytes.len();
            // It may come in pieces.
            let keep = self.seen.len().min(text.len());
            self.seen.drain(..self.seen.len() - keep);
            self.seen.extend_from_slice(&bytes);
            if contains(&self.seen, text.as_bytes()) {
                return Ok(count);
            }
        }
    }

    /// Starts a program that leaves what is typed to the kernel's echo.
    pub async fn echoing(&mut self) -> Result<(), Failure> {
        // The shell has given the terminal back to the kernel by the time the word comes, which is
        // not in the line itself.
        self.type_in(b"echo rea''dy; exec cat\n").await?;
        self.until("ready\r\n").await.map(drop)
    }

    async fn send(&mut self, bytes: Bytes) -> Result<(), Failure> {
        let sent = self.socket.send(Message::Binary(bytes)).await;
        sent.context(|| "write to the terminal".to_owned())
    }
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

// === impl Bare ===

impl Bare {
    /// A program that leaves what is typed to the kernel's echo.
    pub fn echoing() -> Result<Self, Failure> {
        let doing = || "open a pseudo-terminal".to_owned();
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let pty = openpt(flags).context(doing)?;
        grantpt(&pty).context(doing)?;
        unlockpt(&pty).context(doing)?;
        let end = File::from(ioctl_tiocgptpeer(&pty, flags).context(doing)?);
        let (input, output) = (end.try_clone().context(doing)?, end);
        let child = std::process::Command::new("cat")
            .stdin(Stdio::from(input))
            .stdout(Stdio::from(output))
            .spawn()
            .context(|| "start cat".to_owned())?;
        Ok(Self {
            pty: pty.into(),
            child,
        })
    }

    /// Types a key and waits for its echo.
    pub fn echo(&mut self, key: u8) -> Result<(), Failure> {
        let doing = || "use a pseudo-terminal".to_owned();
        self.pty.write_all(&[key]).context(doing)?;
        let mut back = [0];
        self.pty.read_exact(&mut back).context(doing)?;
        if back == [key] {
            Ok(())
        } else {
            Err(Failure::new("a pseudo-terminal echoed something else"))
        }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        // It would end with the terminal anyway, a moment later.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! A command in a workspace, over a WebSocket.

use std::collections::BTreeMap;
use std::pin::pin;

use axum::extract::State;
use axum::extract::ws::WebSocket;
use axum::response::Response;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use toft_agent::wire::{ExecRequest, Signal};
use toft_agent::{Client, Error, ExecEvent, ExecReader, ExecStream, ExecWriter};
use tokio::sync::mpsc;

use super::bridge::{self, Notice};
use crate::people::policy::{Act, Caller};
use crate::state::App;
use crate::wire::asked::{Path, Upgrade};
use crate::wire::socket::{self, Close, Gone, Incoming, Inlet, Outlet};
use crate::wire::status::ApiResult;

/// First bytes of binary frames: which stream it is.
const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
/// Pieces of standard input that wait for the command before the client is held up.
const STDIN_QUEUE: usize = 8;

/// What a client says first.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
enum First {
    Start {
        command: Vec<String>,
        #[serde(default)]
        env: BTreeMap<String, String>,
        #[serde(default)]
        cwd: Option<String>,
        #[serde(default)]
        user: Option<String>,
        #[serde(default)]
        tty: bool,
        #[serde(default)]
        cols: u16,
        #[serde(default)]
        rows: u16,
        #[serde(default)]
        stdin: bool,
        #[serde(default)]
        acks: bool,
        #[serde(default)]
        keep: Option<u64>,
    },
    Attach {
        session: String,
        #[serde(default)]
        offsets: Offsets,
        #[serde(default)]
        acks: bool,
    },
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct Offsets {
    stdout: u64,
    stderr: u64,
}

/// What a client says later.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum FromClient {
    Eof,
    Signal {
        signal: String,
    },
    Resize {
        cols: u16,
        rows: u16,
    },
    Ack {
        stdout: u64,
        stderr: u64,
    },
    #[serde(other)]
    Unknown,
}

/// What a client is told in text.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum ToClient<'a> {
    Started {
        session: &'a str,
        stdin: u64,
        stdout: u64,
        stderr: u64,
    },
    Stdin {
        received: u64,
    },
    Exit {
        code: i32,
    },
}

/// Standard input, in order.
enum Input {
    Bytes(Bytes),
    End,
}

/// What must not wait behind standard input.
enum Control {
    Signal(Signal),
    Resize { cols: u16, rows: u16 },
    Ack { stdout: u64, stderr: u64 },
}

/// Runs a command, or attaches to one by session and offsets (WebSocket).
///
/// The first frame says what to do; then binary frames carry the streams, each with a first byte
/// that tells which (0 in, 1 out, 2 error).
pub async fn exec(
    State(app): State<App>,
    caller: Caller,
    Path((namespace, name)): Path<(String, String)>,
    upgrade: Upgrade,
) -> ApiResult<Response> {
    let workspace = app.workspace(&caller, Act::Write, &namespace, &name).await?;
    let client = app.agent(&workspace)?;
    Ok(upgrade
        .accept()?
        .on_upgrade(move |socket| async move { run(&app, &caller, &client, socket).await }))
}

/// Whether this is a message of a client's, for the fuzz target.
pub(crate) fn understands(text: &str) -> bool {
    let first = serde_json::from_str::<First>(text).map(request).is_ok();
    first | serde_json::from_str::<FromClient>(text).is_ok()
}

async fn run(app: &App, caller: &Caller, client: &Client, socket: WebSocket) {
    let _counted = app.metrics().stream();
    let (mut outlet, mut inlet) = socket::split(socket);
    let mut revoked = pin!(app.accounts().revoked(caller));
    let first = tokio::select! {
        first = inlet.recv() => first,
        () = &mut revoked => return outlet.close(Close::SignedOut, "").await,
        () = app.closing() => return outlet.close(Close::GoingAway, "").await,
    };
    let first = match first {
        Ok(Incoming::Text(text)) => serde_json::from_str(&text).map_err(|error| error.to_string()),
        Ok(Incoming::Binary(_)) => Err("the first message must be text".to_owned()),
        Err(_) => return,
    };
    let (request, acks) = match first {
        Ok(first) => request(first),
        Err(reason) => return outlet.close(Close::Nonsense, &reason).await,
    };
    let ExecStream {
        session,
        stdin_received: stdin,
        mut reader,
        writer,
    } = match client.exec(request).await {
        Ok(stream) => stream,
        Err(error) => return bridge::refuse(outlet, &error).await,
    };
    if acks {
        reader.acknowledge_manually();
    }
    let (stdout, stderr) = reader.offsets();
    let started = ToClient::Started {
        session: &session,
        stdin,
        stdout,
        stderr,
    };
    if outlet.json(&started).await.is_err() {
        return;
    }
    let ended = tokio::select! {
        ended = pump(&mut outlet, &mut inlet, &mut reader, writer) => ended,
        () = app.closing() => Ok(Close::GoingAway),
        () = revoked => Ok(Close::SignedOut),
    };
    bridge::finish(outlet, ended).await;
}

fn request(first: First) -> (ExecRequest, bool) {
    match first {
        First::Start {
            command,
            env,
            cwd,
            user,
            tty,
            cols,
            rows,
            stdin,
            acks,
            keep,
        } => {
            let request = ExecRequest {
                command,
                env,
                cwd,
                user,
                tty,
                cols,
                rows,
                stdin,
                keep_s: keep,
                ..ExecRequest::default()
            };
            (request, acks)
        }
        First::Attach {
            session,
            offsets,
            acks,
        } => {
            let request = ExecRequest {
                session: Some(session),
                stdout: offsets.stdout,
                stderr: offsets.stderr,
                ..ExecRequest::default()
            };
            (request, acks)
        }
    }
}

/// All three ways at once: output to the client, what it says to the command, and standard input,
/// which may have to wait for the command while signals must not.
async fn pump(
    outlet: &mut Outlet,
    inlet: &mut Inlet,
    reader: &mut ExecReader,
    writer: ExecWriter,
) -> Result<Close, Gone> {
    let (inputs, inputs_in) = mpsc::channel(STDIN_QUEUE);
    let (controls, controls_in) = mpsc::channel(1);
    let (received, progress) = mpsc::channel(1);
    tokio::select! {
        ended = send(outlet, reader, progress) => ended,
        ended = receive(inlet, inputs, controls) => ended,
        ended = feed(writer, inputs_in, controls_in, received) => ended,
    }
}

async fn send(
    outlet: &mut Outlet,
    reader: &mut ExecReader,
    mut progress: mpsc::Receiver<u64>,
) -> Result<Close, Gone> {
    loop {
        let next = async {
            tokio::select! {
                event = reader.recv() => Ok(event),
                Some(received) = progress.recv() => Err(received),
            }
        };
        match outlet.while_waiting(next).await? {
            Ok(Ok(Some(ExecEvent::Stdout(bytes)))) => outlet.binary(framed(STDOUT, &bytes)).await?,
            Ok(Ok(Some(ExecEvent::Stderr(bytes)))) => outlet.binary(framed(STDERR, &bytes)).await?,
            Ok(Ok(Some(ExecEvent::Exit(code)))) => outlet.json(&ToClient::Exit { code }).await?,
            Ok(Ok(None)) => return Ok(Close::Done),
            Ok(Err(error)) => {
                outlet.json(&Notice::of(&error)).await?;
                return Ok(bridge::broken(&error));
            }
            Err(received) => outlet.json(&ToClient::Stdin { received }).await?,
        }
    }
}

fn framed(channel: u8, bytes: &Bytes) -> Bytes {
    let mut frame = BytesMut::with_capacity(bytes.len() + 1);
    frame.put_u8(channel);
    frame.put_slice(bytes);
    frame.freeze()
}

async fn receive(
    inlet: &mut Inlet,
    inputs: mpsc::Sender<Input>,
    controls: mpsc::Sender<Control>,
) -> Result<Close, Gone> {
    // The other ends are dropped together with this future: sending to them cannot fail.
    loop {
        match inlet.recv().await? {
            Incoming::Binary(mut bytes) if bytes.first() == Some(&STDIN) => {
                let _ = inputs.send(Input::Bytes(bytes.split_off(1))).await;
            }
            Incoming::Binary(_) => return Ok(Close::Nonsense),
            Incoming::Text(text) => {
                let control = match serde_json::from_str(&text) {
                    Ok(FromClient::Eof) => {
                        let _ = inputs.send(Input::End).await;
                        continue;
                    }
                    Ok(FromClient::Signal { signal }) => match Signal::parse(&signal) {
                        Some(signal) => Control::Signal(signal),
                        None => return Ok(Close::Nonsense),
                    },
                    Ok(FromClient::Resize { cols, rows }) => Control::Resize { cols, rows },
                    Ok(FromClient::Ack { stdout, stderr }) => Control::Ack { stdout, stderr },
                    Ok(FromClient::Unknown) => continue,
                    Err(_) => return Ok(Close::Nonsense),
                };
                let _ = controls.send(control).await;
            }
        }
    }
}

/// Hands standard input on as the command takes it, signals at once, and tells how far it is.
async fn feed(
    mut writer: ExecWriter,
    mut inputs: mpsc::Receiver<Input>,
    mut controls: mpsc::Receiver<Control>,
    received: mpsc::Sender<u64>,
) -> Result<Close, Gone> {
    let mut waiting = Bytes::new();
    loop {
        let before = writer.sent();
        let fed = tokio::select! {
            Some(control) = controls.recv() => apply(&writer, control).await,
            fed = writer.stdin(waiting.clone()), if !waiting.is_empty() => fed,
            Some(input) = inputs.recv(), if waiting.is_empty() => match input {
                Input::Bytes(bytes) => {
                    waiting = bytes;
                    Ok(())
                }
                Input::End => writer.close_stdin().await,
            },
        };
        if fed.is_err() {
            // It has ended, or the way to it is broken: which of them, its output tells.
            return std::future::pending().await;
        }
        let gone = usize::try_from(writer.sent() - before)
            .unwrap_or(usize::MAX)
            .min(waiting.len());
        if gone > 0 {
            waiting.advance(gone);
            // One report on its way is enough: the next one says more.
            let _ = received.try_send(writer.sent());
        }
    }
}

async fn apply(writer: &ExecWriter, control: Control) -> Result<(), Error> {
    match control {
        Control::Signal(signal) => writer.signal(signal).await,
        Control::Resize { cols, rows } => writer.resize(cols, rows).await,
        Control::Ack { stdout, stderr } => {
            writer.ack(stdout, stderr);
            Ok(())
        }
    }
}

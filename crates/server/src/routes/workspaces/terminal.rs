//! A terminal of a workspace, over a WebSocket.

use axum::extract::State;
use axum::extract::ws::WebSocket;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use toft_agent::{Client, Error, TerminalEvent, TerminalReader, TerminalWriter, wire::OpenTerminal};

use super::bridge::{self, Notice};
use crate::people::policy::{Act, Caller};
use crate::state::App;
use crate::wire::asked::{Path, Query, Upgrade};
use crate::wire::socket::{self, Close, Gone, Incoming, Inlet, Outlet};
use crate::wire::status::ApiResult;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Params {
    session: Option<String>,
    offset: Option<u64>,
    cols: u16,
    rows: u16,
    cwd: Option<String>,
}

/// What a client says in text.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum FromClient {
    Resize {
        cols: u16,
        rows: u16,
    },
    #[serde(other)]
    Unknown,
}

/// What a client is told in text.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum ToClient<'a> {
    Attached {
        session: &'a str,
        offset: u64,
        reset: bool,
        repaint: u64,
    },
    Exit {
        code: i32,
    },
}

/// Opens a terminal, or attaches to one by `session` and `offset` (WebSocket).
///
/// Binary frames are output and input; text frames are JSON: `attached`, `exit` and `notice` from
/// the server, `resize` from the client.
pub async fn terminal(
    State(app): State<App>,
    caller: Caller,
    Path((namespace, name)): Path<(String, String)>,
    Query(params): Query<Params>,
    upgrade: Upgrade,
) -> ApiResult<Response> {
    let workspace = app.workspace(&caller, Act::Write, &namespace, &name).await?;
    let client = app.agent(&workspace)?;
    Ok(upgrade.accept()?.on_upgrade(move |socket| async move {
        let request = OpenTerminal {
            session: params.session,
            offset: params.offset,
            cols: params.cols,
            rows: params.rows,
            cwd: params.cwd,
            ..OpenTerminal::default()
        };
        run(&app, &caller, &client, request, socket).await;
    }))
}

/// Whether this is a message of a client's, for the fuzz target.
pub(crate) fn understands(text: &str) -> bool {
    serde_json::from_str::<FromClient>(text).is_ok()
}

async fn run(app: &App, caller: &Caller, client: &Client, request: OpenTerminal, socket: WebSocket) {
    let _counted = app.metrics().terminal();
    let (mut outlet, mut inlet) = socket::split(socket);
    let stream = match client.terminal(request).await {
        Ok(stream) => stream,
        Err(error) => return bridge::refuse(outlet, &error).await,
    };
    let (session, mut reader, writer) = (stream.session, stream.reader, stream.writer);
    let ended = tokio::select! {
        ended = send(&mut outlet, &mut reader, &session) => ended,
        ended = receive(&mut inlet, &writer) => ended,
        () = app.closing() => Ok(Close::GoingAway),
        () = app.accounts().revoked(caller) => Ok(Close::SignedOut),
    };
    bridge::finish(outlet, ended).await;
}

/// Everything from the terminal to the client, until it has ended.
async fn send(outlet: &mut Outlet, reader: &mut TerminalReader, session: &str) -> Result<Close, Gone> {
    loop {
        let event = outlet.while_waiting(reader.recv()).await?;
        match event {
            Ok(Some(TerminalEvent::Attached {
                offset,
                reset,
                repaint,
            })) => {
                outlet
                    .json(&ToClient::Attached {
                        session,
                        offset,
                        reset,
                        repaint,
                    })
                    .await?;
            }
            Ok(Some(TerminalEvent::Output(bytes) | TerminalEvent::Repaint(bytes))) => {
                outlet.binary(bytes).await?
            }
            Ok(Some(TerminalEvent::Exit(code))) => outlet.json(&ToClient::Exit { code }).await?,
            Ok(None) => return Ok(Close::Done),
            Err(error) => {
                outlet.json(&Notice::of(&error)).await?;
                return Ok(bridge::broken(&error));
            }
        }
    }
}

/// Everything from the client to the terminal.
async fn receive(inlet: &mut Inlet, writer: &TerminalWriter) -> Result<Close, Gone> {
    loop {
        let told: Result<(), Error> = match inlet.recv().await? {
            Incoming::Binary(bytes) => writer.input(bytes).await,
            Incoming::Text(text) => match serde_json::from_str(&text) {
                Ok(FromClient::Resize { cols, rows }) => writer.resize(cols, rows).await,
                Ok(FromClient::Unknown) => Ok(()),
                Err(_) => return Ok(Close::Nonsense),
            },
        };
        if told.is_err() {
            // It has ended, or the way to it is broken: which of them, its output tells.
            return std::future::pending().await;
        }
    }
}

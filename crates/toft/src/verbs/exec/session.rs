//! One command over one WebSocket after another.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use super::input::Unconfirmed;
use super::{lost, terminal};
use crate::client::Api;
use crate::client::stream::Socket;
use crate::failure::{Context, Failure, Outcome};

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;

/// How often a broken connection is made again without anything having come, and the pause.
const RETRIES: u32 = 120;
const PAUSE: Duration = Duration::from_millis(500);
/// Octets read from standard input at once.
const INPUT_CHUNK: usize = 32 << 10;
/// Output is confirmed after so many octets, so that the agent can let go of it.
const CONFIRM_EVERY: u64 = 64 << 10;
/// The daemon closes with this code when it does not know the session any more.
const SESSION_UNKNOWN: u16 = 4404;
/// And with this one when what the client proved itself with was taken back.
const SIGNED_OUT: u16 = 4401;
/// So many times Ctrl-C leaves a command that does not end by it.
const ENOUGH: u32 = 3;
/// Ctrl-C as a terminal in raw mode sends it.
const CTRL_C: u8 = 3;

/// A command that runs, and how far its streams have come.
pub struct Session<'a> {
    api: &'a Api,
    path: String,
    start: Value,
    session: Option<String>,
    stdout: u64,
    stderr: u64,
    confirmed: u64,
    input: Unconfirmed,
    interrupts: u32,
}

/// How one connection ended.
enum End {
    /// The command ended.
    Exit(i64),
    /// The connection broke.
    Broken(String),
}

/// What comes from this side.
enum Local {
    Input(Bytes),
    Eof,
}

// === impl Session ===

impl<'a> Session<'a> {
    pub fn new(api: &'a Api, path: String, mut start: Value) -> Self {
        start["acks"] = true.into();
        Self {
            api,
            path,
            start,
            session: None,
            stdout: 0,
            stderr: 0,
            confirmed: 0,
            input: Unconfirmed::default(),
            interrupts: 0,
        }
    }

    /// Runs the command to its end and returns its exit code.
    pub async fn run(mut self, tty: bool) -> Outcome<i64> {
        let mut local = read_stdin();
        let mut signals = Signals::new()?;
        let mut tries = 0;
        loop {
            let read = self.stdout + self.stderr;
            let (api, path) = (self.api, self.path.clone());
            let connected = tokio::select! {
                connected = api.socket(&path) => connected,
                () = self.given_up(&mut local, &mut signals, tty) => return Err(self.left()),
            };
            let end = match connected {
                Ok(socket) => self.talk(socket, &mut local, &mut signals, tty).await?,
                // The first refusal is the answer; later ones are a daemon that is not back yet.
                Err(failure) if self.session.is_none() => return Err(failure),
                Err(failure) => End::Broken(failure.to_string()),
            };
            match end {
                End::Exit(code) => return Ok(code),
                End::Broken(reason) => {
                    tries = if read == self.stdout + self.stderr {
                        tries + 1
                    } else {
                        1
                    };
                    if self.session.is_none() || tries > RETRIES {
                        return Err(lost(&reason));
                    }
                    tokio::select! {
                        () = tokio::time::sleep(PAUSE) => {}
                        () = self.given_up(&mut local, &mut signals, tty) => return Err(self.left()),
                    }
                }
            }
        }
    }

    /// Waits for Ctrl-C while there is no connection that could carry it; whatever else is typed
    /// meanwhile is sent when there is one.
    async fn given_up(&mut self, local: &mut mpsc::Receiver<Local>, signals: &mut Signals, tty: bool) {
        loop {
            tokio::select! {
                () = arrives(&mut signals.interrupted) => return,
                () = arrives(&mut signals.terminated) => return,
                typed = local.recv(), if tty && self.input.has_room() => match typed {
                    Some(Local::Input(bytes)) if bytes.contains(&CTRL_C) => return,
                    Some(Local::Input(bytes)) => self.input.push(&bytes),
                    Some(Local::Eof) | None => self.input.end(),
                },
            }
        }
    }

    /// What is said when somebody leaves before the command has ended.
    fn left(&self) -> Failure {
        match self.session {
            None => Failure::new("interrupted before the command was started").interrupted(),
            Some(_) => Failure::new("left; the command may go on in the workspace")
                .hint("look with `toft exec NAME -- ps aux`, end it with `toft exec NAME -- pkill …`")
                .interrupted(),
        }
    }

    fn opening(&self) -> Value {
        match &self.session {
            None => self.start.clone(),
            Some(session) => json!({
                "type": "attach", "session": session, "acks": true,
                "offsets": { "stdout": self.stdout, "stderr": self.stderr },
            }),
        }
    }

    async fn talk(
        &mut self,
        mut socket: Socket,
        local: &mut mpsc::Receiver<Local>,
        signals: &mut Signals,
        tty: bool,
    ) -> Outcome<End> {
        if let Err(error) = socket.send(text(&self.opening())).await {
            return Ok(End::Broken(error.to_string()));
        }
        let mut started = false;
        loop {
            let outgoing = tokio::select! {
                message = socket.next() => match self.receive(message, &mut started).await? {
                    Ok(outgoing) => outgoing,
                    Err(end) => return Ok(end),
                },
                local = local.recv(), if started && self.input.has_room() => match local {
                    Some(Local::Input(bytes)) => { self.input.push(&bytes); vec![framed(STDIN, &bytes)] }
                    Some(Local::Eof) | None => { self.input.end(); vec![text(&json!({ "type": "eof" }))] }
                },
                () = arrives(&mut signals.resized), if tty && started => terminal::size()
                    .map(|(cols, rows)| text(&json!({ "type": "resize", "cols": cols, "rows": rows })))
                    .into_iter()
                    .collect(),
                () = arrives(&mut signals.interrupted), if !tty || !started => {
                    self.interrupts += 1;
                    if !started || self.interrupts >= ENOUGH || socket.send(kill("INT")).await.is_err() {
                        return Err(self.left());
                    }
                    Vec::new()
                }
                () = arrives(&mut signals.terminated), if started => vec![kill("TERM")],
            };
            for message in outgoing {
                if let Err(error) = socket.send(message).await {
                    return Ok(End::Broken(error.to_string()));
                }
            }
        }
    }

    /// Takes in what the daemon sent; says what to answer, or how the connection ended.
    async fn receive(
        &mut self,
        message: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>,
        started: &mut bool,
    ) -> Outcome<Result<Vec<Message>, End>> {
        match message {
            Some(Ok(Message::Binary(frame))) => {
                self.show(&frame).await?;
                Ok(Ok(self.confirmation().into_iter().collect()))
            }
            Some(Ok(Message::Text(said))) => self.hear(&said, started),
            Some(Ok(Message::Close(Some(frame)))) if u16::from(frame.code) == SESSION_UNKNOWN => Err(lost(
                "its session is not known any more; the workspace was restarted",
            )),
            Some(Ok(Message::Close(Some(frame)))) if u16::from(frame.code) == SIGNED_OUT => {
                Err(lost("what you signed in with was taken back"))
            }
            Some(Ok(Message::Close(frame))) => Ok(Err(End::Broken(
                frame.map_or_else(|| "closed".to_owned(), |frame| frame.reason.to_string()),
            ))),
            Some(Ok(_)) => Ok(Ok(Vec::new())),
            Some(Err(error)) => Ok(Err(End::Broken(error.to_string()))),
            None => Ok(Err(End::Broken("closed".to_owned()))),
        }
    }

    /// Output goes out as it comes; what was written counts as read.
    async fn show(&mut self, frame: &[u8]) -> Outcome<()> {
        let Some((channel, data)) = frame.split_first() else {
            return Ok(());
        };
        let written = match *channel {
            STDOUT => {
                let mut out = tokio::io::stdout();
                self.stdout += data.len() as u64;
                out.write_all(data).await.and(out.flush().await)
            }
            STDERR => {
                let mut err = tokio::io::stderr();
                self.stderr += data.len() as u64;
                err.write_all(data).await.and(err.flush().await)
            }
            _ => Ok(()),
        };
        written.context(|| "write what the command said".to_owned())
    }

    fn confirmation(&mut self) -> Option<Message> {
        let read = self.stdout + self.stderr;
        (read - self.confirmed >= CONFIRM_EVERY).then(|| {
            self.confirmed = read;
            text(&json!({ "type": "ack", "stdout": self.stdout, "stderr": self.stderr }))
        })
    }

    fn hear(&mut self, said: &str, started: &mut bool) -> Outcome<Result<Vec<Message>, End>> {
        let said: Value = serde_json::from_str(said).context(|| "understand the daemon".to_owned())?;
        let message = || {
            said["message"]
                .as_str()
                .unwrap_or("the command could not be run")
                .to_owned()
        };
        match said["type"].as_str() {
            Some("started") => {
                self.session = said["session"].as_str().map(str::to_owned);
                *started = true;
                self.input.confirm(said["stdin"].as_u64().unwrap_or(0));
                let again = self.input.rest();
                let mut outgoing: Vec<Message> = again
                    .chunks(INPUT_CHUNK)
                    .map(|chunk| framed(STDIN, chunk))
                    .collect();
                if self.input.ended() {
                    outgoing.push(text(&json!({ "type": "eof" })));
                }
                return Ok(Ok(outgoing));
            }
            Some("stdin") => self.input.confirm(said["received"].as_u64().unwrap_or(0)),
            Some("exit") => return Ok(Err(End::Exit(said["code"].as_i64().unwrap_or(1)))),
            // A daemon that is just coming back may refuse what it takes a moment later.
            Some("error") if self.session.is_some() => return Ok(Err(End::Broken(message()))),
            // As shells have it: 127 for a command that is not there, 126 for one that may not run.
            Some("error") => {
                return Err(match said["code"].as_str() {
                    Some("not_found") => Failure::new(message()).code(127),
                    Some("denied") => Failure::new(message()).code(126),
                    _ => Failure::new(message()),
                });
            }
            Some("notice") => crate::output::say(&message()),
            _ => {}
        }
        Ok(Ok(Vec::new()))
    }
}

/// Signals that belong to the command.
struct Signals {
    resized: Signal,
    interrupted: Signal,
    terminated: Signal,
}

impl Signals {
    fn new() -> Outcome<Self> {
        let on = |kind| signal(kind).context(|| "listen for signals".to_owned());
        Ok(Self {
            resized: on(SignalKind::window_change())?,
            interrupted: on(SignalKind::interrupt())?,
            terminated: on(SignalKind::terminate())?,
        })
    }
}

/// Waits for a signal; for ever where none can come any more.
async fn arrives(signal: &mut Signal) {
    if signal.recv().await.is_none() {
        std::future::pending::<()>().await;
    }
}

/// Standard input, read ahead by at most a few chunks.
fn read_stdin() -> mpsc::Receiver<Local> {
    let (send, receive) = mpsc::channel(4);
    tokio::spawn(async move {
        let mut stdin = tokio::io::stdin();
        let mut buffer = vec![0; INPUT_CHUNK];
        loop {
            let local = match stdin.read(&mut buffer).await {
                Ok(0) | Err(_) => Local::Eof,
                Ok(count) => Local::Input(Bytes::copy_from_slice(&buffer[..count])),
            };
            let last = matches!(local, Local::Eof);
            if send.send(local).await.is_err() || last {
                return;
            }
        }
    });
    receive
}

fn framed(channel: u8, data: &[u8]) -> Message {
    let mut frame = Vec::with_capacity(data.len() + 1);
    frame.push(channel);
    frame.extend_from_slice(data);
    Message::Binary(frame.into())
}

fn kill(signal: &str) -> Message {
    text(&json!({ "type": "signal", "signal": signal }))
}

fn text(value: &Value) -> Message {
    Message::Text(value.to_string().into())
}

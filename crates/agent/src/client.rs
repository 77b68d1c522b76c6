//! The client: what daemon and command line ask an agent, over any stream.
//!
//! One connection per operation, so that a slow transfer holds nothing else up and a broken one
//! takes nothing else along. Every reply is waited for with a time-out, bounded in size and checked
//! before it is believed; a stream that misbehaves ends with an error and never with a panic.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::frame::{self, Frame, FrameReader, Kind};
use crate::wire::{
    Activity, AppSpec, Apps, Done, ExecRequest, Hello, Info, Op, OpenTerminal, Port, Refusal, Reply,
    TerminalInfo, VERSION,
};

mod check;
mod dial;
mod exec;
mod files;
mod logs;
mod terminal;
mod writer;

pub use dial::{BoxStream, Dial, Stream, UnixDialer};
pub use exec::{ExecEvent, ExecReader, ExecStream, ExecWriter};
pub use files::{FileReader, FileWriter};
pub use logs::LogStream;
pub use terminal::{TerminalEvent, TerminalReader, TerminalStream, TerminalWriter};

/// How long an agent may take to answer, unless a client says otherwise.
const REPLY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a transfer may stand still.
const STALL_TIMEOUT: Duration = Duration::from_mins(1);

/// Why an operation did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no way to the agent: the workspace does not run, or is not up yet.
    #[error("failed to reach the agent: {0}")]
    Dial(#[source] io::Error),
    /// The connection broke.
    #[error("failed to {doing}: {source}")]
    Stream {
        /// What was being done.
        doing: &'static str,
        /// The reason.
        source: io::Error,
    },
    /// The agent did not answer in time.
    #[error("the agent did not answer within {seconds} s when asked to {doing}")]
    TimedOut {
        /// What it was asked.
        doing: &'static str,
        /// The limit.
        seconds: u64,
    },
    /// The agent closed the connection in the middle.
    #[error("the agent ended the connection before it was done: {doing}")]
    Ended {
        /// What was being done.
        doing: &'static str,
    },
    /// What the agent said makes no sense.
    #[error("the agent answered nonsense when asked to {doing}: {what}")]
    Protocol {
        /// What it was asked.
        doing: &'static str,
        /// What is wrong with the answer.
        what: String,
    },
    /// What was asked does not fit one message.
    #[error("the request to {doing} is {size} bytes long, {limit} are allowed")]
    TooLarge {
        /// What was to be asked.
        doing: &'static str,
        /// Its size.
        size: usize,
        /// What is allowed.
        limit: usize,
    },
    /// The agent said no.
    #[error("{}", .0.message)]
    Refused(Refusal),
}

/// Talks to one agent. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    dial: Arc<dyn Dial>,
    reply_timeout: Duration,
}

// === impl Client ===

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("reply_timeout", &self.reply_timeout)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client that reaches its agent by `dial`.
    pub fn new(dial: impl Dial + 'static) -> Self {
        Self {
            dial: Arc::new(dial),
            reply_timeout: REPLY_TIMEOUT,
        }
    }

    /// The same with another limit on the wait for a reply.
    #[must_use]
    pub fn with_timeout(mut self, reply: Duration) -> Self {
        self.reply_timeout = reply;
        self
    }

    /// Who the agent is; also the cheapest way to see that it answers.
    pub async fn info(&self) -> Result<Info, Error> {
        let info: Info = self.ask("tell who it is", Op::Info).await?;
        check::info(&info)?;
        Ok(info)
    }

    /// What goes on in the workspace.
    pub async fn activity(&self) -> Result<Activity, Error> {
        self.ask("tell its activity", Op::Activity).await
    }

    /// The TCP ports that something inside listens on, in order.
    pub async fn ports(&self) -> Result<Vec<Port>, Error> {
        self.ask("list its ports", Op::Ports).await
    }

    /// Makes the supervised apps those in the list: starts new ones, restarts changed ones, stops
    /// the rest, leaves equal ones alone. Repeating it changes nothing.
    pub async fn configure(&self, apps: Vec<AppSpec>) -> Result<Apps, Error> {
        let apps: Apps = self.ask("configure its apps", Op::Configure { apps }).await?;
        check::apps(&apps)?;
        Ok(apps)
    }

    /// The state of the apps.
    pub async fn apps(&self) -> Result<Apps, Error> {
        let apps: Apps = self
            .ask(
                "list its apps",
                Op::Apps {
                    after: None,
                    wait_ms: 0,
                },
            )
            .await?;
        check::apps(&apps)?;
        Ok(apps)
    }

    /// The state of the apps as soon as its revision is not `after` any more, or after `wait`.
    pub async fn apps_changed(&self, after: u64, wait: Duration) -> Result<Apps, Error> {
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        let op = Op::Apps {
            after: Some(after),
            wait_ms,
        };
        let apps: Apps = self
            .ask_within("wait for its apps", op, self.reply_timeout.saturating_add(wait))
            .await?;
        check::apps(&apps)?;
        Ok(apps)
    }

    /// An app's output from byte `offset` on (or the oldest kept), and with `follow` what comes.
    pub async fn logs(&self, app: &str, follow: bool, offset: u64) -> Result<LogStream, Error> {
        const DOING: &str = "read an app's log";
        let op = Op::Logs {
            app: app.to_owned(),
            follow,
            offset,
        };
        let (start, stream) = self.open(DOING, op).await?;
        Ok(LogStream::new(start, stream))
    }

    /// Opens a terminal, or attaches to one by session and offset.
    pub async fn terminal(&self, request: OpenTerminal) -> Result<TerminalStream, Error> {
        let (attached, stream) = self.open(terminal::DOING, Op::Terminal(request)).await?;
        TerminalStream::new(attached, stream)
    }

    /// The terminals that live, or have ended untold.
    pub async fn terminals(&self) -> Result<Vec<TerminalInfo>, Error> {
        let list: Vec<TerminalInfo> = self.ask("list its terminals", Op::Terminals).await?;
        check::terminals(&list)?;
        Ok(list)
    }

    /// Ends a terminal and what runs in it.
    pub async fn close_terminal(&self, session: &str) -> Result<(), Error> {
        let op = Op::CloseTerminal {
            session: session.to_owned(),
        };
        self.ask::<Done>("close a terminal", op).await.map(|_| ())
    }

    /// Runs a command, or attaches to one by session and offsets.
    pub async fn exec(&self, request: ExecRequest) -> Result<ExecStream, Error> {
        let (started, stream) = self.open(exec::DOING, Op::Exec(Box::new(request))).await?;
        ExecStream::new(started, stream)
    }

    /// Turns a connection into one to `port` inside, on 127.0.0.1 or else `::1`. What is written and
    /// read afterwards is that connection's, each direction ending by itself.
    pub async fn connect_port(&self, port: u16) -> Result<BoxStream, Error> {
        const DOING: &str = "connect to a port";
        let mut stream = self.say_hello(DOING, Op::Connect { port }).await?;
        let frame = self
            .in_time(DOING, self.reply_timeout, frame::read_one(&mut stream))
            .await?;
        parse_reply::<Done>(DOING, Some(&frame))?;
        Ok(stream)
    }

    /// Ends everything inside: asks, waits for `grace`, kills. Returns as soon as that has begun.
    pub async fn shutdown(&self, grace: Duration) -> Result<(), Error> {
        let grace_ms = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
        self.ask::<Done>("shut down", Op::Shutdown { grace_ms })
            .await
            .map(|_| ())
    }

    async fn ask<T: DeserializeOwned>(&self, doing: &'static str, op: Op) -> Result<T, Error> {
        self.ask_within(doing, op, self.reply_timeout).await
    }

    async fn ask_within<T: DeserializeOwned>(
        &self,
        doing: &'static str,
        op: Op,
        limit: Duration,
    ) -> Result<T, Error> {
        let stream = self.say_hello(doing, op).await?;
        let mut reader = FrameReader::new(stream);
        let frame = self.in_time(doing, limit, reader.next()).await?;
        parse_reply(doing, frame.as_ref())
    }

    /// Begins an operation that goes on after its reply.
    async fn open<T: DeserializeOwned>(
        &self,
        doing: &'static str,
        op: Op,
    ) -> Result<(T, FrameReader<BoxStream>), Error> {
        let stream = self.say_hello(doing, op).await?;
        let mut reader = FrameReader::new(stream);
        let frame = self.in_time(doing, self.reply_timeout, reader.next()).await?;
        Ok((parse_reply(doing, frame.as_ref())?, reader))
    }

    async fn say_hello(&self, doing: &'static str, op: Op) -> Result<BoxStream, Error> {
        let hello = encode_control(doing, &Hello { v: VERSION, op })?;
        let dialled = timeout(self.reply_timeout, self.dial.dial()).await;
        let mut stream = dialled
            .map_err(|_| timed_out(doing, self.reply_timeout))?
            .map_err(Error::Dial)?;
        self.in_time(
            doing,
            self.reply_timeout,
            frame::write(&mut stream, Kind::Control, &hello),
        )
        .await?;
        Ok(stream)
    }

    async fn in_time<T>(
        &self,
        doing: &'static str,
        limit: Duration,
        act: impl Future<Output = io::Result<T>>,
    ) -> Result<T, Error> {
        let result = timeout(limit, act).await.map_err(|_| timed_out(doing, limit))?;
        result.map_err(|source| broken(doing, source))
    }
}

/// The JSON of a control frame, within its bound.
fn encode_control(doing: &'static str, message: &impl Serialize) -> Result<Vec<u8>, Error> {
    let bytes = serde_json::to_vec(message).map_err(|error| nonsense(doing, error.to_string()))?;
    if bytes.len() > frame::MAX_CONTROL {
        return Err(Error::TooLarge {
            doing,
            size: bytes.len(),
            limit: frame::MAX_CONTROL,
        });
    }
    Ok(bytes)
}

/// Reads the reply in a frame. Pure, so that it can be fuzzed.
pub fn parse_reply<T: DeserializeOwned>(doing: &'static str, frame: Option<&Frame>) -> Result<T, Error> {
    let frame = frame.ok_or(Error::Ended { doing })?;
    if frame.kind != Kind::Control {
        return Err(nonsense(
            doing,
            format!("a {:?} frame instead of a reply", frame.kind),
        ));
    }
    match serde_json::from_slice(&frame.payload) {
        Ok(Reply::Ok(value)) => Ok(value),
        Ok(Reply::Error(refusal)) => Err(Error::Refused(check::refusal(refusal))),
        Err(error) => Err(nonsense(doing, error.to_string())),
    }
}

/// What is wrong may quote the agent.
fn nonsense(doing: &'static str, what: String) -> Error {
    Error::Protocol {
        doing,
        what: check::shown(&what),
    }
}

fn timed_out(doing: &'static str, limit: Duration) -> Error {
    Error::TimedOut {
        doing,
        seconds: limit.as_secs(),
    }
}

fn broken(doing: &'static str, source: io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::InvalidData => nonsense(doing, source.to_string()),
        io::ErrorKind::UnexpectedEof => Error::Ended { doing },
        _ => Error::Stream { doing, source },
    }
}

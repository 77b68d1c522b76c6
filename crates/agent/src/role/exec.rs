//! Commands: programs whose streams and exit code outlive the connection that started them.
//!
//! ```text
//! program ──pipes──▶ pump ──▶ ring ──▶ connection     the pump stops when a window of output is not
//!    ▲                         ▲ ack                  acknowledged, so nothing is ever dropped
//!    └── pump ◀── queue ◀──────┴── connection         the client stops when a window is not consumed
//! ```

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::watch;

use super::agent::Agent;
use super::pty::Pty;
use super::reaper::{self, Exit};
use super::ring::Ring;
use super::session::{self, Ending};
use super::spawn::{self, Job};
use crate::wire::{Code, ExecRequest, Refusal};

pub mod attach;
mod pump;

/// How much output may be unacknowledged before the program is held up.
const WINDOW: u64 = 256 << 10;
/// How much acknowledged output is kept on top, for clients that are killed with output in hand.
const KEPT: usize = 256 << 10;
/// How much standard input may be on its way.
pub const STDIN_WINDOW: u64 = 256 << 10;
/// How long a command goes on when its client went away, unless the client said it, and at most.
const KEEP: Duration = Duration::from_hours(24);
const KEEP_MAX: Duration = Duration::from_hours(30 * 24);
/// How long a command that is hung up gets to end by itself.
const HANG_UP: Duration = Duration::from_secs(10);
/// Most commands at once.
const LIMIT: usize = 256;

/// A command.
#[derive(Debug)]
pub struct Exec {
    pub session: String,
    pid: i32,
    pty: Option<Rc<Pty>>,
    stdout: RefCell<Output>,
    stderr: RefCell<Output>,
    stdin: RefCell<Input>,
    changed: watch::Sender<()>,
    /// Counts connections: only the newest is served.
    generation: Cell<u64>,
    /// How long it goes on without a connection.
    keep: Duration,
    pub ending: Ending,
}

/// One stream of output.
#[derive(Debug)]
struct Output {
    ring: Ring,
    acked: u64,
}

/// Standard input on its way.
#[derive(Debug, Default)]
struct Input {
    queue: VecDeque<u8>,
    received: u64,
    consumed: u64,
    /// The client will send no more.
    ended: bool,
    /// The program takes no more.
    closed: bool,
}

/// Starts a command.
pub fn start(agent: &Rc<Agent>, request: &ExecRequest) -> Result<Rc<Exec>, Refusal> {
    if agent
        .execs
        .borrow()
        .values()
        .filter(|exec| exec.ending.code().is_none())
        .count()
        >= LIMIT
    {
        return Err(Refusal::new(
            Code::Exhausted,
            format!("{LIMIT} commands run already"),
        ));
    }
    let identity = agent.user(request.user.as_deref())?;
    let job = Job {
        command: &request.command,
        arg0: None,
        env: &request.env,
        cwd: request.cwd.as_deref(),
        identity: &identity,
        bound: false,
    };
    let no_streams = |error: io::Error| {
        Refusal::new(
            Code::Failed,
            format!("failed to make streams for a command: {error}"),
        )
    };
    let (ends, streams) = pump::Ends::new(request, identity.uid).map_err(no_streams)?;
    let pid = spawn::spawn(&job, streams)?;
    let exit = agent.reaper.register(pid);
    let exec = Rc::new(Exec {
        session: session::name(),
        pid,
        pty: ends.pty(),
        stdout: RefCell::new(Output::new()),
        stderr: RefCell::new(Output::new()),
        stdin: RefCell::new(Input {
            closed: !request.stdin && !request.tty,
            ..Input::default()
        }),
        changed: watch::Sender::new(()),
        generation: Cell::new(0),
        keep: request.keep_s.map_or(KEEP, Duration::from_secs).min(KEEP_MAX),
        ending: Ending::default(),
    });
    agent
        .execs
        .borrow_mut()
        .insert(exec.session.clone(), Rc::clone(&exec));
    tokio::task::spawn_local(run(Rc::clone(&exec), ends, exit));
    Ok(exec)
}

/// Moves its streams until it has ended and its output is in.
async fn run(exec: Rc<Exec>, ends: pump::Ends, mut exit: Exit) {
    let input = tokio::task::spawn_local(pump::input(Rc::clone(&exec), ends.stdin));
    tokio::join!(
        pump::output(&exec, &exec.stdout, ends.stdout, exit.clone()),
        pump::output(&exec, &exec.stderr, ends.stderr, exit.clone()),
    );
    let code = reaper::exited(&mut exit).await;
    input.abort();
    exec.close_input();
    exec.ending.set(code);
    exec.changed.send_replace(());
}

/// Hangs a command up when nobody has come back to it in time, so that those whose clients never
/// return do not stay for ever.
async fn abandon(exec: Rc<Exec>, generation: u64) {
    let alone = || exec.generation.get() == generation && exec.ending.code().is_none();
    for (pause, signal) in [(exec.keep, libc::SIGHUP), (HANG_UP, libc::SIGKILL)] {
        let mut changed = exec.changed.subscribe();
        let ended = async {
            while alone() && changed.changed().await.is_ok() {
                changed.borrow_and_update();
            }
        };
        let _ = tokio::time::timeout(pause, ended).await;
        if !alone() {
            return;
        }
        reaper::kill_group(exec.pid, signal);
    }
}

// === impl Exec ===

impl Exec {
    fn acknowledge(&self, stdout: u64, stderr: u64) {
        for (stream, acked) in [(&self.stdout, stdout), (&self.stderr, stderr)] {
            let mut stream = stream.borrow_mut();
            stream.acked = stream.acked.max(acked.min(stream.ring.end()));
        }
        self.changed.send_replace(());
    }

    /// Takes in what the client sent; `false` if that is more than its window.
    fn take_stdin(&self, bytes: &[u8]) -> bool {
        let mut input = self.stdin.borrow_mut();
        input.received += bytes.len() as u64;
        if input.closed {
            input.consumed = input.received;
        } else {
            input.queue.extend(bytes);
        }
        let within = input.received - input.consumed <= STDIN_WINDOW;
        drop(input);
        self.changed.send_replace(());
        within
    }

    fn end_stdin(&self) {
        self.stdin.borrow_mut().ended = true;
        self.changed.send_replace(());
    }

    /// Nobody will read standard input any more: what is on its way counts as taken.
    fn close_input(&self) {
        let mut input = self.stdin.borrow_mut();
        input.closed = true;
        input.queue = VecDeque::new();
        input.consumed = input.received;
        drop(input);
        self.changed.send_replace(());
    }
}

// === impl Output ===

impl Output {
    fn new() -> Self {
        Self {
            ring: Ring::new(usize::try_from(WINDOW).unwrap_or(KEPT) + KEPT),
            acked: 0,
        }
    }

    /// How much may be read from the program now.
    fn room(&self) -> usize {
        usize::try_from(WINDOW.saturating_sub(self.ring.end() - self.acked)).unwrap_or(0)
    }
}

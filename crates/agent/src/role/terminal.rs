//! Terminals that live in the agent: a program on a pseudo-terminal, its screen, and the end of its
//! output.
//!
//! One task per terminal reads the program's output, whoever watches, into the screen and a ring of
//! bytes. Connections read the ring, each at its own pace; one that falls behind the ring has the
//! screen painted anew. Between two bursts the program waits a moment for its quickest client: one that
//! is nearly as fast loses nothing, and none stops the program or costs memory for being slow.

use std::cell::{Cell, RefCell};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::watch;

use super::agent::Agent;
use super::pty::Pty;
use super::reaper::{self, Exit, kill_group};
use super::ring::Ring;
use super::screen::Screen;
use super::session::{self, Ending};
use super::spawn::{self, Job, Streams};
use crate::wire::{Code, OpenTerminal, Refusal, TerminalInfo};

pub mod attach;

/// How much raw output is kept for those who reattach.
const RING: usize = 256 << 10;
/// Most terminals at once.
const LIMIT: usize = 64;
/// Most output taken in before others get their turn.
const BURST: usize = 64 << 10;
/// How far the quickest client may be behind before the program waits for it.
const LEAD: u64 = (RING / 2) as u64;
/// How long it waits for one that does not get nearer: a burst in this time is its slowest pace.
const PATIENCE: Duration = Duration::from_millis(200);
/// How long a closed terminal's programs have to end.
const CLOSE_GRACE: Duration = Duration::from_secs(3);

/// A terminal.
#[derive(Debug)]
pub struct Terminal {
    pub session: String,
    command: Vec<String>,
    pid: i32,
    opened: Instant,
    pty: RefCell<Option<Rc<Pty>>>,
    picture: RefCell<Picture>,
    changed: watch::Sender<()>,
    /// How far the quickest client has read.
    read: watch::Sender<u64>,
    clients: Cell<u32>,
    pub ending: Ending,
}

#[derive(Debug)]
struct Picture {
    screen: Screen,
    ring: Ring,
    last_output: Instant,
}

/// What a connection does next.
pub enum Next {
    /// Send this output.
    Output(Bytes),
    /// The client is too far behind: paint anew.
    Behind,
    /// Say that it ended.
    Exit(i32),
    /// Wait for a change.
    Wait,
}

/// Opens a terminal and starts its program.
pub fn open(agent: &Rc<Agent>, request: &OpenTerminal) -> Result<Rc<Terminal>, Refusal> {
    if agent
        .terminals
        .borrow()
        .values()
        .filter(|terminal| terminal.ending.code().is_none())
        .count()
        >= LIMIT
    {
        return Err(Refusal::new(
            Code::Exhausted,
            format!("{LIMIT} terminals are open: close one first"),
        ));
    }
    let identity = agent.user(request.user.as_deref())?;
    let (cols, rows) = (or(request.cols, 80), or(request.rows, 24));
    let (pty, slave) = Pty::open(cols, rows, identity.uid).map_err(|error| no_pty(&error))?;
    let login = request.command.is_empty();
    let command = if login {
        vec![identity.shell.clone()]
    } else {
        request.command.clone()
    };
    // A dash before its name is how a login shell knows that it is one.
    let arg0 = login.then(|| format!("-{}", identity.shell.rsplit('/').next().unwrap_or("sh")));
    let job = Job {
        command: &command,
        arg0,
        env: &request.env,
        cwd: request.cwd.as_deref(),
        identity: &identity,
        bound: false,
    };
    let pid = spawn::spawn(&job, Streams::Terminal(slave))?;
    let exit = agent.reaper.register(pid);
    let terminal = Rc::new(Terminal {
        session: session::name(),
        command,
        pid,
        opened: Instant::now(),
        pty: RefCell::new(Some(Rc::new(pty))),
        picture: RefCell::new(Picture {
            screen: Screen::new(cols, rows),
            ring: Ring::new(RING),
            last_output: Instant::now(),
        }),
        changed: watch::Sender::new(()),
        read: watch::Sender::new(0),
        clients: Cell::new(0),
        ending: Ending::default(),
    });
    agent
        .terminals
        .borrow_mut()
        .insert(terminal.session.clone(), Rc::clone(&terminal));
    tokio::task::spawn_local(run(Rc::clone(agent), Rc::clone(&terminal), exit));
    Ok(terminal)
}

fn no_pty(error: &io::Error) -> Refusal {
    Refusal::new(
        Code::Failed,
        format!("failed to open a pseudo-terminal inside: {error}"),
    )
}

fn or(size: u16, default: u16) -> u16 {
    if size == 0 { default } else { size.min(1000) }
}

/// Takes in output until the program has ended.
async fn run(agent: Rc<Agent>, terminal: Rc<Terminal>, mut exit: Exit) {
    if let Some(pty) = terminal.pty() {
        loop {
            // Asked before reading: what was written before the end is then read after it.
            let ended = exit.borrow().is_some();
            match terminal.take_in(&pty) {
                Ok(0) => break,
                Ok(_) => {
                    agent.meters.terminal_output.set(Some(Instant::now()));
                    terminal.await_clients().await;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && !ended => {
                    tokio::select! {
                        readable = pty.readable() => if readable.is_err() { break },
                        _ = exit.wait_for(Option::is_some) => {}
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
    }
    let code = reaper::exited(&mut exit).await;
    // The last reference: whatever is left on it is hung up by the kernel.
    terminal.pty.borrow_mut().take();
    terminal.ending.set(code);
    terminal.changed.send_replace(());
}

// === impl Picture ===

impl Picture {
    /// Takes output into the screen. A mistake in the emulator must cost the picture, not the workspace
    /// whose first process this is.
    fn feed(&mut self, bytes: &[u8]) {
        let screen = &mut self.screen;
        if catch_unwind(AssertUnwindSafe(|| screen.feed(bytes))).is_err() {
            let (cols, rows) = self.screen.size();
            self.screen = Screen::new(cols, rows);
        }
    }
}

// === impl Terminal ===

impl Terminal {
    fn pty(&self) -> Option<Rc<Pty>> {
        self.pty.borrow().clone()
    }

    /// Reads what is there, up to a burst. An error only if there was nothing.
    fn take_in(&self, pty: &Pty) -> io::Result<usize> {
        let mut buffer = [0; 16 << 10];
        let mut taken = 0;
        let result = loop {
            match pty.try_read(&mut buffer) {
                Ok(length) if length > 0 && taken < BURST => {
                    let picture = &mut *self.picture.borrow_mut();
                    picture.ring.push(&buffer[..length]);
                    picture.feed(&buffer[..length]);
                    taken += length;
                    if taken >= BURST {
                        break Ok(taken);
                    }
                }
                other => break other,
            }
        };
        if taken > 0 {
            self.picture.borrow_mut().last_output = Instant::now();
            self.changed.send_replace(());
            return Ok(taken);
        }
        result
    }

    /// What a connection that has sent everything up to `cursor` does next.
    pub fn next(&self, cursor: u64, limit: usize) -> Next {
        let picture = self.picture.borrow();
        if !picture.ring.reaches(cursor) {
            Next::Behind
        } else if cursor < picture.ring.end() {
            Next::Output(picture.ring.read(cursor, limit))
        } else {
            self.ending.code().map_or(Next::Wait, Next::Exit)
        }
    }

    /// Lets clients read, and gives the quickest a moment where it is far behind. Whoever is out of
    /// reach has the screen painted anew and is not waited for.
    async fn await_clients(&self) {
        tokio::task::yield_now().await;
        let end = self.picture.borrow().ring.end();
        let far = LEAD..=RING as u64;
        let mut read = self.read.subscribe();
        let near = read.wait_for(|read| self.clients.get() == 0 || !far.contains(&end.saturating_sub(*read)));
        // Either way the program goes on.
        let _ = tokio::time::timeout(PATIENCE, near).await;
    }

    /// Takes note of how far a client has read.
    fn note_read(&self, offset: u64) {
        self.read.send_if_modified(|read| {
            let further = offset > *read;
            *read = offset.max(*read);
            further
        });
    }

    /// Whether output from `offset` on is still there.
    pub fn reaches(&self, offset: u64) -> bool {
        self.picture.borrow().ring.reaches(offset)
    }

    /// The screen as bytes, and the offset of the output that follows it.
    pub fn repaint(&self) -> (Vec<u8>, u64) {
        let picture = self.picture.borrow();
        (picture.screen.repaint(), picture.ring.end())
    }

    /// Takes on a client's size, unless that is 0.
    pub fn resize(&self, cols: u16, rows: u16) {
        let picture = &mut *self.picture.borrow_mut();
        let (old_cols, old_rows) = picture.screen.size();
        let (cols, rows) = (or(cols, old_cols), or(rows, old_rows));
        if (cols, rows) != (old_cols, old_rows) {
            picture.screen.resize(cols, rows);
            if let Some(pty) = self.pty() {
                // A program that is just ending has no size.
                let _ = pty.resize(cols, rows);
            }
        }
    }

    /// Tells its program that nobody is there any more.
    pub fn hang_up(&self) {
        if self.ending.code().is_none() {
            kill_group(self.pid, libc::SIGHUP);
            kill_group(self.pid, libc::SIGCONT);
        }
    }

    /// Hangs up, and kills what does not care.
    pub fn close(self: Rc<Self>) {
        self.hang_up();
        tokio::task::spawn_local(async move {
            let mut changed = self.changed.subscribe();
            let ended = async { while self.ending.code().is_none() && changed.changed().await.is_ok() {} };
            if tokio::time::timeout(CLOSE_GRACE, ended).await.is_err() {
                kill_group(self.pid, libc::SIGKILL);
            }
        });
    }

    /// About it, for lists.
    pub fn info(&self) -> TerminalInfo {
        let picture = self.picture.borrow();
        let (cols, rows) = picture.screen.size();
        TerminalInfo {
            session: self.session.clone(),
            title: picture.screen.title().to_owned(),
            command: self.command.clone(),
            cols,
            rows,
            clients: self.clients.get(),
            age_s: self.opened.elapsed().as_secs(),
            idle_s: picture.last_output.elapsed().as_secs(),
            exit_code: self.ending.code(),
        }
    }

    /// How many connections are attached.
    pub fn clients(&self) -> u32 {
        self.clients.get()
    }
}

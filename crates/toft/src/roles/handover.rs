//! Giving this daemon's place to a successor, and taking it from a predecessor: sockets, data
//! directory and all, without a refused connection.
//!
//! ```text
//! predecessor ── spawns it, with copies of its sockets ──► successor
//!             ◄─ READY ────────────────────────────────── it starts at all
//!   accepts nothing, writes nothing, unlocks the directory
//!             ── GO ─────────────────────────────────────► opens the directory, accepts
//!             ◄─ SERVING ──────────────────────────────────
//!   finishes what it was sending through
//!             ◄─ REVOKED … ──────────────────────────────── somebody's sign-in was taken back
//! ```
//!
//! A successor that does not say READY changes nothing; one that does not say SERVING is ended,
//! and the predecessor takes its own place again. Connections wait in the sockets meanwhile.

use std::ffi::OsString;
use std::net::TcpListener;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::time::Duration;

use rustix::net::AddressFamily;
use toft_effects::Door;
use toft_effects::spawn::Program;
use toft_server::Server;
use toft_server::compose::Left;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::process::Child;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::failure::{Context, Failure, Outcome};

const READY: u8 = b'r';
const GO: u8 = b'g';
const SERVING: u8 = b's';
const REVOKED: u8 = b'x';

/// Says to a successor that its first descriptor is the line to its predecessor, and how many of
/// the others are the UI's.
const MARK: &str = "TOFT_HANDOVER";
/// The first descriptor that is handed over (`sd_listen_fds(3)`).
const FIRST: RawFd = 3;

/// How long a successor may take to start, which is to say READY.
const START: Duration = Duration::from_secs(30);
/// How long it may take to open the directory; a new version copies and migrates it.
const TAKE: Duration = Duration::from_mins(5);
/// How long requests and WebSockets to apps go on in the predecessor.
pub const DRAIN: Duration = Duration::from_mins(10);

/// What a daemon was started with.
#[derive(Default)]
pub struct Inherited {
    /// Listening sockets of the network.
    pub tcp: Vec<TcpListener>,
    /// How many of them, the first, are the UI's; the others are apps'.
    pub listening: usize,
    /// The local socket.
    pub local: Option<UnixListener>,
    /// Who serves until this one does; nobody where a service manager opened the sockets.
    pub predecessor: Option<Predecessor>,
}

/// The daemon whose place this one takes.
pub struct Predecessor(UnixStream);

/// The daemon that takes this one's place.
pub struct Successor {
    child: Child,
    line: UnixStream,
}

// === impl Inherited ===

impl Inherited {
    /// Takes what a predecessor, or a service manager (`LISTEN_FDS`), left for this process. To
    /// be called once, before anything else opens a file by number.
    ///
    /// # Errors
    /// What was announced is not there.
    pub fn take() -> Outcome<Self> {
        let number = |name: &str| std::env::var(name).ok()?.parse::<u32>().ok();
        let from_predecessor = number(MARK).is_some();
        let for_us = from_predecessor || number("LISTEN_PID") == Some(std::process::id());
        let count = number("LISTEN_FDS").filter(|_| for_us).unwrap_or(0);
        let mut inherited = Self::default();
        let mut fds = (FIRST..).take(usize::try_from(count).unwrap_or(0)).map(own);
        if from_predecessor && let Some(line) = fds.next() {
            let line = std::os::unix::net::UnixStream::from(line?);
            let line = line
                .set_nonblocking(true)
                .and_then(|()| UnixStream::from_std(line));
            inherited.predecessor = Some(Predecessor(
                line.context(|| "use the line to the daemon before".to_owned())?,
            ));
        }
        for fd in fds {
            let fd = fd?;
            let address = rustix::net::getsockname(&fd).context(|| "use an inherited socket".to_owned())?;
            if address.address_family() == AddressFamily::UNIX {
                inherited.local = Some(UnixListener::from(fd));
            } else {
                inherited.tcp.push(TcpListener::from(fd));
            }
        }
        let listening = number(MARK).and_then(|count| usize::try_from(count).ok());
        inherited.listening = listening.unwrap_or(inherited.tcp.len());
        Ok(inherited)
    }
}

/// The descriptor of this number, which nothing in this process owns yet.
fn own(number: RawFd) -> Outcome<OwnedFd> {
    // SAFETY: borrowed for one call that fails if nothing is open under this number.
    let open = unsafe { rustix::fd::BorrowedFd::borrow_raw(number) };
    rustix::io::fcntl_setfd(open, rustix::io::FdFlags::CLOEXEC)
        .context(|| format!("take over descriptor {number}, which was announced"))?;
    // SAFETY: it is open, was put there for this process by who started it, and is taken once.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

// === impl Predecessor ===

impl Predecessor {
    /// Says that this process starts, and waits until the place is free. A predecessor that is
    /// gone has left it, too.
    pub async fn make_room(&mut self) {
        let _ = self.0.write_all(&[READY]).await;
        let _ = self.0.read_u8().await;
    }

    /// Says that this process serves, and from now on when somebody's sign-in is taken back.
    pub async fn relieve(mut self, mut changes: watch::Receiver<u64>) {
        if self.0.write_all(&[SERVING]).await.is_err() {
            return;
        }
        tokio::spawn(async move {
            let mut gone = [0];
            loop {
                tokio::select! {
                    changed = changes.changed() => {
                        if changed.is_err() || self.0.write_all(&[REVOKED]).await.is_err() {
                            return;
                        }
                    }
                    // It says nothing any more: this is its end.
                    _ = self.0.read(&mut gone) => return,
                }
            }
        });
    }
}

// === impl Successor ===

impl Successor {
    /// Starts one: `program`, as this process was started, with copies of `server`'s sockets.
    ///
    /// # Errors
    /// It does not start, or is no Toft that knows how to take over.
    pub async fn start(program: &PathBuf, server: &Server) -> Outcome<Self> {
        let doing = || format!("start {}", program.display());
        let (line, theirs) = std::os::unix::net::UnixStream::pair().context(doing)?;
        let (tcp, local) = server.listeners().context(doing)?;
        let mut fds = vec![OwnedFd::from(theirs)];
        fds.extend(tcp.into_iter().map(OwnedFd::from));
        fds.push(local.into());
        let mut successor = Program::new("spawn.successor", program).args(std::env::args_os().skip(1));
        for (name, value) in std::env::vars_os().filter(|(name, _)| is_passed_on(name)) {
            successor = successor.env(name, value);
        }
        let successor = successor
            .env(MARK, server.addresses().len().to_string())
            .env("LISTEN_FDS", fds.len().to_string())
            .fds(fds);
        let child = Door::from_env().spawn_beside(successor).context(doing)?;
        line.set_nonblocking(true).context(doing)?;
        let line = UnixStream::from_std(line).context(doing)?;
        let mut started = Self { child, line };
        match started.hear(READY, START).await {
            Ok(()) => Ok(started),
            Err(failure) => {
                started.end().await;
                Err(failure)
            }
        }
    }

    /// Gives it the place, and waits until it serves.
    ///
    /// # Errors
    /// It does not.
    pub async fn take_over(&mut self) -> Outcome<()> {
        self.line
            .write_all(&[GO])
            .await
            .context(|| "tell the next daemon to take over".to_owned())?;
        self.hear(SERVING, TAKE).await
    }

    /// Ends one that did not take over.
    pub async fn end(&mut self) {
        let _ = self.child.kill().await;
    }

    /// Finishes what `left` was sending through, while the successor serves.
    pub async fn outlive(self, left: Left, stop: impl Future<Output = ()>) {
        let (send, revoked) = mpsc::unbounded_channel();
        let mut line = self.line;
        let listening = async move {
            while let Ok(REVOKED) = line.read_u8().await {
                let _ = send.send(());
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            _ = left.drain(DRAIN, revoked) => {}
            () = listening => {}
            () = stop => {}
        }
    }

    async fn hear(&mut self, word: u8, limit: Duration) -> Outcome<()> {
        match timeout(limit, self.line.read_u8()).await {
            Ok(Ok(heard)) if heard == word => Ok(()),
            Ok(Ok(_)) => Err(Failure::new("the next daemon speaks another language")),
            Ok(Err(_)) => Err(Failure::new("the next daemon ended; its own log says why")),
            Err(_) => Err(Failure::new(format!(
                "the next daemon was not there within {} s",
                limit.as_secs()
            ))),
        }
    }
}

/// What of this process' environment concerns its successor too.
fn is_passed_on(name: &OsString) -> bool {
    !matches!(
        name.to_str(),
        Some(MARK | "LISTEN_FDS" | "LISTEN_PID" | "LISTEN_FDNAMES")
    )
}

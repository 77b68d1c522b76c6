//! Sound: a server that starts when something plays or somebody listens, and ends when both have
//! stopped. A silent desktop pays nothing for it.
//!
//! The socket that programs play to is held here. The first to connect wakes the server, which is
//! handed the socket as systemd hands one over (`LISTEN_FDS`), and it stays when the server goes.
//! What is played goes nowhere but to a second socket, at which the page listens.

use std::io;
use std::os::unix::net::UnixListener;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::UnixStream;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use crate::place::Place;
use crate::programs;

/// How long a listener waits for the server.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause between two tries.
const PAUSE: Duration = Duration::from_millis(20);
/// The pause before a server is started again that did not want to stay.
const LONG_PAUSE: Duration = Duration::from_secs(5);

/// The sound of this workspace.
#[derive(Debug)]
pub struct Sound {
    place: Place,
    player: AsyncFd<UnixListener>,
    wanted: Notify,
}

// === impl Sound ===

impl Sound {
    /// Makes the socket that programs play to.
    pub fn prepare(place: &Place) -> io::Result<Self> {
        let path = place.player();
        let _ = std::fs::remove_file(&path);
        let player = UnixListener::bind(path)?;
        player.set_nonblocking(true)?;
        // SAFETY: a listener's descriptor is its own, open and the same for as long as it lives.
        let player = unsafe { AsyncFd::register_with_interest(player, Interest::READABLE) }?;
        Ok(Self {
            place: place.clone(),
            player,
            wanted: Notify::new(),
        })
    }

    /// Starts the server whenever it is wanted.
    pub async fn run(&self) -> std::convert::Infallible {
        loop {
            self.wanted().await;
            let began = Instant::now();
            match programs::sound(&self.place, self.player.get_ref()) {
                Ok(mut server) => drop(server.ended().await),
                Err(error) => eprintln!("toft desktop: failed to start the sound server: {error}"),
            }
            if began.elapsed() < LONG_PAUSE {
                sleep(LONG_PAUSE).await;
            }
        }
    }

    /// Completes when somebody plays or listens.
    async fn wanted(&self) {
        loop {
            if self.is_called() {
                return;
            }
            tokio::select! {
                ready = self.player.readable() => {
                    if let Ok(mut ready) = ready {
                        ready.clear_ready();
                    }
                }
                () = self.wanted.notified() => return,
            }
        }
    }

    /// Whether a program waits to be let in.
    fn is_called(&self) -> bool {
        let now = Timespec::default();
        let mut socket = [PollFd::new(self.player.get_ref(), PollFlags::IN)];
        poll(&mut socket, Some(&now)).is_ok_and(|ready| ready > 0)
    }

    /// What is played from now on: two channels of 48,000 samples a second, each 16 bits, the lower
    /// first.
    pub async fn listen(&self) -> io::Result<UnixStream> {
        let begun = Instant::now();
        loop {
            match UnixStream::connect(self.place.listener()).await {
                Ok(stream) => return Ok(stream),
                Err(error) if begun.elapsed() > PATIENCE => return Err(error),
                Err(_) => self.wanted.notify_one(),
            }
            sleep(PAUSE).await;
        }
    }
}

//! What `toft desktop` runs inside a workspace: a screen (`Xvnc`), a session on it (XFCE), and a
//! page at a port of loopback that shows both to the browser.
//!
//! ```text
//! browser ──TLS── gateway ──127.0.0.1:PORT── toft desktop ──unix socket── Xvnc ── session
//! ```
//!
//! It runs as the workspace's user with no privilege at all. Who may come is the gateway's
//! business; what arrives here is still not trusted: a WebSocket and whatever changes something
//! must carry the origin of this very host (`handshake`), so that a page that a browser *inside*
//! opens cannot reach the screen that it is on. Everything that comes in is bounded.

mod bridge;
pub mod fuzzing;
mod handshake;
mod keep;
mod locale;
mod options;
mod page;
mod place;
mod programs;
mod session;
mod sound;
mod web;

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;

pub use options::{Options, OptionsError, Resolution};

/// Why the role could not run.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// Its arguments make no sense.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// The port is taken, or may not be had.
    #[error("failed to listen on port {port} of loopback: {source}")]
    Listen {
        /// The port.
        port: u16,
        /// The reason.
        source: io::Error,
    },
    /// There is no place for its sockets and settings.
    #[error("failed to use {path}: {source}")]
    Place {
        /// Where.
        path: String,
        /// The reason.
        source: io::Error,
    },
    /// The kernel refuses something that nothing works without.
    #[error("failed to run the desktop: {0}")]
    Run(#[from] io::Error),
}

/// Runs the role with the arguments after `toft desktop`, until it is told to end.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error is the app's log; nobody may be listening to it.
            let _ = io::Write::write_fmt(&mut io::stderr(), format_args!("toft desktop: {error}\n"));
            ExitCode::FAILURE
        }
    }
}

fn run(args: impl IntoIterator<Item = OsString>) -> Result<(), RoleError> {
    let options = Options::parse(args)?;
    let place = place::Place::prepare()?;
    keep::spare_memory();
    // One thread: the kernel tells children of their parent's end by the thread that started them.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    runtime.block_on(async move {
        let listener = web::listen(options.port).await?;
        let sound = sound::Sound::prepare(&place).map_err(|source| RoleError::Place {
            path: place.player().display().to_string(),
            source,
        })?;
        let session = session::Session::new(options, place);
        let served = Arc::new(web::Served { session, sound });
        let stop = keep::told_to_end()?;
        tokio::select! {
            never = web::serve(listener, Arc::clone(&served)) => match never {},
            never = served.sound.run() => match never {},
            () = served.session.run(stop) => {}
        }
        Ok(())
    })
}

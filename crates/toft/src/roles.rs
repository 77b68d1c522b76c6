//! What a process is before it is anything else: its threads and its log.

pub mod config;
pub mod handover;
pub mod notify;

use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::EnvFilter;

use crate::args::{Toft, Verb};
use crate::failure::{Context, Outcome};

/// The runtime that a verb runs on. The daemon uses all cores and keeps a log; a client needs
/// one thread and says what it has to say itself.
///
/// # Errors
/// Threads cannot be made.
pub fn runtime(toft: &Toft) -> Outcome<Runtime> {
    let daemon = serves(toft);
    let mut builder = if daemon {
        Builder::new_multi_thread()
    } else {
        Builder::new_current_thread()
    };
    if daemon {
        log(matches!(toft.verb, Verb::Serve(_)));
    }
    builder.enable_all().build().context(|| "start".to_owned())
}

/// Whether this is the daemon.
pub fn serves(toft: &Toft) -> bool {
    matches!(toft.verb, Verb::Up(_) | Verb::Serve(_))
}

/// Logs to standard error: as lines for a person with `up`, as JSON for a collector with
/// `serve`. `TOFT_LOG` sets the level (`debug`, `toft_engine=debug,warn`).
fn log(json: bool) {
    let usual = if json { "info" } else { "warn" };
    let filter = EnvFilter::try_from_env("TOFT_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if json {
        builder.json().flatten_event(true).init();
    } else {
        builder.with_target(false).init();
    }
}

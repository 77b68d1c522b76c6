//! The app of the measurements on the host itself, and the files of the peers that stand before it.
//!
//! The firewall lets nobody on the host into a workspace but Toft, so the peers get a process of the
//! same program on the host's loopback: theirs is the shorter way.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

use crate::failure::{Context, Failure};
use crate::process;

/// The program.
pub fn program() -> Result<PathBuf, Failure> {
    let this = std::env::current_exe().context(|| "find this program".to_owned())?;
    Ok(this.with_file_name("toft-bench-app"))
}

/// The app, on a port of its own; ends when it is dropped.
#[derive(Debug)]
pub struct Local {
    port: u16,
    _child: Child,
}

// === impl Local ===

impl Local {
    /// Starts it and waits until it listens.
    pub async fn start() -> Result<Self, Failure> {
        let doing = || "start the app on the host".to_owned();
        let mut command = process::command(program()?, &["0"]);
        let mut child = command.stdout(Stdio::piped()).spawn().context(doing)?;
        let out = child.stdout.take();
        let mut lines = BufReader::new(out.ok_or_else(|| Failure::new("the app has no output"))?).lines();
        let line = lines.next_line().await.context(doing)?.unwrap_or_default();
        let port = line.parse().context(doing)?;
        Ok(Self { port, _child: child })
    }

    /// Where it listens on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// A port that nobody listens on.
pub fn free_port() -> Result<u16, Failure> {
    let bound = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    Ok(bound.context(|| "find a free port".to_owned())?.port())
}

/// Writes a peer's configuration.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let doing = || format!("write {}", path.display());
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).context(doing)?;
    }
    std::fs::write(path, text).context(doing)
}

//! The agent's socket: bound here, inherited by the agent, its path only on the host.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use toft_agent::BoxStream;

use crate::error::{Error, file};

/// Its name in the sandbox's directory.
pub(crate) const NAME: &str = "agent.sock";

/// A listening socket in the sandbox's directory, in place of one from before.
pub(crate) fn listen(dir: &Path) -> Result<OwnedFd, Error> {
    let path = dir.join(NAME);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(file("remove", &path)(error)),
        _ => {}
    }
    let (_dir, short) = shortened(dir).map_err(file("open", dir))?;
    let listener = UnixListener::bind(short).map_err(file("listen at", &path))?;
    Ok(listener.into())
}

/// A new connection to the agent.
pub(crate) async fn connect(dir: &Path) -> io::Result<BoxStream> {
    let (_dir, short) = shortened(dir)?;
    Ok(Box::new(tokio::net::UnixStream::connect(short).await?))
}

/// A path that fits a socket address, whatever the length of the real one, and what it needs to
/// stay valid.
fn shortened(dir: &Path) -> io::Result<(File, PathBuf)> {
    let dir = File::open(dir)?;
    let short = PathBuf::from(format!("/proc/self/fd/{}", dir.as_raw_fd())).join(NAME);
    Ok((dir, short))
}

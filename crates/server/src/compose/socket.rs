//! The local socket: the API without a login, for root and the group that may open it.

use std::fs::{self, File, Permissions};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;
use tokio::task::JoinSet;

use super::{ServeError, data};
use crate::people::identify::LocalPeer;
use crate::state::App;

/// Its name in the data directory.
const NAME: &str = "toft.sock";

/// Begins to answer on the local socket, that of a daemon before this one where there was one.
/// Returns it, to be handed over in turn.
pub(super) fn serve(
    dir: &Path,
    inherited: Option<std::os::unix::net::UnixListener>,
    app: App,
    tasks: &mut JoinSet<()>,
) -> Result<std::os::unix::net::UnixListener, ServeError> {
    let path = dir.join(NAME);
    let failed = |source| ServeError::File {
        doing: format!("listen on {}", path.display()),
        source,
    };
    let kept = match inherited {
        Some(listener) => listener,
        None => bind(dir, &path).map_err(failed)?,
    };
    let listener = kept.try_clone().and_then(|copy| {
        copy.set_nonblocking(true)?;
        UnixListener::from_std(copy)
    });
    let listener = listener.map_err(failed)?;
    let service = crate::router(app).into_make_service_with_connect_info::<LocalPeer>();
    tasks.spawn(async move {
        // Aborted with this task, it accepts no more; connections are tasks of their own, and go on.
        if let Err(error) = axum::serve(listener, service).await {
            tracing::error!(%error, "the local socket does not answer any more");
        }
    });
    Ok(kept)
}

fn bind(dir: &Path, path: &Path) -> std::io::Result<std::os::unix::net::UnixListener> {
    // The store's lock says that no other daemon serves here: what lies there is a leftover.
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // A socket's address holds 108 bytes: go through the opened directory.
    let opened = File::open(dir)?;
    let short = PathBuf::from(format!("/proc/self/fd/{}", opened.as_raw_fd())).join(NAME);
    let listener = std::os::unix::net::UnixListener::bind(short)?;
    // Until now the directory kept everybody out; the group is let in last.
    if let Some(group) = data::group_id() {
        chown(path, None, Some(group))?;
    }
    fs::set_permissions(path, Permissions::from_mode(0o660))?;
    Ok(listener)
}

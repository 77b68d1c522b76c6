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

/// Begins to answer on the local socket.
pub(super) fn serve(dir: &Path, app: App, tasks: &mut JoinSet<()>) -> Result<(), ServeError> {
    let path = dir.join(NAME);
    let failed = |source| ServeError::File {
        doing: format!("listen on {}", path.display()),
        source,
    };
    let listener = bind(dir, &path).map_err(failed)?;
    let service = crate::router(app.clone()).into_make_service_with_connect_info::<LocalPeer>();
    tasks.spawn(async move {
        let closing = app.clone();
        let served =
            axum::serve(listener, service).with_graceful_shutdown(async move { closing.closing().await });
        if let Err(error) = served.await {
            tracing::error!(%error, "the local socket does not answer any more");
        }
    });
    Ok(())
}

fn bind(dir: &Path, path: &Path) -> std::io::Result<UnixListener> {
    // The store's lock says that no other daemon serves here: what lies there is a leftover.
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // A socket's address holds 108 bytes: go through the opened directory.
    let opened = File::open(dir)?;
    let short = PathBuf::from(format!("/proc/self/fd/{}", opened.as_raw_fd())).join(NAME);
    let listener = UnixListener::bind(short)?;
    // Until now the directory kept everybody out; the group is let in last.
    if let Some(group) = data::group_id() {
        chown(path, None, Some(group))?;
    }
    fs::set_permissions(path, Permissions::from_mode(0o660))?;
    Ok(listener)
}

//! The data directory: nobody but root enters it, save for the socket's group.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use super::ServeError;

/// Members of this group may use the local socket.
const GROUP: &str = "toft";

/// Makes the directory and those below it that are ours, and says where it really is.
pub(super) fn prepare(dir: &Path) -> Result<PathBuf, ServeError> {
    let shown = dir.display();
    fs::create_dir_all(dir).map_err(ServeError::file(format!("make the data directory {shown}")))?;
    let dir = dir
        .canonicalize()
        .map_err(ServeError::file(format!("open the data directory {shown}")))?;
    // The group may pass through to the socket; everything else in here is root's alone.
    let group = group_id();
    let mode = if group.is_some() { 0o710 } else { 0o700 };
    let closed = fs::set_permissions(&dir, Permissions::from_mode(mode));
    closed.map_err(ServeError::file(format!(
        "close the data directory {shown}; is it yours? run as root, or choose another --data-dir"
    )))?;
    if let Some(group) = group {
        chown(&dir, None, Some(group))
            .map_err(ServeError::file(format!("give {shown} to the group {GROUP}")))?;
    }
    for name in ["tls", "bin", "images", "volumes", "sandboxes", "run"] {
        let path = dir.join(name);
        fs::create_dir_all(&path)
            .and_then(|()| fs::set_permissions(&path, Permissions::from_mode(0o700)))
            .map_err(ServeError::file(format!("make {}", path.display())))?;
    }
    Ok(dir)
}

/// The group of those who may use the local socket, if the host has it.
pub(super) fn group_id() -> Option<u32> {
    // A static program has no name service switch: the file is what there is.
    let groups = fs::read_to_string("/etc/group").ok()?;
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == GROUP).then(|| fields.nth(1)?.parse().ok())?
    })
}

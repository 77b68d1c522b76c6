//! A `/dev` for one workspace: a small tmpfs with the nodes that every program expects.

// The door itself is where the ban of clippy.toml ends.
#![allow(clippy::disallowed_methods)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, lchown, symlink};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use rustix::mount::MountFlags;

use super::{MountError, make_directory, mount_error};
use crate::namespaces::IdRange;

/// Character devices that neither reveal nor change anything of the host.
const NODES: [(&str, u32, u32); 6] = [
    ("null", 1, 3),
    ("zero", 1, 5),
    ("full", 1, 7),
    ("random", 1, 8),
    ("urandom", 1, 9),
    ("tty", 5, 0),
];
/// Where other file systems are mounted, with the modes that those get.
const DIRECTORIES: [(&str, u32); 3] = [("pts", 0o755), ("shm", 0o1777), ("mqueue", 0o1777)];
const LINKS: [(&str, &str); 5] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
];

/// Mounts it at `target`, everything in it owned by the range's root.
pub(super) fn mount(
    target: &Path,
    range: IdRange,
    more: &[(&str, u32, u32)],
    places: &[&str],
) -> Result<(), MountError> {
    make_directory(target)?;
    let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
    rustix::mount::mount("dev", target, "tmpfs", flags, Some(c"mode=0755,size=64k"))
        .map_err(mount_error("mount devices at", target))?;
    own(target, range)?;
    for place in places {
        make_all(target, Path::new(place), 0o700, range)?;
    }
    for (name, major, minor) in NODES.iter().chain(more) {
        let path = target.join(name);
        if let Some(above) = Path::new(name).parent() {
            make_all(target, above, 0o755, range)?;
        }
        mknodat(
            CWD,
            &path,
            FileType::CharacterDevice,
            Mode::from_raw_mode(0o666),
            makedev(*major, *minor),
        )
        .map_err(mount_error("make the device", &path))?;
        own(&path, range)?;
    }
    for (name, mode) in DIRECTORIES {
        let path = target.join(name);
        make_directory(&path)?;
        fs::set_permissions(&path, Permissions::from_mode(mode)).map_err(mount_error("open up", &path))?;
        own(&path, range)?;
    }
    for (name, to) in LINKS {
        let path = target.join(name);
        symlink(to, &path).map_err(mount_error("link", &path))?;
        own(&path, range)?;
    }
    Ok(())
}

/// Makes `path` below `target`, each directory of it with this mode where it is not there yet.
fn make_all(target: &Path, path: &Path, mode: u32, range: IdRange) -> Result<(), MountError> {
    let mut dir = target.to_owned();
    for part in path {
        dir.push(part);
        if dir.is_dir() {
            continue;
        }
        make_directory(&dir)?;
        fs::set_permissions(&dir, Permissions::from_mode(mode)).map_err(mount_error("open up", &dir))?;
        own(&dir, range)?;
    }
    Ok(())
}

fn own(path: &Path, range: IdRange) -> Result<(), MountError> {
    lchown(path, Some(range.start), Some(range.start)).map_err(mount_error("give away", path))
}

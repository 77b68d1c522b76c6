//! Single trees of the host: cloned, restricted, given the ids of a user namespace, attached.

// The door itself is where the ban of clippy.toml ends.
#![allow(clippy::disallowed_methods)]

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use rustix::fs::CWD;
use rustix::mount::{MoveMountFlags, OpenTreeFlags};

use super::{MountError, make_directory, mount_error};

/// Shows `source` at `target`, which is made as what the source is.
pub(super) fn mount(
    source: &Path,
    target: &Path,
    user: Option<&Path>,
    read_only: bool,
) -> Result<(), MountError> {
    let tree = clone_of(source)?;
    restrict(&tree, source, user, read_only)?;
    let kind = fs::metadata(source).map_err(mount_error("examine", source))?;
    if kind.is_dir() {
        make_directory(target)?;
    } else {
        File::create_new(target)
            .map(drop)
            .map_err(mount_error("create", target))?;
    }
    attach(&tree, target)
}

/// A detached mount of what `source` shows, without the mounts below it.
pub(super) fn clone_of(source: &Path) -> Result<OwnedFd, MountError> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
    rustix::mount::open_tree(CWD, source, flags).map_err(mount_error("open the tree", source))
}

/// Puts a detached mount into the calling thread's namespace.
pub(super) fn attach(tree: &OwnedFd, target: &Path) -> Result<(), MountError> {
    rustix::mount::move_mount(tree, "", CWD, target, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)
        .map_err(mount_error("mount at", target))
}

/// Takes set-user-id and devices from a detached mount, and writing if asked; shows its ids as
/// those of the user namespace pinned at `user`.
pub(super) fn restrict(
    tree: &OwnedFd,
    source: &Path,
    user: Option<&Path>,
    read_only: bool,
) -> Result<(), MountError> {
    let mut set = libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;
    if read_only {
        set |= libc::MOUNT_ATTR_RDONLY;
    }
    set_attributes(tree, source, set, user)
}

/// Shows the ids of a detached mount as those of the user namespace pinned at `user`.
pub(super) fn map_ids(tree: &OwnedFd, source: &Path, user: &Path, read_only: bool) -> Result<(), MountError> {
    let set = if read_only { libc::MOUNT_ATTR_RDONLY } else { 0 };
    set_attributes(tree, source, set, Some(user))
}

fn set_attributes(tree: &OwnedFd, source: &Path, set: u64, user: Option<&Path>) -> Result<(), MountError> {
    let namespace = user
        .map(|path| File::open(path).map_err(mount_error("open", path)))
        .transpose()?;
    // SAFETY: all-zero is a valid value of this plain structure.
    let mut attributes: libc::mount_attr = unsafe { std::mem::zeroed() };
    attributes.attr_set = set;
    if let Some(namespace) = &namespace {
        attributes.attr_set |= libc::MOUNT_ATTR_IDMAP;
        // A descriptor is never negative.
        attributes.userns_fd = u64::from(namespace.as_raw_fd().unsigned_abs());
    }
    // SAFETY: both descriptors are open, the path is a constant, and the kernel reads exactly
    // the structure's size.
    let done = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            tree.as_raw_fd(),
            c"".as_ptr(),
            libc::AT_EMPTY_PATH,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    };
    if done == 0 {
        Ok(())
    } else {
        Err(mount_error("map the ids of", source)(io::Error::last_os_error()))
    }
}

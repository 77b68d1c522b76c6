//! A writable root over an image, both with ids shown as the range's.

// The door itself is where the ban of clippy.toml ends.
#![allow(clippy::disallowed_methods)]

use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::CWD;
use rustix::mount::{FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags};
use rustix::thread::CapabilitiesSecureBits;

use super::{MountError, Stage, make_directory, mount_error, tree};
use crate::namespaces::IdRange;

/// Mounts `layer/upper` over `lower` at `name` on the stage.
pub(super) fn mount(stage: &Stage, name: &str, lower: &Path, layer: &Path) -> Result<(), MountError> {
    for (part, source, read_only) in [("lower", lower, true), ("layer", layer, false)] {
        let target = stage.at.join(part);
        let clone = tree::clone_of(source)?;
        tree::map_ids(&clone, source, &stage.user_namespace, read_only)?;
        make_directory(&target)?;
        tree::attach(&clone, &target)?;
    }
    let target = stage.at.join(name);
    make_directory(&target)?;
    let error = |source: io::Error| mount_error("mount the overlay at", &target)(source);
    let overlay =
        rustix::mount::fsopen("overlay", FsOpenFlags::FSOPEN_CLOEXEC).map_err(|e| error(e.into()))?;
    let options = [
        ("source", "toft".into()),
        ("lowerdir", stage.at.join("lower")),
        ("upperdir", stage.at.join("layer/upper")),
        ("workdir", stage.at.join("layer/work")),
        // Renaming a directory of the image works as on any disk (dpkg does it).
        ("redirect_dir", "on".into()),
        // A layer can be copied and imported: nothing in it depends on inode numbers.
        ("index", "off".into()),
        ("metacopy", "off".into()),
    ];
    for (key, value) in &options {
        rustix::mount::fsconfig_set_string(overlay.as_fd(), *key, value.as_path())
            .map_err(|e| error(e.into()))?;
    }
    as_root_of(stage.range, || {
        rustix::mount::fsconfig_create(overlay.as_fd()).map_err(io::Error::from)
    })
    .map_err(error)?;
    let flags = FsMountFlags::FSMOUNT_CLOEXEC;
    let mounted = rustix::mount::fsmount(overlay.as_fd(), flags, MountAttrFlags::empty())
        .map_err(|e| error(e.into()))?;
    rustix::mount::move_mount(
        &mounted,
        "",
        CWD,
        &target,
        MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH,
    )
    .map_err(|e| error(e.into()))
}

/// Runs `act` with the file system ids of the range's root and all capabilities of the thread.
///
/// The overlay keeps the credentials it was made with for its work on the layers, and through an
/// id-mapped mount only the range's ids exist: with the host's root it would turn read-only.
fn as_root_of<T>(range: IdRange, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let before = rustix::thread::capabilities_secure_bits()?;
    rustix::thread::set_capabilities_secure_bits(before | CapabilitiesSecureBits::NO_SETUID_FIXUP)?;
    set_file_ids(range.start);
    let result = if file_ids_are(range.start) {
        act()
    } else {
        Err(io::ErrorKind::PermissionDenied.into())
    };
    set_file_ids(0);
    rustix::thread::set_capabilities_secure_bits(before)?;
    result
}

fn set_file_ids(id: u32) {
    // SAFETY: these change credentials of the calling thread only, which `Door::stage` owns.
    unsafe {
        libc::setfsgid(id);
        libc::setfsuid(id);
    }
}

fn file_ids_are(id: u32) -> bool {
    // SAFETY: an impossible id changes nothing; the calls return the ids in effect.
    let (user, group) = unsafe { (libc::setfsuid(u32::MAX), libc::setfsgid(u32::MAX)) };
    user.cast_unsigned() == id && group.cast_unsigned() == id
}

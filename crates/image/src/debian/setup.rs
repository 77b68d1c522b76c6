//! What is done to a fresh Debian tree before it becomes an image: the person inside, and
//! nothing left of the machine it was made on.
//!
//! The files are written directly, without running programs in the tree.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown, lchown};
use std::path::Path;

use crate::error::ImageError;
use crate::source::DebianRecipe;

/// The first ordinary user of a Debian system.
const UID: u32 = 1000;

/// Files of the build or of this host; each may be absent.
const STRAY_FILES: [&str; 6] = [
    "etc/hostname",
    "etc/resolv.conf",
    // Holds the option that only the bootstrap needs; apt's own user works inside a workspace.
    "etc/apt/apt.conf.d/99mmdebstrap",
    "var/cache/ldconfig/aux-cache",
    "var/lib/dbus/machine-id",
    "etc/.pwd.lock",
];
/// Directories that start empty.
const EMPTY_DIRS: [&str; 5] = ["dev", "run", "tmp", "var/tmp", "var/cache/apt/archives"];

/// Services are not started by package scripts: there may be no init inside.
const POLICY: &str = "#!/bin/sh\n# No service manager may be running here: packages install, and do not start anything.\nexit 101\n";
const APT: &str = "// Package lists stay compressed on disk.\nAcquire::GzipIndexes \"true\";\n";

/// Applies all of it to the tree at `root`.
pub(super) fn apply(root: &Path, recipe: &DebianRecipe) -> Result<(), ImageError> {
    clean(root).map_err(ImageError::io("clean", root))?;
    configure(root).map_err(ImageError::io("configure", root))?;
    if let Some(user) = &recipe.user {
        add_user(root, user).map_err(ImageError::io("add the user to", root))?;
    }
    Ok(())
}

fn clean(root: &Path) -> io::Result<()> {
    for name in STRAY_FILES {
        ignore_absent(fs::remove_file(root.join(name)))?;
    }
    for name in EMPTY_DIRS {
        empty(&root.join(name))?;
    }
    for dir in ["var/log", "var/log/apt"] {
        remove_files(&root.join(dir), |_| true)?;
    }
    // dpkg's and debconf's copies of the state before the last change.
    for dir in ["var/lib/dpkg", "var/cache/debconf", "etc"] {
        remove_files(&root.join(dir), |name| {
            name.ends_with("-old") || name.ends_with('-')
        })?;
    }
    // Present and empty: each workspace gets its own.
    fs::write(root.join("etc/machine-id"), "")
}

fn configure(root: &Path) -> io::Result<()> {
    // With an init of its own a machine starts what is installed, as Debian does everywhere.
    if fs::symlink_metadata(root.join("sbin/init")).is_err() {
        write(root, "usr/sbin/policy-rc.d", POLICY, 0o755)?;
    }
    write(root, "etc/apt/apt.conf.d/90toft", APT, 0o644)?;
    write(root, "etc/default/locale", "LANG=C.UTF-8\n", 0o644)
}

fn add_user(root: &Path, user: &str) -> io::Result<()> {
    append(
        root,
        "etc/passwd",
        &format!("{user}:x:{UID}:{UID}::/home/{user}:/bin/bash\n"),
    )?;
    append(root, "etc/group", &format!("{user}:x:{UID}:\n"))?;
    // No password opens the account; people come in through Toft.
    append(root, "etc/shadow", &format!("{user}:*:19000:0:99999:7:::\n"))?;
    append(root, "etc/gshadow", &format!("{user}:!::\n"))?;
    for file in ["etc/group", "etc/gshadow"] {
        join_group(root, file, "sudo", user)?;
    }
    write(
        root,
        &format!("etc/sudoers.d/{user}"),
        &format!("{user} ALL=(ALL:ALL) NOPASSWD: ALL\n"),
        0o440,
    )?;
    make_home(root, user)
}

/// A home as `adduser` would make it; a workspace's volume is mounted over it.
fn make_home(root: &Path, user: &str) -> io::Result<()> {
    let home = root.join("home").join(user);
    fs::create_dir(&home)?;
    for entry in fs::read_dir(root.join("etc/skel"))? {
        let entry = entry?;
        let target = home.join(entry.file_name());
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), &target)?;
            lchown(&target, Some(UID), Some(UID))?;
        }
    }
    fs::set_permissions(&home, fs::Permissions::from_mode(0o750))?;
    chown(&home, Some(UID), Some(UID))
}

/// Adds `user` to the last field of the group's line.
fn join_group(root: &Path, file: &str, group: &str, user: &str) -> io::Result<()> {
    let path = root.join(file);
    let prefix = format!("{group}:");
    let mut text = String::new();
    for line in fs::read_to_string(&path)?.lines() {
        text.push_str(line);
        if line.starts_with(&prefix) {
            if !line.ends_with(':') {
                text.push(',');
            }
            text.push_str(user);
        }
        text.push('\n');
    }
    // Written in place: mode and owner stay.
    fs::write(path, text)
}

fn append(root: &Path, file: &str, line: &str) -> io::Result<()> {
    let path = root.join(file);
    let mut text = fs::read_to_string(&path)?;
    text.push_str(line);
    fs::write(path, text)
}

fn write(root: &Path, file: &str, text: &str, mode: u32) -> io::Result<()> {
    let path = root.join(file);
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    fs::write(&path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

fn empty(dir: &Path) -> io::Result<()> {
    for entry in list(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn remove_files(dir: &Path, wanted: impl Fn(&str) -> bool) -> io::Result<()> {
    for entry in list(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_file() && wanted(&entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The entries of a directory; none where there is no directory.
fn list(dir: &Path) -> io::Result<Vec<io::Result<fs::DirEntry>>> {
    match fs::read_dir(dir) {
        Ok(entries) => Ok(entries.collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn ignore_absent(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests;

//! Where the desktop's sockets are, and what a new desktop looks like.
//!
//! The look comes as defaults: files in a directory of the session's `XDG_CONFIG_DIRS`, before the
//! system's own. Programs read them where a person has chosen nothing and write a person's choices
//! to the home, so nothing is copied there, no dialog asks on the first start, and a newer Toft
//! brings newer defaults. The web browser knows no such directory: its first profile is laid into a
//! home that has none.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use rust_embed::RustEmbed;

use crate::RoleError;

/// The defaults, laid out as in `/etc/xdg`.
#[derive(RustEmbed)]
#[folder = "defaults"]
struct Defaults;

/// What is laid into a home, each folder of it if the home has none of that name.
#[derive(RustEmbed)]
#[folder = "seeds"]
struct Seeds;

/// What stands in a default for the directory that it lies in.
const HERE: &str = "@HERE@";

/// The desktop's own directory.
#[derive(Clone, Debug)]
pub struct Place {
    /// Sockets and defaults; gone with the workspace's start.
    run: PathBuf,
    /// The person's home.
    home: PathBuf,
}

// === impl Place ===

impl Place {
    /// Makes the directory and writes the defaults.
    pub fn prepare() -> Result<Self, RoleError> {
        let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from);
        let place = Self { run: runtime(), home };
        let failed = |source| RoleError::Place {
            path: place.run.display().to_string(),
            source,
        };
        place.write().map_err(failed)?;
        if let Err(error) = place.seed() {
            // A full home still gets its desktop.
            eprintln!("toft desktop: failed to prepare the home: {error}");
        }
        Ok(place)
    }

    fn write(&self) -> io::Result<()> {
        if let Some(parent) = self.run.parent().filter(|parent| !parent.exists()) {
            own_directory(parent)?;
        }
        own_directory(&self.run)?;
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(self.base().join("pulse"))?;
        let here = self.defaults();
        for name in Defaults::iter() {
            let Some(file) = Defaults::get(&name) else {
                continue;
            };
            let path = here.join(&*name);
            if let Some(dir) = path.parent() {
                fs::create_dir_all(dir)?;
            }
            match std::str::from_utf8(&file.data) {
                Ok(text) if text.contains(HERE) => {
                    fs::write(path, text.replace(HERE, &here.display().to_string()))?;
                }
                _ => fs::write(path, &file.data)?,
            }
        }
        Ok(())
    }

    fn seed(&self) -> io::Result<()> {
        let folder = |name: &str| self.home.join(name.split('/').next().unwrap_or_default());
        let fresh: Vec<_> = Seeds::iter().filter(|name| !folder(name).exists()).collect();
        for name in fresh {
            let Some(file) = Seeds::get(&name) else { continue };
            let path = self.home.join(&*name);
            if let Some(dir) = path.parent() {
                fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
            }
            fs::write(path, &file.data)?;
        }
        Ok(())
    }

    /// The socket that the screen speaks RFB on.
    pub fn screen(&self) -> PathBuf {
        self.run.join("screen")
    }

    /// The socket that programs play sound to: where they look for it by themselves.
    pub fn player(&self) -> PathBuf {
        self.base().join("pulse/native")
    }

    /// The socket at which what is played is heard.
    pub fn listener(&self) -> PathBuf {
        self.run.join("listener")
    }

    /// The session's own directory, which the desktop's is in.
    pub fn base(&self) -> &Path {
        self.run.parent().unwrap_or(&self.run)
    }

    /// The directory of defaults.
    pub fn defaults(&self) -> PathBuf {
        self.run.join("defaults")
    }

    /// Where locales that were made are kept.
    pub fn locales(&self) -> PathBuf {
        self.home.join(".cache/toft/locales")
    }
}

/// Below the session's own directory, where the workspace has it.
fn runtime() -> PathBuf {
    let uid = rustix::process::geteuid().as_raw();
    let usual = PathBuf::from(format!("/run/user/{uid}"));
    let base = std::env::var_os("XDG_RUNTIME_DIR").map_or(usual, PathBuf::from);
    if base.is_dir() {
        base.join("toft-desktop")
    } else {
        std::env::temp_dir()
            .join(format!("toft-{uid}"))
            .join("toft-desktop")
    }
}

/// A directory that only this user enters, whoever made it first.
fn own_directory(path: &Path) -> io::Result<()> {
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let found = fs::symlink_metadata(path)?;
    let own = found.is_dir() && found.uid() == rustix::process::geteuid().as_raw();
    let others = found.mode() & 0o077;
    if own && others == 0 {
        Ok(())
    } else {
        Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "it is not a directory of this user alone",
        ))
    }
}

#[cfg(test)]
mod tests;

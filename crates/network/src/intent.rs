//! What should be attached: one file for each, written before anything is done about it and
//! removed after everything is undone.
//!
//! Firewall and zone are always made from all of these files, so that one attachment's change
//! cannot forget another's, not even when the daemon was killed in between. They lie in the
//! volatile part of the data directory: when they vanish, [`crate::Network::reconcile`] brings
//! them back from what the caller knows.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::error::NetworkError;
use crate::network::Attach;

/// The directory of intents.
#[derive(Clone, Debug)]
pub(crate) struct Intents {
    dir: PathBuf,
}

// === impl Intents ===

impl Intents {
    pub(crate) fn at(dir: &Path) -> Self {
        Self {
            dir: dir.join("attached"),
        }
    }

    /// All intents, by uid. A file that is none is left alone and told about: one bad record
    /// must not take the others off the network.
    pub(crate) fn all(&self) -> Result<Vec<Attach>, NetworkError> {
        let listing = match fs::read_dir(&self.dir) {
            Ok(listing) => listing,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(NetworkError::file("list", &self.dir)(error)),
        };
        let mut paths: Vec<PathBuf> = listing.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        Ok(paths.iter().filter_map(|path| read(path)).collect())
    }

    pub(crate) fn has(&self, uid: &str) -> bool {
        self.path(uid).is_ok_and(|path| path.exists())
    }

    pub(crate) fn put(&self, attach: &Attach) -> Result<(), NetworkError> {
        let path = self.path(&attach.uid)?;
        fs::create_dir_all(&self.dir).map_err(NetworkError::file("make", &self.dir))?;
        let text = serde_json::to_vec(attach).map_err(io::Error::other);
        replace(&path, &text.map_err(NetworkError::file("write", &path))?, 0o600)
    }

    pub(crate) fn remove(&self, uid: &str) -> Result<(), NetworkError> {
        let path = self.path(uid)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(NetworkError::file("remove", path)(error))
            }
            _ => Ok(()),
        }
    }

    /// Removes every intent whose uid `keep` does not want, unreadable ones too.
    pub(crate) fn retain(&self, keep: impl Fn(&str) -> bool) -> Result<(), NetworkError> {
        let Ok(listing) = fs::read_dir(&self.dir) else {
            return Ok(());
        };
        for path in listing.flatten().map(|entry| entry.path()) {
            let uid = path
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
                .unwrap_or_default();
            if !keep(&uid) {
                fs::remove_file(&path).map_err(NetworkError::file("remove", &path))?;
            }
        }
        Ok(())
    }

    fn path(&self, uid: &str) -> Result<PathBuf, NetworkError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if uid.is_empty() || uid.len() > 64 || !uid.bytes().all(plain) {
            return Err(NetworkError::Uid(uid.to_owned()));
        }
        Ok(self.dir.join(format!("{uid}.json")))
    }
}

fn read(path: &Path) -> Option<Attach> {
    let attach = fs::read(path)
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok());
    if attach.is_none() {
        tracing::warn!(path = %path.display(), "passed over an attachment that cannot be read");
    }
    attach
}

/// Writes a whole file or nothing, with these permissions.
pub(crate) fn replace(path: &Path, content: &[u8], mode: u32) -> Result<(), NetworkError> {
    let beside = path.with_extension("new");
    fs::write(&beside, content).map_err(NetworkError::file("write", &beside))?;
    let mode = fs::Permissions::from_mode(mode);
    fs::set_permissions(&beside, mode).map_err(NetworkError::file("set the permissions of", &beside))?;
    fs::rename(&beside, path).map_err(NetworkError::file("replace", path))
}

#[cfg(test)]
mod tests;

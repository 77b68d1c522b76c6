//! The sign-in that `toft login` keeps, in `$XDG_CONFIG_HOME/toft/login.json`, readable by its
//! owner only.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::failure::{Context, Failure, Outcome};

/// A Toft and the token to use with it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    /// Its address.
    pub url: String,
    /// Its authority, PEM.
    pub ca: String,
    /// An API token.
    pub token: String,
}

fn path() -> Option<PathBuf> {
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let config = absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")))?;
    Some(config.join("toft/login.json"))
}

/// The saved sign-in, if there is one.
///
/// # Errors
/// It is there but cannot be read.
pub fn read() -> Outcome<Option<Saved>> {
    let Some(path) = path() else { return Ok(None) };
    let text = match std::fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        other => other.context(|| format!("read {}", path.display()))?,
    };
    let saved = serde_json::from_slice(&text);
    saved.map(Some).map_err(|error| {
        Failure::new(format!("failed to read {}: {error}", path.display()))
            .hint("sign in again: toft login URL")
    })
}

/// Saves a sign-in in place of the former.
///
/// # Errors
/// It cannot be written.
pub fn write(saved: &Saved) -> Outcome<PathBuf> {
    let path = path().ok_or_else(|| {
        Failure::new("neither XDG_CONFIG_HOME nor HOME is set, so the sign-in cannot be kept")
    })?;
    let dir = path.parent().unwrap_or(&path);
    let doing = || format!("write {}", path.display());
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .context(doing)?;
    let next = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&next)
        .context(doing)?;
    let text = serde_json::to_string_pretty(saved).context(doing)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .context(doing)?;
    std::fs::rename(&next, &path).context(doing)?;
    Ok(path)
}

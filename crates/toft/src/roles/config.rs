//! The daemon's configuration file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::failure::{Context, Outcome};

/// What the file may say; everything else in it is an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct File {
    /// Where the daemon keeps everything.
    pub data_dir: Option<PathBuf>,
    /// Where it listens.
    #[serde(default)]
    pub listen: Vec<SocketAddr>,
    /// The domain of the UI.
    pub domain: Option<String>,
    /// The ports that apps get: `FIRST-LAST` or `none`.
    pub app_ports: Option<String>,
    /// What homes are kept on: `auto`, `btrfs` or `directory`.
    pub volumes: Option<String>,
}

/// Reads the file.
///
/// # Errors
/// It cannot be read or understood.
pub fn read(path: &Path) -> Outcome<File> {
    let text = std::fs::read_to_string(path).context(|| format!("read {}", path.display()))?;
    serde_saphyr::from_str(&text).context(|| format!("understand {}", path.display()))
}

#[cfg(test)]
mod tests;

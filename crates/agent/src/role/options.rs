//! How the agent is started: `toft agent [--fd N] [--user NAME] [--beside | --init]`.

use std::ffi::OsString;
use std::os::fd::RawFd;

/// The agent's options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The listening socket that was inherited.
    pub fd: RawFd,
    /// The workspace's user, by name or number. If absent, the user with number 1000, else root.
    pub user: Option<String>,
    /// Another process is the workspace's first: strangers are not reaped and not ended.
    pub beside: bool,
    /// This process is the first and becomes the image's own init; the agent is its child.
    pub init: bool,
}

/// An option that makes no sense.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// Not an option of the agent's.
    #[error("unknown option {0:?}; the agent takes --fd N, --user NAME, --beside and --init")]
    Unknown(String),
    /// A value is missing or malformed.
    #[error("the option {0} needs a value: {1}")]
    Value(&'static str, &'static str),
}

// === impl Options ===

impl Options {
    /// Reads the arguments after `toft agent`.
    pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Self, OptionsError> {
        let mut options = Self {
            fd: 3,
            user: None,
            beside: false,
            init: false,
        };
        let mut args = args.into_iter().map(|arg| arg.to_string_lossy().into_owned());
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--fd" => {
                    let fd = args.next().and_then(|fd| fd.parse().ok()).filter(|fd| *fd >= 0);
                    options.fd = fd.ok_or(OptionsError::Value("--fd", "the number of an open socket"))?;
                }
                "--user" => {
                    let user = args.next().filter(|user| !user.is_empty());
                    options.user =
                        Some(user.ok_or(OptionsError::Value("--user", "the name or number of a user"))?);
                }
                "--beside" => options.beside = true,
                "--init" => options.init = true,
                other => return Err(OptionsError::Unknown(other.to_owned())),
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests;

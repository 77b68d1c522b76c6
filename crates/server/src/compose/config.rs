//! What the daemon is told, and why it does not start.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

/// Everything [`super::serve`] needs to know.
#[derive(Debug)]
pub struct ServeConfig {
    /// Where everything is kept; made if it is not there.
    pub data_dir: PathBuf,
    /// Where to listen; empty means every address, at 443 or else at 8443.
    pub listen: Vec<SocketAddr>,
    /// The domain of the UI and parent of apps' names.
    pub domain: String,
    /// Further names under which the UI answers, beside the host's own.
    pub host_names: Vec<String>,
    /// What homes are kept on.
    pub volumes: toft_volume::Choice,
    /// The ports that apps get for visitors who cannot use apps' names, if any.
    pub app_ports: Option<PortRange>,
    /// Listening sockets of a daemon before this one.
    pub inherited: Vec<TcpListener>,
    /// The local socket of a daemon before this one.
    pub inherited_local: Option<UnixListener>,
    /// The static program that becomes the agent in workspaces; this very one, where none is named.
    pub agent_binary: Option<PathBuf>,
    /// Where finished images are packed for other data directories, if anywhere.
    pub image_cache: Option<PathBuf>,
}

/// Ports from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRange {
    first: u16,
    last: u16,
}

/// A text is no range of ports.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no range of ports above 1023: write FIRST-LAST, such as 9700-9899, or 'none'")]
pub struct NotPorts(String);

/// Why the daemon does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The domain is none.
    #[error(transparent)]
    Domain(#[from] toft_gateway::host::HostError),
    /// A file or directory cannot be used.
    #[error("failed to {doing}: {source}")]
    File {
        /// What was being done.
        doing: String,
        /// The reason.
        source: std::io::Error,
    },
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] toft_store::StoreError),
    /// Addresses or certificates are not to be had.
    #[error(transparent)]
    Gateway(#[from] toft_gateway::StartError),
    /// The image store cannot be opened.
    #[error(transparent)]
    Image(#[from] toft_image::ImageError),
    /// The volumes cannot be opened.
    #[error(transparent)]
    Volume(#[from] toft_volume::VolumeError),
    /// The network has no addresses.
    #[error(transparent)]
    Network(#[from] toft_network::NetworkError),
    /// A template or image that came with Toft is broken.
    #[error("failed to install {what}: {reason}")]
    BuiltIn {
        /// Which file.
        what: String,
        /// Why.
        reason: String,
    },
    /// Something that the API refuses.
    #[error("{0}")]
    Api(String),
}

// === impl PortRange ===

impl PortRange {
    /// Where no well-known service is, below the ports that systems give to clients.
    pub const USUAL: Self = Self {
        first: 9700,
        last: 9899,
    };

    /// Reads `FIRST-LAST`, or `none`.
    ///
    /// # Errors
    /// It is neither.
    pub fn parse(text: &str) -> Result<Option<Self>, NotPorts> {
        if text == "none" {
            return Ok(None);
        }
        let ends = text
            .split_once('-')
            .and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
        match ends {
            Some((first, last)) if first > 1023 && first <= last => Ok(Some(Self { first, last })),
            _ => Err(NotPorts(text.to_owned())),
        }
    }

    /// All of them, in order.
    pub fn numbers(self) -> impl Iterator<Item = u16> + Send {
        self.first..=self.last
    }

    /// Whether this is one of them.
    pub fn contains(self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }
}

impl std::fmt::Display for PortRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

// === impl ServeConfig ===

impl ServeConfig {
    /// The usual configuration of a data directory.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            listen: Vec::new(),
            domain: "toft.localhost".to_owned(),
            host_names: Vec::new(),
            volumes: toft_volume::Choice::Auto,
            app_ports: Some(PortRange::USUAL),
            inherited: Vec::new(),
            inherited_local: None,
            agent_binary: None,
            image_cache: None,
        }
    }
}

// === impl ServeError ===

impl From<crate::wire::status::ApiError> for ServeError {
    fn from(error: crate::wire::status::ApiError) -> Self {
        Self::Api(error.message().to_owned())
    }
}

impl ServeError {
    pub(super) fn file(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::File { doing, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_ports_reads_back() {
        let range = PortRange::parse("9000-9001").unwrap().unwrap();
        assert_eq!(range.numbers().collect::<Vec<_>>(), [9000, 9001]);
        assert!(range.contains(9001) && !range.contains(9002));
        assert_eq!(PortRange::parse(&range.to_string()), Ok(Some(range)));
        assert_eq!(PortRange::parse("none"), Ok(None));
        for wrong in [
            "",
            "9000",
            "9001-9000",
            "80-90",
            "9000-99999",
            "a-b",
            "9000-9001-9002",
        ] {
            assert!(PortRange::parse(wrong).is_err(), "{wrong}");
        }
    }
}

//! What the daemon is told, and why it does not start.

use std::net::{SocketAddr, TcpListener};
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
    /// Listening sockets of a daemon before this one.
    pub inherited: Vec<TcpListener>,
    /// The static program that becomes the agent in workspaces; this very one, where none is named.
    pub agent_binary: Option<PathBuf>,
    /// Where finished images are packed for other data directories, if anywhere.
    pub image_cache: Option<PathBuf>,
}

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

// === impl ServeConfig ===

impl ServeConfig {
    /// The usual configuration of a data directory.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            listen: Vec::new(),
            domain: "toft.localhost".to_owned(),
            host_names: Vec::new(),
            inherited: Vec::new(),
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

//! What can go wrong with the owners' networks.

use std::path::PathBuf;

use ipnet::Ipv4Net;
use toft_effects::link::LinkError;
use toft_effects::spawn::SpawnError;

use crate::plan::PlanError;

/// Why a network is not as it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// Numbers or names outside the address plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The kernel refused a change of interfaces, addresses or routes.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The firewall could not be loaded.
    #[error("failed to load the firewall of instance {instance}: {source}")]
    Firewall {
        /// The instance.
        instance: String,
        /// What `nft` said.
        source: SpawnError,
    },
    /// The name forwarder could not be started.
    #[error("failed to start the name forwarder: {source}")]
    Forwarder {
        /// What the start said.
        source: SpawnError,
    },
    /// Another interface of the host already leads to an owner's subnet.
    #[error("{subnet} is already reached through {device}: remove that route, or start with another pool")]
    Taken {
        /// The owner's subnet.
        subnet: Ipv4Net,
        /// The interface that has a route into it.
        device: String,
    },
    /// No candidate pool is free of routes of the host.
    #[error(
        "no private /16 between 10.128.0.0 and 10.254.0.0 is free of routes of this host: name one with the setting network.pool"
    )]
    NoPool,
    /// A uid that cannot be a file's name.
    #[error("uid {0:?} is not made of letters, digits and dashes")]
    Uid(String),
    /// An owner's or workspace's name that cannot be looked up.
    #[error("name {0:?} is not a DNS label")]
    Name(String),
    /// The name forwarder runs and cannot do its work.
    #[error("failed to serve names on {gateway}: {reason}")]
    Names {
        /// The gateway address, or all of them.
        gateway: String,
        /// What the forwarder said.
        reason: String,
    },
    /// A file below the network's directory could not be read or written.
    #[error("failed to {verb} {}: {source}", path.display())]
    File {
        /// What was tried.
        verb: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
}

impl NetworkError {
    pub(crate) fn file(verb: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { verb, path, source }
    }
}

//! Why a step on a sandbox failed.

use std::io;
use std::path::{Path, PathBuf};

use toft_effects::cgroup::CgroupError;
use toft_effects::mount::MountError;
use toft_effects::namespaces::NamespaceError;
use toft_effects::spawn::SpawnError;

/// What went wrong inside one step.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("failed to {action} {}: {source}", path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error(transparent)]
    Mount(#[from] MountError),
    #[error(transparent)]
    Namespaces(#[from] NamespaceError),
    #[error(transparent)]
    Cgroup(#[from] CgroupError),
    #[error(transparent)]
    Spawn(#[from] SpawnError),
    #[error("{program} did not start it: {said}")]
    Launch { program: &'static str, said: String },
    #[error("{0}")]
    Refused(String),
    #[error("no OCI runtime works here; install runc (`apt install runc`), then see `toft doctor`: {0}")]
    NoRuntime(String),
    #[error("a task of the runtime ended early: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// For `map_err` on what concerns one path.
pub(crate) fn file<E: Into<io::Error>>(action: &'static str, path: &Path) -> impl FnOnce(E) -> Error {
    move |source| Error::File {
        action,
        path: path.to_owned(),
        source: source.into(),
    }
}

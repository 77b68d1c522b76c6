//! Where things are.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use toft_runtime::SandboxId;

/// The places of one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Paths {
    pub(crate) data: PathBuf,
    pub(crate) volumes: PathBuf,
    pub(crate) instance: String,
}

// === impl Paths ===

impl Paths {
    /// Where all sandboxes are.
    pub(crate) fn sandboxes(&self) -> PathBuf {
        self.data.join("sandboxes")
    }

    /// What one sandbox keeps.
    pub(crate) fn sandbox(&self, id: SandboxId) -> PathBuf {
        self.sandboxes().join(id.to_string())
    }

    /// Everything that can be written from inside.
    pub(crate) fn volume(&self, id: SandboxId) -> PathBuf {
        self.volumes.join(id.to_string())
    }

    /// Its writable layer: `upper` and `work`.
    pub(crate) fn layer(&self, id: SandboxId) -> PathBuf {
        self.volume(id).join("layer")
    }

    /// Where its layer was before it was held to a limit with the home.
    pub(crate) fn former_layer(&self, id: SandboxId) -> PathBuf {
        self.sandbox(id).join("layer")
    }

    /// What containers inside keep, by name: like the layer it is the machine's.
    pub(crate) fn storage(&self, id: SandboxId, name: &str) -> PathBuf {
        self.storages(id).join(name)
    }

    /// All of that.
    pub(crate) fn storages(&self, id: SandboxId) -> PathBuf {
        self.volume(id).join("storage")
    }

    /// The OCI bundle.
    pub(crate) fn bundle(&self, id: SandboxId) -> PathBuf {
        self.sandbox(id).join("bundle")
    }

    /// What its first process says.
    pub(crate) fn console(&self, id: SandboxId) -> PathBuf {
        self.volume(id).join("console.log")
    }

    /// The pinned namespaces.
    pub(crate) fn namespaces(&self, id: SandboxId) -> PathBuf {
        self.data.join("run/ns").join(id.to_string())
    }

    /// What the OCI runtime writes down; nothing reads it but that runtime.
    pub(crate) fn oci_state(&self) -> PathBuf {
        self.data.join("run/oci")
    }

    /// A directory to try something in, never the same: two may try at once, and what one was kept from
    /// removing must not be what the next one finds.
    pub(crate) fn trial(&self, what: &str) -> PathBuf {
        static TRIALS: AtomicU64 = AtomicU64::new(0);
        let number = TRIALS.fetch_add(1, Ordering::Relaxed);
        let name = format!("{what}-{}-{number}", std::process::id());
        self.data.join("run").join(name)
    }

    /// The control group of all sandboxes of this instance.
    pub(crate) fn cgroup_parent(&self) -> String {
        format!("toft-{}", self.instance)
    }

    /// The control group of one.
    pub(crate) fn cgroup(&self, id: SandboxId) -> String {
        format!("{}/{id}", self.cgroup_parent())
    }

    /// Where stages are put together: a place that the ranges' roots can reach, which the data
    /// directory is not.
    pub(crate) fn stage(&self) -> PathBuf {
        Path::new("/run").join(format!("toft-{}", self.instance))
    }
}

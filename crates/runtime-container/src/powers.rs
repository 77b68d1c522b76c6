//! What a sandbox may beyond the ordinary, because its template says `nesting` or `init`. Pure.
//!
//! Nothing here is a power over the host: every capability counts in the workspace's user
//! namespace only, and every mount, network setting and control group is its own. What grows is
//! the part of the kernel that a stranger's calls reach, which is why nothing of it is there
//! unless somebody asked, and why each piece has its reason beside it.
//!
//! ```text
//!                       mounts and     fresh proc    SYS_ADMIN     own control   keys
//!                       namespaces     and sysfs     NET_ADMIN     groups        ENOSYS
//!   (nothing asked)         -              -             -             -            -
//!   containers              x              x             -             -            x
//!   docker                  x              x             x             x            x
//!   init: system            x              -             x + BOOT      x            -
//! ```

use toft_runtime::{Init, Nesting, SandboxSpec};

/// What is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Each is a piece of its own, in a table of its own.
pub(crate) struct Powers {
    /// Namespaces can be made and entered, and things mounted in them. Without a capability that is
    /// for whoever makes a user namespace first: rootless containers.
    pub(crate) namespaces: bool,
    /// A proc and a sysfs with nothing hidden are mounted somewhere: the kernel lets a nested user
    /// namespace mount its own only where such a one is seen already.
    pub(crate) fresh: bool,
    /// The calls for keys answer as on a kernel without: what runs containers goes on without keys
    /// then, and gives up where it is not permitted.
    pub(crate) no_keys: bool,
    /// `/dev/net/tun`, for the network of rootless containers.
    pub(crate) tunnel: bool,
    /// Root inside may mount, and configure its network.
    pub(crate) administration: bool,
    /// Its control group is its own, to make others below it.
    pub(crate) groups: bool,
    /// It may end or restart its own process namespace by `reboot`.
    pub(crate) reboot: bool,
    /// `/var/lib/docker` is a directory of a disk: an overlay cannot lie on the overlay that the
    /// root is.
    pub(crate) storage: bool,
}

/// Docker's own fourteen, all relative to the workspace's user namespace. `sudo`, `apt` and
/// service programs use them: switching users and giving files away, low ports, `ping`, `chroot`,
/// the audit record of a login. Nothing here reaches beyond the namespace.
const ORDINARY: [&str; 14] = [
    "CAP_AUDIT_WRITE",
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_MKNOD",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_RAW",
    "CAP_SETFCAP",
    "CAP_SETGID",
    "CAP_SETPCAP",
    "CAP_SETUID",
    "CAP_SYS_CHROOT",
];
/// Mounting an inner root (an overlay) and what belongs to it; private mounts of a service.
const MOUNTS: &str = "CAP_SYS_ADMIN";
/// Inner bridges, addresses and packet filters; a server's own firewall.
const NETWORK: &str = "CAP_NET_ADMIN";
/// `poweroff` and `reboot` inside: the kernel ends the process namespace, and nothing else.
const REBOOT: &str = "CAP_SYS_BOOT";

/// Directories of a disk that containers inside keep theirs in: names in the sandbox's own
/// directory and on the stage, and where they are seen.
pub(crate) const STORAGE: [(&str, &str); 2] = [
    ("docker", "/var/lib/docker"),
    // Where containerd is a service of its own, images are there.
    ("containerd", "/var/lib/containerd"),
];

/// Where the fresh ones are mounted: the places that LXC uses, which others know. Root's only.
pub(crate) const FRESH_PROC: &str = ".lxc/proc";
/// See [`FRESH_PROC`].
pub(crate) const FRESH_SYS: &str = ".lxc/sys";
/// The device for tunnels: path below `/dev`, major and minor number.
pub(crate) const TUNNEL: (&str, u32, u32) = ("net/tun", 10, 200);

// === impl Powers ===

impl Powers {
    /// What a specification asks for.
    pub(crate) fn of(spec: &SandboxSpec) -> Self {
        let nested = spec.nesting != Nesting::None;
        let docker = spec.nesting == Nesting::Docker;
        let system = spec.init == Init::System;
        Self {
            namespaces: nested || system,
            fresh: nested,
            no_keys: nested,
            tunnel: nested,
            administration: docker || system,
            groups: docker || system,
            reboot: system,
            storage: docker,
        }
    }

    /// The capabilities of its processes.
    pub(crate) fn capabilities(self) -> Vec<&'static str> {
        let mut all = ORDINARY.to_vec();
        if self.administration {
            all.extend([MOUNTS, NETWORK]);
        }
        if self.reboot {
            all.push(REBOOT);
        }
        all
    }
}

#[cfg(test)]
mod tests;

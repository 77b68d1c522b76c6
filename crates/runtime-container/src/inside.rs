//! Whether this host lets containers, or an init of an image's, work inside sandboxes: tried once,
//! in namespaces as a sandbox has them, and before anything is begun for one.

use std::fs;
use std::time::Duration;

use toft_effects::Door;
use toft_effects::cgroup::Hierarchies;
use toft_effects::namespaces::{IdRange, NamespacePins};
use toft_effects::spawn::Program;
use toft_runtime::{Check, Init, Nesting};

use crate::error::Error;
use crate::paths::Paths;
use crate::rootfs;

/// How long a trial may take on a host with much else to do.
const PATIENCE: Duration = Duration::from_secs(30);
/// Set where `AppArmor` lets nobody without privilege on the host make user namespaces.
const APPARMOR: &str = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";
/// What Docker's networks are made of.
const NAT: &str = "add table ip toft; add chain ip toft out { type nat hook postrouting priority srcnat; }; \
                   add rule ip toft out masquerade";

/// Why sandboxes of this kind cannot be run here.
pub(crate) async fn refuses(door: &Door, paths: &Paths, init: Init, nesting: Nesting) -> Option<String> {
    if init == Init::System && !Hierarchies::detect().is_ok_and(|found| found.serves_systemd()) {
        return Some(SYSTEMD.to_owned());
    }
    match nesting {
        Nesting::None => None,
        Nesting::Containers => nested_users(),
        Nesting::Docker => networks(door, paths).await.err().map(|error| {
            format!("networks of containers cannot be made inside: {error}; install util-linux, iproute2 and nftables, and load bridge and nf_nat (`modprobe -a bridge nf_nat nft_masq`)")
        }),
    }
}

const SYSTEMD: &str = "there is no control group hierarchy for systemd inside: \
                       `mkdir /sys/fs/cgroup/systemd && mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd`";

fn nested_users() -> Option<String> {
    let restricted = fs::read_to_string(APPARMOR).is_ok_and(|value| value.trim() == "1");
    restricted.then(|| {
        "its AppArmor keeps people without privilege from making user namespaces: `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`".to_owned()
    })
}

/// Makes a bridge and a rule in a network as a sandbox's, with the powers that root has there.
async fn networks(door: &Door, paths: &Paths) -> Result<(), Error> {
    let (door, dir) = (door.clone(), paths.trial("inside"));
    // A task of its own: who asked may go away meanwhile, and then nobody would tidy up.
    let trial = tokio::spawn(async move {
        let range = IdRange::nth(0, 0).unwrap_or(IdRange { start: 0, len: 1 });
        let pins = door.ensure_namespaces(&dir.join("ns"), range)?;
        let tried = try_networks(&door, &pins).await;
        door.remove_namespaces(&dir.join("ns"))?;
        rootfs::remove_tree(&dir)?;
        tried
    });
    trial.await?
}

async fn try_networks(door: &Door, pins: &NamespacePins) -> Result<(), Error> {
    let enter = || {
        Program::new("spawn.probe.inside", "nsenter")
            .arg(format!("--user={}", pins.user.display()))
            .arg(format!("--net={}", pins.net.display()))
            .timeout(PATIENCE)
    };
    let bridge = ["ip", "link", "add", "toft0", "type", "bridge"];
    door.run(enter().args(bridge)).await?;
    door.run(enter().args(["nft", NAT])).await?;
    Ok(())
}

/// The same for `toft doctor`.
pub(crate) async fn check(door: &Door, paths: &Paths) -> Check {
    let kinds = [
        ("docker", Init::Agent, Nesting::Docker),
        ("rootless containers", Init::Agent, Nesting::Containers),
        ("an init of their own", Init::System, Nesting::None),
    ];
    let (mut can, mut cannot) = (Vec::new(), Vec::new());
    for (name, init, nesting) in kinds {
        match refuses(door, paths, init, nesting).await {
            None => can.push(name),
            Some(reason) => cannot.push(format!("{name}: {reason}")),
        }
    }
    if cannot.is_empty() {
        return Check::ok("inside", format!("workspaces can have {}", can.join(", ")));
    }
    Check::warn("inside", cannot.join("; "), "as it says; other templates work")
}

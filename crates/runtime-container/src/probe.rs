//! What the host can do, for `toft doctor`: each thing is tried, not guessed from a version.

use std::fs;
use std::path::Path;

use rustix::fs::StatVfsMountFlags;
use toft_effects::Door;
use toft_effects::cgroup::{Hierarchies, Version};
use toft_effects::mount::{Part, Stage};
use toft_effects::namespaces::IdRange;
use toft_runtime::Check;

use crate::error::{Error, file};
use crate::inside;
use crate::oci::Oci;
use crate::paths::Paths;
use crate::rootfs;
use crate::spec::OPEN_FILES;

/// Below this many watchers for all workspaces together, editors in some of them fail.
const INOTIFY_INSTANCES: u64 = 4_096;
/// Below this many files watched by all workspaces together, editors in some of them fail.
const INOTIFY_WATCHES: u64 = 262_144;
/// Fewer than this many namespaces of a kind are soon used up.
const NAMESPACES: u64 = 1_024;

/// Everything that is looked at.
pub(crate) async fn checks(door: &Door, paths: &Paths) -> Vec<Check> {
    let hierarchies = Hierarchies::detect().ok();
    let mut all = vec![cgroups(hierarchies.as_ref())];
    all.push(oci(Oci::choose(
        door,
        hierarchies.map_or(Version::V2, |found| found.version()),
    )
    .await));
    all.push(inside::check(door, paths).await);
    let (door, paths) = (door.clone(), paths.clone());
    let tried = tokio::task::spawn_blocking(move || {
        [
            root_file_system(&door, &paths),
            seccomp(),
            namespaces(),
            open_files(),
            watchers(),
            guard(&paths),
        ]
    });
    all.extend(tried.await.into_iter().flatten());
    all
}

fn cgroups(found: Option<&Hierarchies>) -> Check {
    let Some(found) = found else {
        let fix = "mount cgroup2 at /sys/fs/cgroup, as systemd does";
        return Check::fail("cgroups", "no control groups are mounted", fix);
    };
    let version = match found.version() {
        Version::V1 => "version 1",
        Version::V2 => "version 2",
    };
    let missing = found.missing();
    if missing.is_empty() {
        let detail = format!("{version}: CPU, memory and processes are limited");
        return Check::ok("cgroups", detail);
    }
    let detail = format!(
        "{version} without {}: these limits are not enforced",
        missing.join(", ")
    );
    Check::warn(
        "cgroups",
        detail,
        "boot without cgroup_disable= on the kernel's command line",
    )
}

fn oci(chosen: Result<Oci, Error>) -> Check {
    match chosen {
        Ok(oci) => Check::ok("oci-runtime", oci.version),
        Err(error) => Check::fail("oci-runtime", error.to_string(), "apt install runc"),
    }
}

/// Puts a root together as a start does, over an empty image.
fn root_file_system(door: &Door, paths: &Paths) -> Check {
    let dir = paths.trial("probe");
    let tried = try_root(door, paths, &dir);
    let tidied = door
        .remove_namespaces(&dir.join("ns"))
        .map_err(Error::from)
        .and_then(|()| rootfs::remove_tree(&dir));
    match tried.and(tidied) {
        Ok(()) => Check::ok(
            "root",
            "user and network namespaces, id-mapped overlay and devices work",
        ),
        Err(error) => Check::fail(
            "root",
            error.to_string(),
            "run as root on a kernel since 5.19, with the data directory on ext4, XFS or btrfs",
        ),
    }
}

fn try_root(door: &Door, paths: &Paths, dir: &Path) -> Result<(), Error> {
    let (image, layer) = (dir.join("image"), dir.join("layer"));
    fs::create_dir_all(&image).map_err(file("create", &image))?;
    rootfs::ensure_layer(&layer, &image)?;
    let range = IdRange::nth(0, 0).unwrap_or(IdRange { start: 0, len: 1 });
    let pins = door.ensure_namespaces(&dir.join("ns"), range)?;
    let parts = vec![
        Part::Overlay {
            name: "root",
            lower: image,
            layer: layer.clone(),
        },
        Part::Devices {
            name: "dev",
            more: Vec::new(),
            places: Vec::new(),
        },
    ];
    door.stage(&Stage {
        at: paths.stage(),
        user_namespace: pins.user,
        range,
        parts,
    })?;
    Ok(())
}

fn seccomp() -> Check {
    let actions = fs::read_to_string("/proc/sys/kernel/seccomp/actions_avail").unwrap_or_default();
    if actions.split_whitespace().any(|action| action == "errno") {
        return Check::ok("seccomp", "system calls are filtered");
    }
    Check::fail(
        "seccomp",
        "the kernel cannot filter system calls",
        "use a kernel with CONFIG_SECCOMP_FILTER",
    )
}

fn namespaces() -> Check {
    let kinds = ["user", "net", "mnt", "pid", "ipc", "uts", "cgroup"];
    let low: Vec<String> = kinds
        .iter()
        .map(|kind| format!("user.max_{kind}_namespaces"))
        .filter(|name| setting(name).is_some_and(|value| value < NAMESPACES))
        .collect();
    if low.is_empty() {
        return Check::ok("namespaces", "the host allows as many as workspaces need");
    }
    let fix = format!(
        "sysctl -w {}={}",
        low.join(&format!("={NAMESPACES} ")),
        NAMESPACES
    );
    Check::fail(
        "namespaces",
        format!("too few are allowed by {}", low.join(", ")),
        fix,
    )
}

fn open_files() -> Check {
    let allowed = open_files_max();
    let (_, wanted) = OPEN_FILES;
    if allowed >= wanted {
        return Check::ok("open-files", format!("processes inside may open {wanted}"));
    }
    let detail = format!(
        "processes inside may open {allowed}, not {wanted}: this process may not raise its own limit"
    );
    Check::warn(
        "open-files",
        detail,
        "start Toft by `toft service install`, or with LimitNOFILE=1048576",
    )
}

/// How many open files this process can allow others.
pub(crate) fn open_files_max() -> u64 {
    rustix::process::getrlimit(rustix::process::Resource::Nofile)
        .maximum
        .unwrap_or(u64::MAX)
}

/// Every workspace's user namespace was made by root: what it watches counts against root's
/// limit as well, all workspaces together.
fn watchers() -> Check {
    let wanted = [
        ("fs.inotify.max_user_instances", INOTIFY_INSTANCES),
        ("fs.inotify.max_user_watches", INOTIFY_WATCHES),
    ];
    let low: Vec<String> = wanted
        .iter()
        .filter(|(name, least)| setting(name).is_some_and(|value| value < *least))
        .map(|(name, least)| format!("{name}={least}"))
        .collect();
    if low.is_empty() {
        return Check::ok("watchers", "there are enough for editors in many workspaces");
    }
    let detail = "all workspaces together may watch few files: editors and build tools in some will fail";
    Check::warn(
        "watchers",
        detail,
        format!(
            "sysctl -w {}, and keep it in /etc/sysctl.d/90-toft.conf",
            low.join(" ")
        ),
    )
}

fn guard(paths: &Paths) -> Check {
    let wanted = StatVfsMountFlags::NOSUID | StatVfsMountFlags::NODEV;
    let dir = if paths.sandboxes().is_dir() {
        paths.sandboxes()
    } else {
        paths.data.clone()
    };
    if rustix::fs::statvfs(&dir).is_ok_and(|found| found.f_flag.contains(wanted)) {
        return Check::ok(
            "guard",
            format!("no set-user-id program or device works below {}", dir.display()),
        );
    }
    let detail = format!(
        "{} is closed to all but root, but not mounted nosuid and nodev",
        dir.display()
    );
    Check::warn("guard", detail, "it is mounted so while `toft serve` runs")
}

fn setting(name: &str) -> Option<u64> {
    let path = Path::new("/proc/sys").join(name.replace('.', "/"));
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

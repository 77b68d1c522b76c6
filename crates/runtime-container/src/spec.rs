//! The OCI configuration of a sandbox, as a pure function.
//!
//! No path of the data directory stands in it: everything is found on the stage, which is at the
//! same place for every sandbox of an instance. So a moved data directory needs no new bundle.

use std::path::Path;

use serde_json::{Value, json};
use toft_runtime::{Init, Mounted, SandboxSpec};

use crate::powers::{FRESH_PROC, FRESH_SYS, Powers, STORAGE, TUNNEL};
use crate::seccomp;

/// Names of what is mounted on the stage.
pub(crate) mod stage {
    /// The root file system.
    pub(crate) const ROOT: &str = "root";
    /// The home.
    pub(crate) const HOME: &str = "home";
    /// `/dev`.
    pub(crate) const DEVICES: &str = "dev";
    /// The agent's program.
    pub(crate) const AGENT: &str = "agent";
}

/// Where the agent's program is inside.
pub(crate) const AGENT_PATH: &str = "/.toft/toft";

/// Parts of `/proc` and `/sys` that tell of the host, shown empty.
const MASKED: [&str; 15] = [
    "/proc/acpi",
    "/proc/asound",
    "/proc/interrupts",
    "/proc/kcore",
    "/proc/keys",
    "/proc/kmsg",
    "/proc/latency_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/sys/devices/virtual/powercap",
    "/sys/firmware",
    "/sys/fs/selinux",
    "/sys/kernel/security",
];

/// Parts of `/proc` that set something, beside those of `/proc/sys`.
const READ_ONLY: [&str; 4] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sysrq-trigger"];

/// Open files of a process, before and after it asks for more.
pub(crate) const OPEN_FILES: (u64, u64) = (65_536, 1_048_576);

/// What the host and the OCI runtime on it make of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    /// Where the stage is.
    pub(crate) stage: std::path::PathBuf,
    /// The control group, below the root of every hierarchy.
    pub(crate) cgroup: String,
    /// The pinned namespaces.
    pub(crate) user_namespace: std::path::PathBuf,
    /// The pinned network namespace.
    pub(crate) net_namespace: std::path::PathBuf,
    /// Whether the runtime wants the id maps beside the path of the user namespace (runc before
    /// 1.2), or refuses them there (runc since).
    pub(crate) repeats_id_maps: bool,
    /// How many open files this process may allow; more takes `CAP_SYS_RESOURCE`.
    pub(crate) open_files_max: u64,
    /// What is in `/proc/sys` here.
    pub(crate) settings: Vec<String>,
    /// How much rather than others its processes are ended when the host itself runs out of memory.
    pub(crate) oom_score: i32,
}

/// The configuration.
pub(crate) fn oci(spec: &SandboxSpec, host: &Host) -> Value {
    json!({
        "ociVersion": "1.0.2",
        "hostname": spec.hostname,
        "root": { "path": host.stage.join(stage::ROOT), "readonly": false },
        "process": process(spec, host),
        "mounts": mounts(spec, &host.stage),
        "linux": linux(spec, host),
        "annotations": {
            "dev.toft.owner": spec.owner,
            "dev.toft.workspace": spec.name,
        },
    })
}

fn process(spec: &SandboxSpec, host: &Host) -> Value {
    let (soft, hard) = OPEN_FILES;
    let capabilities = Powers::of(spec).capabilities();
    let (soft, hard) = (soft.min(host.open_files_max), hard.min(host.open_files_max));
    json!({
        "terminal": false,
        "user": { "uid": 0, "gid": 0 },
        "args": arguments(spec),
        "env": environment(spec),
        "cwd": "/",
        "capabilities": {
            "bounding": capabilities,
            "effective": capabilities,
            "permitted": capabilities,
        },
        "rlimits": [{ "type": "RLIMIT_NOFILE", "soft": soft, "hard": hard }],
        "oomScoreAdj": host.oom_score,
        // `sudo` is a set-user-id program; what it can gain is bounded by the user namespace.
        "noNewPrivileges": false,
    })
}

fn arguments(spec: &SandboxSpec) -> Vec<&str> {
    let mut all = vec![AGENT_PATH, "agent", "--fd", "3", "--user", &spec.user.name];
    if spec.init == Init::System {
        all.push("--init");
    }
    all
}

fn environment(spec: &SandboxSpec) -> Vec<String> {
    let mut all = vec![
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned(),
        "HOME=/root".to_owned(),
        // systemd's convention, which scripts ask for.
        "container=toft".to_owned(),
    ];
    if spec.init == Init::System {
        // What systemd makes the machine's identity of, where the image has none.
        all.push(format!("container_uuid={}", spec.id));
    }
    all.extend(spec.env.iter().map(|(name, value)| format!("{name}={value}")));
    all
}

fn mounts(spec: &SandboxSpec, stage: &Path) -> Vec<Value> {
    let tree = |name: &str, target: &Path| bind(&stage.join(name), target);
    let (uid, gid) = (spec.user.uid, spec.user.gid);
    let powers = Powers::of(spec);
    let mut all = vec![
        mount("/proc", "proc", &FLAGS),
        // A bind mount of /dev also keeps the runtime from adding the host's nodes.
        tree(stage::DEVICES, Path::new("/dev")),
        mount(
            "/dev/pts",
            "devpts",
            &[
                "nosuid",
                "noexec",
                "newinstance",
                "ptmxmode=0666",
                "mode=0620",
                "gid=5",
            ],
        ),
        mount("/dev/shm", "tmpfs", &["nosuid", "nodev", "noexec", "mode=1777"]),
        mount("/dev/mqueue", "mqueue", &FLAGS),
    ];
    if powers.fresh {
        // The second before the read-only one below, which the kernel would ask to copy.
        all.push(mount(&format!("/dev/{FRESH_PROC}"), "proc", &FLAGS));
        all.push(mount(&format!("/dev/{FRESH_SYS}"), "sysfs", &FLAGS));
    }
    let groups = if powers.groups { "rw" } else { "ro" };
    all.extend([
        mount("/sys", "sysfs", &["nosuid", "noexec", "nodev", "ro"]),
        mount(
            "/sys/fs/cgroup",
            "cgroup",
            &["nosuid", "noexec", "nodev", "relatime", groups],
        ),
        mount("/run", "tmpfs", &["nosuid", "nodev", "mode=0755", "size=256m"]),
        mount(
            "/run/lock",
            "tmpfs",
            &["nosuid", "nodev", "noexec", "mode=1777", "size=5m"],
        ),
    ]);
    let own = [format!("uid={uid}"), format!("gid={gid}")];
    let own = ["nosuid", "nodev", "mode=0700", "size=256m", &own[0], &own[1]];
    all.push(mount(&format!("/run/user/{uid}"), "tmpfs", &own));
    let Mounted { target, .. } = &spec.home;
    all.push(tree(stage::HOME, target));
    if powers.storage {
        all.extend(STORAGE.map(|(name, target)| tree(name, Path::new(target))));
    }
    all.push(tree(stage::AGENT, Path::new(AGENT_PATH)));
    all
}

/// Of file systems that hold no programs and no devices.
const FLAGS: [&str; 3] = ["nosuid", "noexec", "nodev"];

fn mount(target: &str, kind: &str, options: &[&str]) -> Value {
    json!({ "destination": target, "type": kind, "source": kind, "options": options })
}

/// Nothing but `bind`: flags were set when the stage was built, and changing them from inside a
/// user namespace would be refused.
fn bind(source: &Path, target: &Path) -> Value {
    json!({ "destination": target, "type": "bind", "source": source, "options": ["bind"] })
}

fn linux(spec: &SandboxSpec, host: &Host) -> Value {
    let mut linux = json!({
        "cgroupsPath": format!("/{}", host.cgroup),
        // Limits are set by the door before, for both versions alike; the list of devices is a
        // second wall behind the stage's own /dev.
        "resources": { "devices": devices(Powers::of(spec)) },
        "namespaces": [
            { "type": "user", "path": host.user_namespace },
            { "type": "network", "path": host.net_namespace },
            { "type": "pid" },
            { "type": "mount" },
            { "type": "ipc" },
            { "type": "uts" },
            { "type": "cgroup" },
        ],
        "maskedPaths": MASKED,
        "readonlyPaths": read_only(Powers::of(spec), &host.settings),
        "seccomp": seccomp::profile(Powers::of(spec)),
    });
    if host.repeats_id_maps {
        let map = json!([{ "containerID": 0, "hostID": spec.id_range.start, "size": spec.id_range.len }]);
        linux["uidMappings"] = map.clone();
        linux["gidMappings"] = map;
    }
    linux
}

/// What sets something. A network of its own is its root's to set; everything else of `/proc/sys`
/// is then closed piece by piece.
fn read_only(powers: Powers, settings: &[String]) -> Vec<String> {
    let mut all: Vec<String> = READ_ONLY.map(str::to_owned).into();
    if powers.administration {
        let others = settings.iter().filter(|name| *name != "net");
        all.extend(others.map(|name| format!("/proc/sys/{name}")));
    } else {
        all.push("/proc/sys".to_owned());
    }
    all.sort();
    all
}

fn devices(powers: Powers) -> Vec<Value> {
    let mut all = vec![json!({ "allow": false, "access": "rwm" })];
    // The nodes of the stage, and the pseudo-terminals.
    for (major, minor) in [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 1), (5, 2)] {
        all.push(json!({ "allow": true, "type": "c", "major": major, "minor": minor, "access": "rw" }));
    }
    if powers.tunnel {
        let (_, major, minor) = TUNNEL;
        all.push(json!({ "allow": true, "type": "c", "major": major, "minor": minor, "access": "rw" }));
    }
    all.push(json!({ "allow": true, "type": "c", "major": 136, "access": "rw" }));
    all
}

#[cfg(test)]
mod tests;

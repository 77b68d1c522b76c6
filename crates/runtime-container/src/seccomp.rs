//! Which system calls a workspace may make.
//!
//! Everything not named is refused: as permission denied if the kernel knew it when the table
//! was written, so that programs fall back as they do under Docker's profile, which this follows
//! in effect. What would create namespaces, mount, load code into the kernel, or reach other
//! processes' memory across users is absent; the user namespace stands behind it all.

mod table;

use serde_json::{Value, json};

use crate::powers::Powers;

/// `CLONE_NEW*` in the first argument of `clone`; the bits of `CLONE_NEWTIME` are a signal there.
const NEW_NAMESPACES: u64 = 0x7e02_0000;
/// Values of `personality` that only change how memory is laid out or what `uname` says.
const PERSONALITIES: [u64; 5] = [0x0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff];
/// Socket families that programs use. Every other is a part of the kernel, often one that is loaded
/// for whoever asks first, that has no user here: the host's own channel to virtual machines, the
/// kernel's crypto, ways past the network's layers, buses of other machinery.
const FAMILIES: [i32; 5] = [
    libc::AF_UNIX,
    libc::AF_INET,
    libc::AF_INET6,
    libc::AF_NETLINK,
    libc::AF_PACKET,
];

/// Which bits of a request of `ioctl` tell those of btrfs that make or remove subvolumes, and how they
/// stand there: its type, 4 KiB handed over, and nothing handed back. That of a shared copy of a file is
/// smaller.
const SUBVOLUMES: (u64, u64) = (0x9000_ff00, 0x1000_9400);

/// Namespaces and what is put together in them, for whoever runs containers or services in them.
/// `clone` is there beside, its flags not looked at. Both ways to mount: programs use the newer, too.
const NAMESPACES: [&str; 14] = [
    "fsconfig",
    "fsmount",
    "fsopen",
    "fspick",
    "mount",
    "mount_setattr",
    "move_mount",
    "open_tree",
    "pivot_root",
    "setdomainname",
    "sethostname",
    "setns",
    "umount2",
    "unshare",
];
/// The older call of the name, on 32 bits.
const OLDER: &str = "umount";
/// Keys are the host's, whoever makes them.
const KEYS: [&str; 3] = ["add_key", "keyctl", "request_key"];

/// The `linux.seccomp` part of a configuration.
pub(crate) fn profile(powers: Powers) -> Value {
    let mut rules = vec![json!({ "names": table::ALLOWED, "action": "SCMP_ACT_ALLOW" })];
    for persona in PERSONALITIES {
        rules.push(rule("personality", &[compare(0, "SCMP_CMP_EQ", persona, 0)]));
    }
    if powers.namespaces {
        let more: Vec<&str> = NAMESPACES.into_iter().chain([OLDER, "clone"]).collect();
        rules.push(json!({ "names": more, "action": "SCMP_ACT_ALLOW" }));
    } else {
        rules.push(rule(
            "clone",
            &[compare(0, "SCMP_CMP_MASKED_EQ", NEW_NAMESPACES, 0)],
        ));
    }
    if powers.reboot {
        rules.push(json!({ "names": ["reboot"], "action": "SCMP_ACT_ALLOW" }));
    }
    rules.extend(requests());
    for family in FAMILIES {
        let family = u64::from(family.unsigned_abs());
        rules.push(rule("socket", &[compare(0, "SCMP_CMP_EQ", family, 0)]));
    }
    // As for a kernel without them. The C library then uses `clone`, whose flags can be looked at.
    // `socketcall` is how 32-bit programs on x86 did what `socket` does, with the family where no table
    // sees it; saying what of `socket` is allowed would allow it too, so this stands behind that.
    let keys = KEYS.iter().filter(|_| powers.no_keys).copied();
    for name in ["clone3", "socketcall"].into_iter().chain(keys) {
        rules.push(json!({ "names": [name], "action": "SCMP_ACT_ERRNO", "errnoRet": libc::ENOSYS }));
    }
    json!({
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": libc::EPERM,
        "architectures": table::ARCHITECTURES,
        "syscalls": rules,
    })
}

/// Every request but those for subvolumes, which take no privilege: what is in one of its own is beyond
/// the home's limit, and a home that holds one is not removed at once. Each rule lets through what
/// differs in one bit. The kernel reads 32 of them; so do these.
fn requests() -> impl Iterator<Item = Value> {
    let (telling, theirs) = SUBVOLUMES;
    let bits = (0..32).map(|bit| 1 << bit).filter(move |bit| telling & bit != 0);
    bits.map(move |bit| rule("ioctl", &[compare(1, "SCMP_CMP_MASKED_EQ", bit, !theirs & bit)]))
}

fn rule(name: &str, arguments: &[Value]) -> Value {
    json!({ "names": [name], "action": "SCMP_ACT_ALLOW", "args": arguments })
}

fn compare(index: u32, op: &str, value: u64, second: u64) -> Value {
    json!({ "index": index, "value": value, "valueTwo": second, "op": op })
}

#[cfg(test)]
mod tests;

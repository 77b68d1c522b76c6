//! Which system calls a workspace may make.
//!
//! Everything not named is refused: as permission denied if the kernel knew it when the table
//! was written, so that programs fall back as they do under Docker's profile, which this follows
//! in effect. What would create namespaces, mount, load code into the kernel, or reach other
//! processes' memory across users is absent; the user namespace stands behind it all.

mod table;

use serde_json::{Value, json};

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

/// The `linux.seccomp` part of a configuration.
pub(crate) fn profile() -> Value {
    let mut rules = vec![json!({ "names": table::ALLOWED, "action": "SCMP_ACT_ALLOW" })];
    for persona in PERSONALITIES {
        rules.push(rule("personality", &[compare(0, "SCMP_CMP_EQ", persona, 0)]));
    }
    rules.push(rule(
        "clone",
        &[compare(0, "SCMP_CMP_MASKED_EQ", NEW_NAMESPACES, 0)],
    ));
    for family in FAMILIES {
        let family = u64::from(family.unsigned_abs());
        rules.push(rule("socket", &[compare(0, "SCMP_CMP_EQ", family, 0)]));
    }
    // As for a kernel without them. The C library then uses `clone`, whose flags can be looked at.
    // `socketcall` is how 32-bit programs on x86 did what `socket` does, with the family where no table
    // sees it; saying what of `socket` is allowed would allow it too, so this stands behind that.
    for name in ["clone3", "socketcall"] {
        rules.push(json!({ "names": [name], "action": "SCMP_ACT_ERRNO", "errnoRet": libc::ENOSYS }));
    }
    json!({
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": libc::EPERM,
        "architectures": table::ARCHITECTURES,
        "syscalls": rules,
    })
}

fn rule(name: &str, arguments: &[Value]) -> Value {
    json!({ "names": [name], "action": "SCMP_ACT_ALLOW", "args": arguments })
}

fn compare(index: u32, op: &str, value: u64, second: u64) -> Value {
    json!({ "index": index, "value": value, "valueTwo": second, "op": op })
}

#[cfg(test)]
mod tests;

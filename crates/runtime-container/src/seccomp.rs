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
/// Socket families that are refused: the host's own channel to virtual machines, and the
/// kernel's crypto interface, which has no user here but exploits.
const REFUSED_FAMILIES: [u64; 2] = [libc::AF_VSOCK as u64, libc::AF_ALG as u64];

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
    let families: Vec<Value> = between(&REFUSED_FAMILIES);
    rules.extend(
        families
            .iter()
            .map(|family| rule("socket", std::slice::from_ref(family))),
    );
    // As for a kernel without it: the C library then uses `clone`, whose flags can be looked at.
    rules.push(json!({ "names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": libc::ENOSYS }));
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

/// Conditions that together hold for every family but the refused ones: rules are alternatives,
/// so “neither this nor that” must be said as ranges.
fn between(refused: &[u64]) -> Vec<Value> {
    let mut sorted = refused.to_vec();
    sorted.sort_unstable();
    let mut conditions = vec![compare(
        0,
        "SCMP_CMP_LT",
        sorted.first().copied().unwrap_or(u64::MAX),
        0,
    )];
    if let Some(last) = sorted.last() {
        conditions.push(compare(0, "SCMP_CMP_GT", *last, 0));
    }
    for pair in sorted.windows(2) {
        conditions.extend((pair[0] + 1..pair[1]).map(|family| compare(0, "SCMP_CMP_EQ", family, 0)));
    }
    conditions
}

#[cfg(test)]
mod tests;

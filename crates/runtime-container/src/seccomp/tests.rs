use std::collections::BTreeSet;

use super::*;

#[test]
fn no_call_stands_twice() {
    let names: BTreeSet<&str> = table::ALLOWED.iter().copied().collect();
    assert_eq!(names.len(), table::ALLOWED.len());
}

#[test]
fn what_reaches_into_the_kernel_is_absent() {
    let refused = [
        "mount",
        "umount2",
        "fsopen",
        "open_tree",
        "move_mount",
        "mount_setattr",
        "pivot_root",
        "unshare",
        "setns",
        "bpf",
        "perf_event_open",
        "init_module",
        "finit_module",
        "delete_module",
        "kexec_load",
        "kexec_file_load",
        "reboot",
        "swapon",
        "swapoff",
        "keyctl",
        "add_key",
        "request_key",
        "userfaultfd",
        "open_by_handle_at",
        "iopl",
        "ioperm",
        "acct",
        "quotactl",
        "settimeofday",
        "clock_settime",
        "syslog",
        "vhangup",
        "lookup_dcookie",
        "io_uring_setup",
        "io_uring_enter",
        "io_uring_register",
        "move_pages",
        "mbind",
        "nfsservctl",
        "process_madvise",
        "pidfd_getfd_unknown",
        "clone",
        "clone3",
        "socket",
        // Its arguments lie in memory, where no table sees the family.
        "socketcall",
        "personality",
        "ioctl",
    ];
    let names: BTreeSet<&str> = table::ALLOWED.iter().copied().collect();
    let wrongly: Vec<_> = refused.iter().filter(|name| names.contains(*name)).collect();
    assert!(wrongly.is_empty(), "{wrongly:?}");
}

/// Whether a request passes, as the kernel compares.
fn passes(request: u64) -> bool {
    requests().any(|rule| {
        let comparison = &rule["args"][0];
        let number = |field: &str| comparison[field].as_u64().unwrap();
        request & number("value") == number("valueTwo")
    })
}

#[test]
fn subvolumes_are_nobodys_to_make_and_copies_of_files_are() {
    let [create, snapshot, create_v2, snapshot_v2] = [0x5000_940e, 0x5000_9401, 0x5000_9418, 0x5000_9417];
    for request in [create, snapshot, create_v2, snapshot_v2] {
        assert!(!passes(request), "{request:x}");
        assert!(!passes(0x7_0000_0000 | request), "what the kernel does not read");
    }
    let (share, share_range, same_range) = (0x4004_9409, 0x4020_940d, 0xc018_9436);
    let (look_up, label) = (0xd000_9412, 0x8100_9431);
    let (terminal, size, bytes, attributes) = (0x5401, 0x5413, 0x541b, 0x8008_6601);
    for request in [
        share,
        share_range,
        same_range,
        look_up,
        label,
        terminal,
        size,
        bytes,
        attributes,
    ] {
        assert!(passes(request), "{request:x}");
    }
}

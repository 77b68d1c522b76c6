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
    ];
    let names: BTreeSet<&str> = table::ALLOWED.iter().copied().collect();
    let wrongly: Vec<_> = refused.iter().filter(|name| names.contains(*name)).collect();
    assert!(wrongly.is_empty(), "{wrongly:?}");
}

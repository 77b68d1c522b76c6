//! Files through which the kernel is told something or tells something, and descriptors that lead
//! out.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use crate::report::tell;
use crate::sys::{does, text};

/// Opened for writing; nothing is written.
const SETTINGS: &[&str] = &[
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/modprobe",
    "/proc/sys/kernel/domainname",
    "/proc/sys/kernel/randomize_va_space",
    "/proc/sys/kernel/yama/ptrace_scope",
    "/proc/sys/vm/drop_caches",
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/fs/file-max",
    "/proc/sys/fs/binfmt_misc/register",
    "/proc/sys/net/ipv4/ip_forward",
    "/proc/sys/net/ipv6/conf/all/disable_ipv6",
    "/proc/sys/net/ipv4/conf/all/route_localnet",
    "/proc/sys/user/max_user_namespaces",
    "/proc/sysrq-trigger",
    "/proc/irq/default_smp_affinity",
    "/proc/fs/ext4",
    "/sys/kernel/uevent_helper",
    "/sys/kernel/mm/transparent_hugepage/enabled",
    "/sys/kernel/profiling",
    "/sys/module/overlay/parameters/redirect_always_follow",
    "/sys/power/state",
    "/sys/devices/system/cpu/cpu1/online",
    "/sys/class/net/lo/mtu",
    "/sys/fs/cgroup/memory/release_agent",
    "/sys/fs/cgroup/memory/notify_on_release",
    "/sys/fs/cgroup/memory/cgroup.procs",
    "/sys/fs/cgroup/memory/memory.use_hierarchy",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    "/sys/fs/cgroup/memory/cgroup.event_control",
    "/sys/fs/cgroup/cpu/cgroup.procs",
    "/sys/fs/cgroup/pids/cgroup.procs",
    "/sys/fs/cgroup/devices/devices.allow",
    "/sys/fs/cgroup/cgroup.procs",
    "/sys/fs/cgroup/cgroup.subtree_control",
    "/sys/fs/cgroup/unified/cgroup.procs",
];

/// Folders in which a control group of one's own would be made.
const GROUPS: &[&str] = &[
    "/sys/fs/cgroup/memory",
    "/sys/fs/cgroup/pids",
    "/sys/fs/cgroup/unified",
    "/sys/fs/cgroup",
];

/// Read: what they tell is the host's.
const SECRETS: &[&str] = &[
    "/proc/kcore",
    "/proc/keys",
    "/proc/kmsg",
    "/proc/timer_list",
    "/proc/interrupts",
    "/dev/kmsg",
    "/dev/mem",
    "/dev/vda",
    "/dev/sda",
    "/dev/loop-control",
    "/dev/net/tun",
    "/dev/fuse",
    "/dev/kvm",
    "/sys/firmware",
    "/sys/kernel/security",
    "/sys/kernel/debug",
    "/sys/kernel/tracing",
    "/sys/fs/bpf",
];

/// `files`, or `files descriptors`.
pub fn main(args: &[&str]) {
    match args {
        [] => all(),
        ["descriptors"] => descriptors(),
        _ => panic!("files {args:?}"),
    }
}

fn all() {
    for path in SETTINGS {
        tell(
            &format!("write {path}"),
            &File::options().write(true).open(path).map(drop),
        );
    }
    for path in GROUPS {
        let own = Path::new(path).join(format!("attack-{}", std::process::id()));
        // With version 1 the folder of all hierarchies is a plain one, of the workspace's own memory.
        let made = fs::create_dir(&own).and_then(|()| {
            if own.join("cgroup.procs").exists() {
                Ok(())
            } else {
                Err(covered())
            }
        });
        // Where it came through, it is not left behind.
        let _ = fs::remove_dir(&own);
        tell(&format!("a group in {path}"), &made);
    }
    for path in SECRETS {
        tell(&format!("read {path}"), &read(Path::new(path)));
    }
}

/// Whether there is anything to be read. What is covered opens and is empty.
fn read(path: &Path) -> io::Result<()> {
    let meta = fs::metadata(path)?;
    if meta.is_dir() {
        return match fs::read_dir(path)?.next() {
            Some(entry) => entry.map(drop),
            None => Err(covered()),
        };
    }
    let null = fs::metadata("/dev/null")?.rdev();
    if meta.file_type().is_char_device() && meta.rdev() == null {
        return Err(covered());
    }
    let mut file = File::options()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)?;
    match file.read(&mut [0]) {
        Ok(0) => Err(covered()),
        // That it could be opened is enough: not every device has something to say.
        _ => Ok(()),
    }
}

fn covered() -> io::Error {
    io::Error::from_raw_os_error(libc::EACCES)
}

/// Goes through every descriptor of the first process and of one's own, and tries to get from it to
/// a folder that is not below one's own root.
fn descriptors() {
    for process in ["1", "self"] {
        let Ok(entries) = fs::read_dir(format!("/proc/{process}/fd")) else {
            tell(&format!("the descriptors of {process}"), &Err(covered()));
            continue;
        };
        for entry in entries.flatten() {
            let number = entry.file_name().to_string_lossy().into_owned();
            // The folder that is just being read.
            if process == "self" && number.parse().is_ok_and(|number: i32| is_own_list(number)) {
                continue;
            }
            tell(
                &format!("out by descriptor {number} of {process}"),
                &leads_out(&entry.path()),
            );
        }
    }
    for way in ["root", "cwd"] {
        tell(
            &format!("out by /proc/1/{way}"),
            &leads_out(Path::new(&format!("/proc/1/{way}"))),
        );
    }
}

fn is_own_list(number: i32) -> bool {
    fs::read_link(format!("/proc/self/fd/{number}")).is_ok_and(|target| target.ends_with("fd"))
}

/// Whether what the link of a descriptor leads to is a folder from which one comes to a root that is
/// not one's own.
fn leads_out(link: &Path) -> io::Result<()> {
    let folder = File::options()
        .read(true)
        .custom_flags(libc::O_DIRECTORY | libc::O_PATH)
        .open(link)?;
    let upwards = text("../../../../../../../../../../../..");
    let number = usize::try_from(folder.as_raw_fd()).unwrap();
    let top = crate::sys::call(
        libc::SYS_openat,
        &[number, crate::sys::at(upwards.as_c_str()), libc::O_PATH as usize],
    )?;
    let (there, here) = (fs::metadata(format!("/proc/self/fd/{top}"))?, fs::metadata("/")?);
    let same = (there.dev(), there.ino()) == (here.dev(), here.ino());
    does(libc::SYS_close, &[usize::try_from(top).unwrap()])?;
    if same { Err(covered()) } else { Ok(()) }
}

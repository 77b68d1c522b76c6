//! System calls that reach beyond a workspace.

use std::ffi::c_long;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use crate::report::{probed, tell};
use crate::sys::{at, at_mut, call, does, text};

const SCRATCH: &str = "/tmp/attack";
const BIND: usize = 4096;
const REMOUNT: usize = 32;

type Try = fn() -> io::Result<()>;

/// Each in a process of its own: in the control run they come through and change it.
pub fn all() {
    fs::create_dir_all(SCRATCH).unwrap();
    for (name, _) in ATTEMPTS {
        // By its own link: the file may be anywhere.
        let status = Command::new("/proc/self/exe")
            .args(["kernel", name])
            .status()
            .unwrap();
        assert!(status.success(), "{name}: {status}");
    }
}

/// One of them.
pub fn one(name: &str) {
    let (name, attempt) = ATTEMPTS.iter().find(|(known, _)| *known == name).unwrap();
    tell(name, &attempt());
}

const ATTEMPTS: &[(&str, Try)] = &[
    ("mount a file system", || mount("none", SCRATCH, "tmpfs", 0)),
    ("mount proc", || mount("proc", SCRATCH, "proc", 0)),
    ("bind a folder elsewhere", || mount("/", SCRATCH, "", BIND)),
    ("mount a control group", || {
        probed(mount("cgroup", SCRATCH, "cgroup", 0))
    }),
    ("make /proc/sys writable", || {
        mount("", "/proc/sys", "", REMOUNT | BIND)
    }),
    ("make /sys writable", || mount("", "/sys", "", REMOUNT | BIND)),
    ("uncover /proc/sys", || umount("/proc/sys")),
    ("uncover /proc/keys", || umount("/proc/keys")),
    ("uncover the agent", || umount("/.toft/toft")),
    ("open a file system", || {
        does(libc::SYS_fsopen, &[at(text("tmpfs").as_c_str()), 0])
    }),
    ("clone a mount", || {
        let root = text("/");
        does(
            libc::SYS_open_tree,
            &[libc::AT_FDCWD as usize, at(root.as_c_str()), 1],
        )
    }),
    ("change a mount", || {
        let (root, attributes) = (text("/"), [0_u64; 4]);
        let args = [
            libc::AT_FDCWD as usize,
            at(root.as_c_str()),
            0,
            at(&attributes),
            32,
        ];
        does(libc::SYS_mount_setattr, &args)
    }),
    ("move the root", || {
        let root = text("/");
        probed(does(
            libc::SYS_pivot_root,
            &[at(root.as_c_str()), at(root.as_c_str())],
        ))
    }),
    ("a new user namespace", || unshare(libc::CLONE_NEWUSER)),
    ("a new mount namespace", || unshare(libc::CLONE_NEWNS)),
    ("a new network namespace", || unshare(libc::CLONE_NEWNET)),
    ("a new process namespace", || unshare(libc::CLONE_NEWPID)),
    ("a new control group namespace", || unshare(libc::CLONE_NEWCGROUP)),
    ("a new host name namespace", || unshare(libc::CLONE_NEWUTS)),
    ("a new time namespace", || unshare(0x80)),
    ("a process in a new user namespace", || {
        let flags = libc::CLONE_NEWUSER | libc::SIGCHLD;
        call(libc::SYS_clone, &[flags as usize]).map(end)
    }),
    ("a process in a new user namespace, the newer way", || {
        // Flags and, in its fifth word, the signal at its end.
        let args = [libc::CLONE_NEWUSER as u64, 0, 0, 0, libc::SIGCHLD as u64, 0, 0, 0];
        call(libc::SYS_clone3, &[at(&args), 64]).map(end)
    }),
    ("enter the first process's namespace", || {
        use std::os::fd::AsRawFd;
        let space = fs::File::open("/proc/1/ns/uts")?;
        does(libc::SYS_setns, &[usize::try_from(space.as_raw_fd()).unwrap(), 0])
    }),
    ("a node of the first disk", || mknod("sda", 0o60_600, 8, 0)),
    ("a node of the first virtual disk", || {
        mknod("vda", 0o60_600, 254, 0)
    }),
    ("a node of the memory", || mknod("mem", 0o20_600, 1, 1)),
    ("a node of the kernel's log", || mknod("kmsg", 0o20_600, 1, 11)),
    ("load a module", || {
        probed(does(libc::SYS_init_module, &[0, 0, 0]))
    }),
    ("load a module from a file", || {
        probed(does(libc::SYS_finit_module, &[usize::MAX, 0, 0]))
    }),
    ("unload a module", || {
        let name = text("no_such_module");
        outright(libc::SYS_delete_module, &[at(name.as_c_str()), 0])
    }),
    ("load another kernel", || {
        probed(does(libc::SYS_kexec_load, &[0, 0, 0, 0]))
    }),
    ("a map for kernel programs", || {
        let attributes: [u32; 32] = {
            let mut all = [0; 32];
            // An array of one entry: type, key, value, entries.
            all[..4].copy_from_slice(&[2, 4, 4, 1]);
            all
        };
        does(libc::SYS_bpf, &[0, at(&attributes), size_of_val(&attributes)])
    }),
    ("watch the processor", || {
        let attributes = [0_u64; 16];
        probed(does(
            libc::SYS_perf_event_open,
            &[at(&attributes), 0, usize::MAX, usize::MAX, 0],
        ))
    }),
    ("keep a key", || {
        let (kind, name) = (text("user"), text("attack"));
        let args = [
            at(kind.as_c_str()),
            at(name.as_c_str()),
            at("x"),
            1,
            -3_i32 as usize,
        ];
        does(libc::SYS_add_key, &args)
    }),
    ("open a key ring", || {
        does(libc::SYS_keyctl, &[0, -3_i32 as usize, 1])
    }),
    ("ask for a key", || {
        let (kind, name) = (text("user"), text("nothing"));
        outright(
            libc::SYS_request_key,
            &[at(kind.as_c_str()), at(name.as_c_str()), 0, 0],
        )
    }),
    ("handle page faults", || does(libc::SYS_userfaultfd, &[0])),
    ("a ring of requests", || {
        let mut parameters = [0_u8; 120];
        does(libc::SYS_io_uring_setup, &[1, at_mut(&mut parameters)])
    }),
    ("open a file by its number", || {
        // Eight bytes of the kind that disks use: the root's number and generation.
        let handle: [u32; 4] = [8, 1, 2, 0];
        let root = {
            use std::os::fd::IntoRawFd;
            fs::File::open("/")?.into_raw_fd()
        };
        probed(does(
            libc::SYS_open_by_handle_at,
            &[usize::try_from(root).unwrap(), at(&handle), 0],
        ))
    }),
    ("read the kernel's log", || {
        let mut log = [0_u8; 64];
        does(libc::SYS_syslog, &[3, at_mut(&mut log), log.len()])
    }),
    ("swap to a file", || {
        let path = text("/no/such/file");
        outright(libc::SYS_swapon, &[at(path.as_c_str()), 0])
    }),
    ("restart the machine", || {
        probed(does(libc::SYS_reboot, &[1, 2, 3, 0]))
    }),
    ("account for processes", || does(libc::SYS_acct, &[0])),
    ("set the clock's pace", || {
        // SAFETY: plain numbers, for which zero is a value.
        let mut clock: libc::timex = unsafe { std::mem::zeroed() };
        does(libc::SYS_adjtimex, &[at_mut(&mut clock)])?;
        clock.modes = libc::ADJ_TICK;
        does(libc::SYS_adjtimex, &[at_mut(&mut clock)])
    }),
    ("rename the machine", || {
        let name = text("stolen");
        does(libc::SYS_sethostname, &[at(name.as_c_str()), 6])
    }),
    ("talk to ports of the hardware", || {
        does(libc::SYS_ioperm, &[0x80, 1, 1])
    }),
    ("watch the whole file system", || {
        does(libc::SYS_fanotify_init, &[4, 0])
    }),
    ("be served before all others", || {
        does(libc::SYS_setpriority, &[0, 0, -20_i32 as usize])
    }),
    ("never be killed for memory", || {
        fs::write("/proc/self/oom_score_adj", "-1000")
    }),
    ("a channel to the virtual machine's host", || {
        socket(libc::AF_VSOCK, libc::SOCK_STREAM)
    }),
    ("the kernel's crypto", || {
        socket(libc::AF_ALG, libc::SOCK_SEQPACKET)
    }),
    ("a socket whose module is loaded for it: rds", || {
        socket(libc::AF_RDS, libc::SOCK_SEQPACKET)
    }),
    ("a socket whose module is loaded for it: tipc", || {
        socket(libc::AF_TIPC, libc::SOCK_STREAM)
    }),
    ("a socket whose module is loaded for it: can", || {
        socket(libc::AF_CAN, libc::SOCK_RAW)
    }),
    (
        "a channel to the host, by the way of older programs",
        older_socket,
    ),
    ("a socket past the network's own layers", || {
        socket(libc::AF_XDP, libc::SOCK_RAW)
    }),
    ("room that no limit counts", || subvolume(0x5000_940e, 8)),
    ("room that no limit counts, by the newer call", || {
        subvolume(0x5000_9418, 56)
    }),
    ("room that no limit counts, by a longer number", || {
        subvolume(0x1_5000_940e, 8)
    }),
    ("a copy that no limit counts", || subvolume(0x5000_9401, 8)),
    ("a copy that no limit counts, by the newer call", || {
        subvolume(0x5000_9417, 56)
    }),
    ("take the interface down", || {
        interface(0x8914, |request| request[16] = 0)
    }),
    ("change the hardware address", || {
        interface(0x8924, |request| {
            request[16..24].copy_from_slice(&[1, 0, 2, 0, 0, 0, 0, 9])
        })
    }),
    ("change the address", || {
        interface(0x8916, |request| {
            request[16..24].copy_from_slice(&[2, 0, 0, 0, 10, 213, 1, 9])
        })
    }),
    ("rename the interface", || {
        interface(0x8923, |request| request[16..20].copy_from_slice(b"eth7"))
    }),
    ("build a bridge", || {
        let name = text("br7");
        does(libc::SYS_ioctl, &[plain_socket()?, 0x89a0, at(name.as_c_str())])
    }),
];

fn mount(source: &str, target: &str, kind: &str, flags: usize) -> io::Result<()> {
    let (source, target, kind) = (text(source), text(target), text(kind));
    let args = [
        at(source.as_c_str()),
        at(target.as_c_str()),
        at(kind.as_c_str()),
        flags,
        0,
    ];
    does(libc::SYS_mount, &args)
}

fn umount(target: &str) -> io::Result<()> {
    let target = text(target);
    does(libc::SYS_umount2, &[at(target.as_c_str()), 2])
}

fn unshare(flags: i32) -> io::Result<()> {
    does(libc::SYS_unshare, &[usize::try_from(flags).unwrap()])
}

fn mknod(name: &str, mode: usize, major: u32, minor: u32) -> io::Result<()> {
    let path = text(Path::new(SCRATCH).join(name).to_str().unwrap());
    let device = usize::try_from(libc::makedev(major, minor)).unwrap();
    let args = [libc::AT_FDCWD as usize, at(path.as_c_str()), mode, device];
    does(libc::SYS_mknodat, &args)
}

fn socket(family: i32, kind: i32) -> io::Result<()> {
    let number = |value: i32| usize::try_from(value).unwrap();
    does(libc::SYS_socket, &[number(family), number(kind), 0])
}

/// A request about the interface `eth0`.
fn interface(request: usize, fill: fn(&mut [u8; 40])) -> io::Result<()> {
    let mut argument = [0_u8; 40];
    argument[..4].copy_from_slice(b"eth0");
    fill(&mut argument);
    does(libc::SYS_ioctl, &[plain_socket()?, request, at(&argument)])
}

fn plain_socket() -> io::Result<usize> {
    let args = [libc::AF_INET as usize, libc::SOCK_DGRAM as usize, 0];
    Ok(usize::try_from(call(libc::SYS_socket, &args)?).unwrap())
}

/// A request to btrfs about a subvolume in the home, with its name at this place. That the kernel took
/// it is enough.
fn subvolume(request: usize, place: usize) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let home = fs::File::open("/home/toft").or_else(|_| fs::File::open(SCRATCH))?;
    let own = usize::try_from(home.as_raw_fd()).unwrap();
    let mut argument = [0_u8; 4096];
    let name = format!("attack-{request:x}");
    argument[place..place + name.len()].copy_from_slice(name.as_bytes());
    probed(does(libc::SYS_ioctl, &[own, request, at(&argument)]))
}

/// A call about something that does not exist: that the kernel looked for it is enough.
fn outright(number: c_long, args: &[usize]) -> io::Result<()> {
    match does(number, args) {
        Err(error) if matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ENOKEY)) => Ok(()),
        other => probed(other),
    }
}

/// Ends the child that a clone made, in the child; the parent goes on.
fn end(child: i64) {
    if child == 0 {
        // SAFETY: ends this process, which shares nothing that must be put in order.
        unsafe { libc::_exit(0) };
    }
}

/// The one call of 32-bit programs for everything about sockets; its arguments lie in memory.
#[cfg(target_arch = "x86_64")]
fn older_socket() -> io::Result<()> {
    const SOCKETCALL: i32 = 102;
    const SOCKET: i32 = 1;
    let room = [
        0,
        4096,
        3,
        (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_32BIT) as usize,
    ];
    let room = call(
        libc::SYS_mmap,
        &[room[0], room[1], room[2], room[3], usize::MAX, 0],
    )?;
    let room = usize::try_from(room).unwrap();
    let arguments = std::ptr::with_exposed_provenance_mut::<[i32; 3]>(room);
    let mut result = SOCKETCALL;
    // SAFETY: the page was just mapped, writable, aligned, and nobody else's. The call reads the three
    // numbers in it and changes no register but the one of its result and those named.
    unsafe {
        arguments.write([libc::AF_VSOCK, libc::SOCK_STREAM, 0]);
        std::arch::asm!(
            "push rbx",
            "mov ebx, {what:e}",
            "int 0x80",
            "pop rbx",
            what = in(reg) SOCKET,
            inout("eax") result,
            in("rcx") room,
            out("r8") _, out("r9") _, out("r10") _, out("r11") _,
        );
    }
    if result < 0 {
        return Err(io::Error::from_raw_os_error(-result));
    }
    Ok(())
}

/// Other machines have no such older programs.
#[cfg(not(target_arch = "x86_64"))]
fn older_socket() -> io::Result<()> {
    Err(io::Error::from_raw_os_error(libc::ENOSYS))
}

//! Pinned namespaces: the user namespace that is a workspace's wall, and the network namespace
//! owned by it, kept alive by bind mounts in a directory of their own.
//!
//! Both exist before any process of the workspace does: id-mapped mounts need the first, the
//! network plumbs its cable into the second, and the runtime's PID 1 joins both. The network
//! namespace must be *owned* by the user namespace, else root inside could neither mount
//! `sysfs` nor bind low ports.
//!
//! ```text
//!   DIR/user    bind mount of the user namespace
//!   DIR/net     bind mount of the network namespace, its loopback up
//!   DIR/range   "START LEN", written before the pins, so that another range rebuilds them
//! ```

// The door itself is where the ban of clippy.toml ends.
#![allow(clippy::disallowed_methods)]

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::mount::{UnmountFlags, mount_bind, unmount};

use crate::Door;

/// First host id that workspaces may get: above the range that LXD and Incus take for theirs.
const FIRST_ID: u32 = 0x4000_0000;
/// Ids of one workspace.
const IDS: u32 = 65_536;
/// How many such ranges fit below those that systemd keeps for itself.
const RANGES: u32 = (0x7ffd_0000 - FIRST_ID) / IDS;

const NS_GET_USERNS: libc::Ioctl = 0xb701;
const NS_GET_NSTYPE: libc::Ioctl = 0xb703;
const NSFS_MAGIC: i64 = 0x6e73_6673;

/// A range of host ids: what ids 0, 1, … inside a workspace are outside of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IdRange {
    /// The host id that is root inside.
    pub start: u32,
    /// How many ids there are.
    pub len: u32,
}

/// Where the namespaces of a workspace are pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespacePins {
    /// The user namespace.
    pub user: PathBuf,
    /// The network namespace, owned by it.
    pub net: PathBuf,
}

/// Why namespaces could not be made or removed.
#[derive(Debug, thiserror::Error)]
pub enum NamespaceError {
    /// A file of the pins.
    #[error("failed to {action} {}: {source}", path.display())]
    Pin {
        /// What was tried.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The kernel gave no namespaces.
    #[error("failed to make a user and a network namespace: {0}; see `toft doctor` for the kernel's limits")]
    Make(io::Error),
}

// === impl IdRange ===

impl IdRange {
    /// The `index`-th range of an instance (`instance` is its id as a number), or none when all
    /// are taken. Instances begin at different places, so that two on one host rarely meet; where
    /// they do nothing breaks, because no file on disk carries such an id.
    pub fn nth(instance: u32, index: u32) -> Option<Self> {
        (index < RANGES).then(|| {
            let slot = (instance % RANGES + index) % RANGES;
            Self {
                start: FIRST_ID + slot * IDS,
                len: IDS,
            }
        })
    }

    /// How many ranges an instance can give out.
    pub const fn count() -> u32 {
        RANGES
    }
}

// === impl NamespacePins ===

impl NamespacePins {
    /// Where `dir` holds its pins, whether they are there or not.
    pub fn at(dir: &Path) -> Self {
        Self {
            user: dir.join("user"),
            net: dir.join("net"),
        }
    }
}

// === impl Door ===

impl Door {
    /// Makes sure that `dir` pins a user namespace with `range` and a network namespace owned by
    /// it, and says where. Pins that are as asked stay; half-made or other ones are made anew.
    /// Blocks for a few milliseconds.
    ///
    /// # Errors
    /// The directory cannot be written, or the kernel refuses the namespaces.
    pub fn ensure_namespaces(&self, dir: &Path, range: IdRange) -> Result<NamespacePins, NamespaceError> {
        let pins = NamespacePins::at(dir);
        if pinned(dir, &pins, range) {
            return Ok(pins);
        }
        self.remove_namespaces(dir)?;
        let subject = dir.display().to_string();
        self.pass("namespaces.ensure", &subject, || make(dir, &pins, range))?;
        Ok(pins)
    }

    /// Removes the pins in `dir` and `dir` itself; the namespaces end with their last process.
    /// Nothing there is fine.
    ///
    /// # Errors
    /// A pin cannot be unmounted or removed.
    pub fn remove_namespaces(&self, dir: &Path) -> Result<(), NamespaceError> {
        if !dir.exists() {
            return Ok(());
        }
        let pins = NamespacePins::at(dir);
        let subject = dir.display().to_string();
        self.pass("namespaces.remove", &subject, || {
            unpin(&pins.net)?;
            unpin(&pins.user)?;
            remove_file(&dir.join("range"))?;
            match fs::remove_dir(dir) {
                // Somebody else's file in it is theirs to remove.
                Err(error) if error.raw_os_error() == Some(libc::ENOTEMPTY) => Ok(()),
                other => other.or_else(unless_absent).map_err(pin("remove", dir)),
            }
        })
    }
}

fn pin(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> NamespaceError {
    move |source| NamespaceError::Pin {
        action,
        path: path.to_owned(),
        source,
    }
}

fn unless_absent(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound {
        Ok(())
    } else {
        Err(error)
    }
}

fn remove_file(path: &Path) -> Result<(), NamespaceError> {
    fs::remove_file(path)
        .or_else(unless_absent)
        .map_err(pin("remove", path))
}

fn unpin(path: &Path) -> Result<(), NamespaceError> {
    // A crash between two runs can leave more than one mount on top of the other.
    loop {
        match unmount(path, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW) {
            Ok(()) => {}
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOENT) => break,
            Err(error) => return Err(pin("unmount", path)(error.into())),
        }
    }
    remove_file(path)
}

/// Whether both pins stand, belong together and have this range.
fn pinned(dir: &Path, pins: &NamespacePins, range: IdRange) -> bool {
    let recorded = fs::read_to_string(dir.join("range")).unwrap_or_default();
    let Some(user) = namespace(&pins.user, libc::CLONE_NEWUSER) else {
        return false;
    };
    let Some(net) = namespace(&pins.net, libc::CLONE_NEWNET) else {
        return false;
    };
    recorded == record(range) && owner_of(&net).is_some_and(|owner| same(&owner, &user))
}

fn record(range: IdRange) -> String {
    format!("{} {}\n", range.start, range.len)
}

/// The namespace pinned at `path`, if it is one of this kind.
fn namespace(path: &Path, kind: libc::c_int) -> Option<File> {
    let file = File::open(path).ok()?;
    let stat = rustix::fs::fstatfs(&file).ok()?;
    // SAFETY: the request takes no argument and the descriptor is open.
    let found = unsafe { libc::ioctl(file.as_raw_fd(), NS_GET_NSTYPE) };
    (stat.f_type == NSFS_MAGIC && found == kind).then_some(file)
}

fn owner_of(namespace: &File) -> Option<File> {
    // SAFETY: the request takes no argument; a result that is not negative is a new descriptor.
    let raw = unsafe { libc::ioctl(namespace.as_raw_fd(), NS_GET_USERNS) };
    // SAFETY: as above: nobody else owns `raw`.
    (raw >= 0).then(|| File::from(unsafe { OwnedFd::from_raw_fd(raw) }))
}

fn same(one: &File, other: &File) -> bool {
    match (one.metadata(), other.metadata()) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}

fn make(dir: &Path, pins: &NamespacePins, range: IdRange) -> Result<(), NamespaceError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(pin("create", dir))?;
    let recorded = dir.join("range");
    fs::write(&recorded, record(range)).map_err(pin("write", &recorded))?;
    for path in [&pins.user, &pins.net] {
        fs::write(path, "").map_err(pin("create", path))?;
    }
    let holder = Holder::start().map_err(NamespaceError::Make)?;
    holder.map_ids(range).map_err(NamespaceError::Make)?;
    for (name, path) in [("user", &pins.user), ("net", &pins.net)] {
        mount_bind(format!("/proc/{}/ns/{name}", holder.pid), path)
            .map_err(|e| pin("pin", path)(e.into()))?;
    }
    Ok(())
}

/// A short-lived process in new namespaces, stopped until they are pinned. It dies with the
/// thread that made it, so that a killed daemon leaves none behind.
struct Holder {
    pid: libc::pid_t,
}

// === impl Holder ===

impl Holder {
    fn start() -> io::Result<Self> {
        let parent = rustix::process::getpid().as_raw_nonzero().get();
        let flags = libc::CLONE_NEWUSER | libc::CLONE_NEWNET | libc::SIGCHLD;
        // SAFETY: without CLONE_VM this is a fork: the child has its own copy of the memory and
        // runs only `hold`, which makes nothing but async-signal-safe calls and never returns.
        let pid = unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) };
        if pid == 0 {
            hold(parent);
        }
        let pid = libc::pid_t::try_from(pid).unwrap_or(-1);
        if pid < 0 {
            return Err(io::Error::last_os_error());
        }
        let holder = Self { pid };
        holder.wait_until_stopped()?;
        Ok(holder)
    }

    fn wait_until_stopped(&self) -> io::Result<()> {
        let mut status = 0;
        loop {
            // SAFETY: `status` is a valid place for the result, and the child is ours alone.
            let waited = unsafe { libc::waitpid(self.pid, &raw mut status, libc::WUNTRACED) };
            if waited == self.pid && libc::WIFSTOPPED(status) {
                return Ok(());
            }
            if waited == self.pid {
                return Err(io::Error::from_raw_os_error(libc::WEXITSTATUS(status)));
            }
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
    }

    fn map_ids(&self, range: IdRange) -> io::Result<()> {
        let map = format!("0 {} {}\n", range.start, range.len);
        fs::write(format!("/proc/{}/uid_map", self.pid), &map)?;
        fs::write(format!("/proc/{}/gid_map", self.pid), &map)
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // SAFETY: plain system calls on a child that only this value knows.
        unsafe {
            libc::kill(self.pid, libc::SIGKILL);
            while libc::waitpid(self.pid, std::ptr::null_mut(), 0) < 0
                && *libc::__errno_location() == libc::EINTR
            {}
        }
    }
}

/// The child: asks to die with its parent, raises the loopback, stops itself. Its exit status is
/// the error number of what failed.
fn hold(parent: libc::pid_t) -> ! {
    // SAFETY: only async-signal-safe system calls on values of this frame; no allocation, no
    // locks, no return into the parent's code.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        if libc::getppid() != parent || !loopback_up() {
            libc::_exit(*libc::__errno_location());
        }
        libc::kill(libc::getpid(), libc::SIGSTOP);
        libc::_exit(0)
    }
}

/// Raises `lo` in the caller's network namespace.
///
/// # Safety
/// None to keep; it is `unsafe` in one piece because it runs between fork and exit.
unsafe fn loopback_up() -> bool {
    // SAFETY: an all-zero request is valid, `lo` fits its name, and the kernel only reads it.
    unsafe {
        let socket = libc::socket(libc::AF_INET, libc::SOCK_DGRAM, 0);
        let mut request: libc::ifreq = std::mem::zeroed();
        request.ifr_name[0] = b'l'.cast_signed();
        request.ifr_name[1] = b'o'.cast_signed();
        request.ifr_ifru.ifru_flags = 1; // IFF_UP
        socket >= 0 && libc::ioctl(socket, libc::SIOCSIFFLAGS, &raw const request) == 0
    }
}

#[cfg(test)]
mod tests;

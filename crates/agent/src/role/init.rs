//! An init of the image's as the first process, with the agent beside it.
//!
//! The first process splits before anything else is set up: the child becomes the agent, the
//! parent becomes the init. So the agent has no way to the host that it would not have as the
//! first process, whatever system is inside, and needs nothing of that system to start again with
//! it. The listening socket is the child's alone.

use std::ffi::{CString, OsStr};
use std::fs;
use std::io;
use std::os::fd::RawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

/// Where an image has its init, in this order.
const PROGRAMS: [&str; 6] = [
    "/sbin/init",
    "/usr/sbin/init",
    "/lib/systemd/systemd",
    "/usr/lib/systemd/systemd",
    "/bin/init",
    "/init",
];
/// Units of systemd's that a user namespace refuses, and that would be shown as failed.
const REFUSED: [&str; 4] = [
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
    "sys-fs-fuse-connections.mount",
    "systemd-modules-load.service",
];
/// Masks that last as long as this run: nothing of the image is changed.
const MASKS: &str = "/run/systemd/system";

/// Splits the first process. Returns in the agent only.
pub(super) fn split(fd: RawFd) -> io::Result<()> {
    let program = find(Path::new("/")).ok_or_else(|| {
        let wanted = "the image has no /sbin/init; its template says `init: system`";
        io::Error::new(io::ErrorKind::NotFound, wanted)
    })?;
    let path = CString::new(program)?;
    if is_systemd(&fs::canonicalize(program).unwrap_or_default()) {
        mask(Path::new(MASKS))?;
    }
    // SAFETY: there is one thread yet, so that the child is a whole process; the calls after it are
    // plain ones on constants, and on a path and a list that live until the end of the program.
    unsafe {
        match libc::fork() {
            -1 => Err(io::Error::last_os_error()),
            // A session of its own: what the init does to its own group is not for the agent.
            0 => match libc::setsid() {
                -1 => Err(io::Error::last_os_error()),
                _ => Ok(()),
            },
            _ => {
                libc::close(fd);
                let arguments = [path.as_ptr(), std::ptr::null()];
                libc::execv(path.as_ptr(), arguments.as_ptr());
                Err(io::Error::last_os_error())
            }
        }
    }
}

fn find(root: &Path) -> Option<&'static str> {
    PROGRAMS
        .into_iter()
        .find(|program| fs::metadata(root.join(&program[1..])).is_ok_and(|found| found.is_file()))
}

fn mask(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    for unit in REFUSED {
        match symlink("/dev/null", dir.join(unit)) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn is_systemd(program: &Path) -> bool {
    program.file_name() == Some(OsStr::new("systemd"))
}

/// The signal by which a first process is told to end everything in order, by what its program is
/// called; as LXC has it.
pub fn halt_signal(program: &Path) -> i32 {
    let name = program.file_name().map(OsStr::as_bytes);
    // As the kernel tells of one whose file was replaced since.
    match name.map(|name| name.strip_suffix(b" (deleted)").unwrap_or(name)) {
        Some(b"systemd") => libc::SIGRTMIN() + 3,
        Some(b"busybox") => libc::SIGUSR1,
        Some(b"toft") => libc::SIGTERM,
        _ => libc::SIGPWR,
    }
}

/// Tells the first process to end everything.
pub(super) fn halt() {
    let program = fs::read_link("/proc/1/exe").unwrap_or_default();
    // SAFETY: plain system call on numbers.
    unsafe { libc::kill(1, halt_signal(&program)) };
}

#[cfg(test)]
mod tests;

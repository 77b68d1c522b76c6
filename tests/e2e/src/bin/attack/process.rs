//! What can be done to a process of somebody else's: the host's by its number, the agent as the
//! first process inside.

use std::ffi::c_long;
use std::fs::{self, File};
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};

use crate::report::tell;
use crate::sys::{at, at_mut, call, does};

/// `process at PID`, `process agent`, `process sockets NAME`, or `process freeze PID`.
pub fn main(args: &[&str]) {
    match args {
        ["at", pid] => each(pid.parse().unwrap()),
        ["agent"] => agent(),
        ["sockets", name, paths @ ..] => sockets(name, paths),
        ["freeze", pid] => freeze(pid.parse().unwrap()),
        _ => panic!("process {args:?}"),
    }
}

fn each(pid: usize) {
    tell("see it", &does(libc::SYS_kill, &[pid, 0]));
    tell("hold it", &does(libc::SYS_pidfd_open, &[pid, 0]));
    tell("read its memory by address", &read_memory(pid));
    tell(
        "open its memory",
        &File::open(format!("/proc/{pid}/mem")).map(drop),
    );
    tell(
        "read its environment",
        &fs::read(format!("/proc/{pid}/environ")).map(drop),
    );
    tell(
        "enter its root",
        &fs::read_dir(format!("/proc/{pid}/root/")).map(drop),
    );
    tell("trace it", &trace(pid));
    tell(
        "set its limits",
        &does(libc::SYS_prlimit64, &[pid, 7, 0, at_mut(&mut [0_u64; 2])]),
    );
    tell("end it", &does(libc::SYS_kill, &[pid, 9]));
}

/// What root inside does to the agent: it is the workspace's own, but what it holds is the daemon's.
fn agent() {
    // Signals that nobody handles do not reach the first process from inside.
    tell("end the agent", &survives(1, libc::SIGKILL));
    tell("stop the agent", &survives(1, libc::SIGSTOP));
    tell("take a descriptor from the agent", &steal(1));
    tell("trace the agent", &trace(1));
    tell("read the agent's memory", &File::open("/proc/1/mem").map(drop));
    tell(
        "write the agent's program",
        &File::options().write(true).open("/proc/1/exe").map(drop),
    );
}

/// Refused where the process is there and not stopped after the signal.
fn survives(pid: usize, signal: i32) -> io::Result<()> {
    does(libc::SYS_kill, &[pid, usize::try_from(signal).unwrap()])?;
    let state = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let state = state.rsplit_once(") ").unwrap().1;
    if state.starts_with(['T', 'Z', 'X']) {
        return Ok(());
    }
    Err(io::Error::from_raw_os_error(libc::EPERM))
}

/// Copies any descriptor of the process above its standard ones.
fn steal(pid: usize) -> io::Result<()> {
    let process = call(libc::SYS_pidfd_open, &[pid, 0])?;
    let process = usize::try_from(process).unwrap();
    let mut last = Ok(());
    for number in 3..64 {
        last = does(libc::SYS_pidfd_getfd, &[process, number, 0]);
        if last.is_ok() {
            return last;
        }
    }
    // That it has no such number is known only to who may ask.
    match last {
        Err(error) if error.raw_os_error() == Some(libc::EBADF) => Ok(()),
        other => other,
    }
}

fn read_memory(pid: usize) -> io::Result<()> {
    let mut here = [0_u8; 1];
    // Its own address space has something at the address of its program; which byte is all the same.
    let maps = fs::read_to_string(format!("/proc/{pid}/maps"))?;
    let first = maps.split('-').next().unwrap();
    let there = usize::from_str_radix(first, 16).unwrap_or(0);
    let (local, remote) = ([at_mut(&mut here), 1], [there, 1]);
    let args = [pid, at(&local), 1, at(&remote), 1, 0];
    does(libc::SYS_process_vm_readv as c_long, &args)
}

/// Attaches and lets go again.
fn trace(pid: usize) -> io::Result<()> {
    const SEIZE: usize = 0x4206;
    const DETACH: usize = 17;
    does(libc::SYS_ptrace, &[SEIZE, pid, 0, 0])?;
    let _ = does(libc::SYS_ptrace, &[DETACH, pid, 0, 0]);
    Ok(())
}

/// Stops a process from inside for as long as it is let, by whatever works.
fn freeze(pid: usize) {
    const ATTACH: usize = 16;
    tell("freeze it", &does(libc::SYS_ptrace, &[ATTACH, pid, 0, 0]));
    crate::until_told();
}

/// Sockets of the host: one with a name of no file, and ones by their path.
fn sockets(name: &str, paths: &[&str]) {
    let nameless = SocketAddr::from_abstract_name(name).unwrap();
    tell(
        "a socket without a file",
        &UnixStream::connect_addr(&nameless).map(drop),
    );
    for (number, path) in (1..).zip(paths) {
        tell(&format!("socket {number}"), &UnixStream::connect(path).map(drop));
    }
}

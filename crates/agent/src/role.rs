//! What `toft agent` runs inside a workspace.
//!
//! One thread, one event loop. It is process 1 of the workspace, or runs beside another first
//! process and can then be restarted. It inherits a listening unix socket whose path exists only on the
//! host, so nobody inside can connect to it.
//!
//! **Architecture invariant**: works in an empty root. Nothing here needs a C library's plugins, a shell,
//! `/proc`, `/dev/null` or a temporary directory to start; a terminal needs `/dev/ptmx`, and what is not
//! there is missing from the figures only.

use std::ffi::OsString;
use std::io;
use std::os::fd::{FromRawFd, RawFd};
use std::process::ExitCode;
use std::rc::Rc;

use tokio::net::UnixListener;
use tokio::task::LocalSet;

mod activity;
mod agent;
mod apps;
mod connect;
mod connection;
mod exec;
mod files;
mod groups;
mod init;
mod options;
mod ports;
mod pty;
mod reaper;
mod ring;
mod screen;
mod serve;
mod session;
mod shutdown;
mod spawn;
mod terminal;
mod users;

pub(crate) use files::unpack;
pub use init::halt_signal;
pub use options::{Options, OptionsError};
pub(crate) use screen::Screen;
pub(crate) use users::look_up;

/// Why an agent could not run.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// Its arguments make no sense.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// What it should have inherited is not there.
    #[error("failed to use descriptor {fd} as a listening unix socket: {source}")]
    Socket {
        /// The descriptor's number.
        fd: RawFd,
        /// The reason.
        source: io::Error,
    },
    /// The kernel refuses something that nothing works without.
    #[error("failed to run the agent: {0}")]
    Run(#[from] io::Error),
}

/// Runs the agent with the arguments after `toft agent`, until it is told to end.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error is the workspace's console; nobody may be listening to it.
            let _ = io::Write::write_fmt(&mut io::stderr(), format_args!("toft agent: {error}\n"));
            ExitCode::FAILURE
        }
    }
}

fn run(args: impl IntoIterator<Item = OsString>) -> Result<(), RoleError> {
    let mut options = Options::parse(args)?;
    let fd = options.fd;
    if options.init {
        init::split(fd)?;
        options.beside = true;
    } else if std::process::id() == 1 {
        groups::make_ready()?;
    }
    keep_to_itself()?;
    let listener = inherit(fd).map_err(|source| RoleError::Socket { fd, source })?;
    spare_memory();
    spawn::raise_limit();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    LocalSet::new().block_on(&runtime, async move {
        let listener = UnixListener::from_std(listener).map_err(|source| RoleError::Socket { fd, source })?;
        let agent = Rc::new(agent::Agent::new(options));
        let reaper = Rc::clone(&agent.reaper);
        tokio::select! {
            ended = shutdown::run(Rc::clone(&agent)) => ended?,
            ended = async move { reaper.run().await } => ended?,
            served = serve::run(Rc::clone(&agent), listener) => served?,
            () = agent.sweep() => {}
        }
        Ok(())
    })
}

/// Keeps root inside from tracing this process, which is of the same user: who traces it could take the
/// listening socket, and speak to the daemon in its place. Programs that it starts are not concerned.
fn keep_to_itself() -> io::Result<()> {
    // SAFETY: plain system call on numbers.
    if unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Takes over the listening socket, and keeps it and whatever else was inherited from programs.
fn inherit(fd: RawFd) -> io::Result<std::os::unix::net::UnixListener> {
    // SAFETY: plain system call on numbers.
    if unsafe { libc::fcntl(fd, libc::F_GETFD) } < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: as above. Descriptors above the standard ones are closed when a program is started.
    if unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) } < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is open (asked above), and by the contract with who started the agent its
    // own: nothing else in this process has used it.
    let listener = unsafe { std::os::unix::net::UnixListener::from_raw_fd(fd) };
    listener.local_addr()?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// One heap for all threads, and freed memory given back early: there are as many agents as workspaces.
fn spare_memory() {
    // SAFETY: called before any other thread exists.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 128 << 10);
        libc::mallopt(libc::M_MMAP_THRESHOLD, 64 << 10);
    }
}

//! Threads that touch files as somebody else.
//!
//! Linux keeps ids per thread; the C library's wrappers hide that by changing all threads at once, so
//! the system calls are made directly. A thread takes on groups, group and user *of the file system*
//! only: the kernel then takes away its rights to override permissions, but nobody can signal or
//! trace it, as they could a thread that had become the user. The thread ends with its operation;
//! nothing is ever changed back.

use std::io;
use std::thread;

use tokio::sync::oneshot;

use crate::role::users::Identity;
use crate::wire::{Code, Refusal};

/// Enough for directory walks, which are loops, and for the archive's headers.
const STACK: usize = 256 << 10;

/// Runs `act` as `identity`, and waits for it.
pub async fn run<T: Send + 'static>(
    identity: &Identity,
    act: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let (done, result) = oneshot::channel();
    start(identity, move || {
        // Nobody waits any more when the client has gone.
        let _ = done.send(act());
    })?;
    result
        .await
        .unwrap_or_else(|_| Err(Refusal::new(Code::Failed, "the operation on files broke off")))
}

/// Starts `act` on a thread as `identity`.
pub fn start(identity: &Identity, act: impl FnOnce() + Send + 'static) -> Result<(), Refusal> {
    let identity = identity.clone();
    let spawned = thread::Builder::new()
        .name("files".to_owned())
        .stack_size(STACK)
        .spawn(move || {
            // Without the identity nothing is touched: the caller sees its channel closed.
            if assume(&identity).is_ok() {
                act();
            }
        });
    spawned
        .map(drop)
        .map_err(|error| Refusal::new(Code::Exhausted, format!("failed to start a thread: {error}")))
}

fn assume(identity: &Identity) -> io::Result<()> {
    // SAFETY: plain system calls; the groups outlive the call.
    unsafe {
        if libc::geteuid() != 0 || identity.uid == 0 {
            return Ok(());
        }
        let groups = &identity.groups;
        if libc::syscall(libc::SYS_setgroups, groups.len(), groups.as_ptr()) < 0 {
            return Err(io::Error::last_os_error());
        }
        libc::syscall(libc::SYS_setfsgid, identity.gid);
        libc::syscall(libc::SYS_setfsuid, identity.uid);
        // These two report no errors: ask what has become of them.
        let nobody = u32::MAX;
        let (gid, uid) = (
            libc::syscall(libc::SYS_setfsgid, nobody),
            libc::syscall(libc::SYS_setfsuid, nobody),
        );
        if gid != i64::from(identity.gid) || uid != i64::from(identity.uid) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
    }
    Ok(())
}

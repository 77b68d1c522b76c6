//! Pseudo-terminals.

use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::{Gid, Mode, OFlags, Uid, fchmod, fchown, fcntl_getfl, fcntl_setfl};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// The end of a pseudo-terminal that the agent holds.
#[derive(Debug)]
pub struct Pty {
    master: AsyncFd<OwnedFd>,
}

// === impl Pty ===

impl Pty {
    /// Opens a pseudo-terminal of the given size that belongs to `uid`. Returns the other end too.
    pub fn open(cols: u16, rows: u16, uid: u32) -> io::Result<(Self, OwnedFd)> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        // Not by its path: /dev/pts may be mounted anywhere, or nowhere.
        let slave = ioctl_tiocgptpeer(
            &master,
            OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC,
        )?;
        // Without the right to hand it over it stays the agent's, and works all the same.
        let _ = fchown(&slave, Some(Uid::from_raw(uid)), None::<Gid>);
        let _ = fchmod(&slave, Mode::from_raw_mode(0o620));
        fcntl_setfl(&master, fcntl_getfl(&master)? | OFlags::NONBLOCK)?;
        // SAFETY: an `OwnedFd` that is never taken out is the same open descriptor for as long as it lives.
        let master = unsafe { AsyncFd::register(master) }.map_err(io::Error::from)?;
        let pty = Self { master };
        pty.resize(cols, rows)?;
        Ok((pty, slave))
    }

    /// Tells the programs on it another size.
    pub fn resize(&self, cols: u16, rows: u16) -> io::Result<()> {
        let size = Winsize {
            ws_row: rows,
            ws_col: cols,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        Ok(tcsetwinsize(&self.master, size)?)
    }

    /// Reads without waiting; 0 when the last program on it is gone.
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match rustix::io::read(&self.master, buffer) {
            Ok(length) => Ok(length),
            // How Linux says that nobody has the other end open.
            Err(rustix::io::Errno::IO) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits until there may be something to read.
    pub async fn readable(&self) -> io::Result<()> {
        // Cleared at once: the reader tries until nothing is left before it waits again.
        self.master.readable().await?.clear_ready();
        Ok(())
    }

    /// Writes some of `bytes`, waiting for room.
    pub async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let write = |master: &OwnedFd| rustix::io::write(master, bytes).map_err(io::Error::from);
        self.master.async_io(Interest::WRITABLE, write).await
    }
}

//! Removing a tree that a stranger was root of.
//!
//! Recursion as deep as the tree would end this process: a stack overflows after some thousand
//! levels, and making a hundred thousand takes a second. So it goes down a bounded number of
//! levels, and what lies deeper is moved to the top and removed from there. No link is followed,
//! and every step is relative to an opened directory.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

/// How far down one goes before moving up what lies deeper.
const DEPTH: usize = 64;
/// How often a directory is read again because something appeared in it.
const ATTEMPTS: usize = 8;

/// Removes `path` and all below it; not being there is fine.
pub(crate) fn demolish(path: &Path) -> io::Result<()> {
    let top = match open(CWD, path) {
        Err(Errno::NOENT) => return Ok(()),
        Err(Errno::NOTDIR | Errno::LOOP) => return Ok(rustix::fs::unlinkat(CWD, path, AtFlags::empty())?),
        other => other?,
    };
    let mut work = Work { top, moved: 0 };
    let mut moved = None;
    while moved != Some(work.moved) {
        moved = Some(work.moved);
        let top = work.top.try_clone()?;
        work.clear(top.as_fd(), 0)?;
    }
    Ok(rustix::fs::unlinkat(CWD, path, AtFlags::REMOVEDIR)?)
}

/// One demolition.
struct Work {
    top: OwnedFd,
    /// How many directories were moved to the top.
    moved: u64,
}

// === impl Work ===

impl Work {
    /// Empties a directory, but for what it moved to the top.
    fn clear(&mut self, dir: BorrowedFd<'_>, depth: usize) -> rustix::io::Result<()> {
        for entry in Dir::read_from(dir)? {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            match rustix::fs::unlinkat(dir, name, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => {}
                // Linux says the first; other systems the second.
                Err(Errno::ISDIR | Errno::PERM) => self.remove_directory(dir, name, depth)?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn remove_directory(
        &mut self,
        parent: BorrowedFd<'_>,
        name: &CStr,
        depth: usize,
    ) -> rustix::io::Result<()> {
        if depth == DEPTH {
            return self.move_up(parent, name);
        }
        let dir = open(parent, name)?;
        for _ in 0..ATTEMPTS {
            self.clear(dir.as_fd(), depth + 1)?;
            match rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR) {
                Err(Errno::NOTEMPTY) => {}
                other => return other,
            }
        }
        Err(Errno::NOTEMPTY)
    }

    fn move_up(&mut self, parent: BorrowedFd<'_>, name: &CStr) -> rustix::io::Result<()> {
        loop {
            self.moved += 1;
            let target = format!(".toft-deep-{}", self.moved);
            match rustix::fs::renameat_with(parent, name, &self.top, target, RenameFlags::NOREPLACE) {
                // The stranger may have guessed the name.
                Err(Errno::EXIST) => {}
                other => return other,
            }
        }
    }
}

fn open<P: rustix::path::Arg>(dir: BorrowedFd<'_>, name: P) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(dir, name, flags, Mode::empty())
}

#[cfg(test)]
mod tests;

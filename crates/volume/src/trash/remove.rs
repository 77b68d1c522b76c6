//! Deletes a tree that was made by somebody who may not want it to be deleted.
//!
//! Whoever works in a workspace can nest directories deeper than a path can name, than the
//! process may have files open, and than a stack is high. So the depth is bounded: what lies
//! deeper is first moved up to the top of the tree. Links are never followed, and what fails
//! does not stop the rest.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{self, AtFlags, CWD, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

/// Directories open at a time.
const MAX_DEPTH: usize = 64;

const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// One removal under way.
struct Removal {
    top: OwnedFd,
    moved: u64,
    /// The first failure.
    failed: Option<Errno>,
}

/// Deletes `path` and all below it.
pub(super) fn remove_tree(path: &Path) -> io::Result<()> {
    let stat = fs::lstat(path)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
        return Ok(fs::unlink(path)?);
    }
    let top = fs::openat(CWD, path, DIRECTORY, Mode::empty())?;
    let mut removal = Removal {
        top: top.try_clone()?,
        moved: 0,
        failed: None,
    };
    loop {
        let moved = removal.moved;
        removal.empty(top.as_fd(), 1);
        // What was moved to the top meanwhile may not have been listed.
        if removal.moved == moved {
            break;
        }
    }
    match removal.failed {
        Some(errno) => Err(errno.into()),
        None => Ok(fs::rmdir(path)?),
    }
}

// === impl Removal ===

impl Removal {
    fn empty(&mut self, dir: BorrowedFd<'_>, depth: usize) {
        let entries = match names(dir) {
            Ok(entries) => entries,
            Err(errno) => return self.note(errno),
        };
        for name in entries {
            match fs::unlinkat(dir, &name, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(Errno::ISDIR) => self.directory(dir, &name, depth),
                Err(errno) => self.note(errno),
            }
        }
    }

    fn directory(&mut self, parent: BorrowedFd<'_>, name: &CStr, depth: usize) {
        if depth >= MAX_DEPTH {
            return self.move_up(parent, name);
        }
        match fs::openat(parent, name, DIRECTORY, Mode::empty()) {
            Ok(dir) => self.empty(dir.as_fd(), depth + 1),
            Err(errno) => return self.note(errno),
        }
        if let Err(errno) = fs::unlinkat(parent, name, AtFlags::REMOVEDIR) {
            self.note(errno);
        }
    }

    fn move_up(&mut self, parent: BorrowedFd<'_>, name: &CStr) {
        loop {
            self.moved += 1;
            let target = format!(".toft-removing-{}", self.moved);
            let top = self.top.as_fd();
            match fs::renameat_with(parent, name, top, &target, fs::RenameFlags::NOREPLACE) {
                Err(Errno::EXIST) => {}
                Err(errno) => return self.note(errno),
                Ok(()) => return,
            }
        }
    }

    fn note(&mut self, errno: Errno) {
        self.failed.get_or_insert(errno);
    }
}

fn names(dir: BorrowedFd<'_>) -> Result<Vec<CString>, Errno> {
    let mut names = Vec::new();
    for entry in Dir::read_from(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        if name != c"." && name != c".." {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests;

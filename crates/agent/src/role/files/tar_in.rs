//! Unpacking an archive, into one directory and nowhere else.
//!
//! Names come from whoever made the archive, and links may already lie in the directory or come from
//! the archive itself. So no path is ever resolved by string: each is walked below the opened directory
//! by the kernel (`openat2`, `RESOLVE_BENEATH`), which refuses whatever would leave it, races included.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, ResolveFlags, Timespec, Timestamps, fchmod, futimens, linkat, mkdirat,
    openat, openat2, symlinkat, unlinkat,
};
use tar::{Archive, Entry, EntryType};

use super::{refuse, simple};
use crate::wire::{Code, Refusal, TarSummary};

/// Unpacks into `path`, which is made if missing. Stops at the first entry that cannot be.
pub fn unpack(path: &Path, content: &mut impl Read) -> Result<TarSummary, Refusal> {
    simple::mkdir(path, None)?;
    let failed = |error: io::Error| refuse("unpack into", path, &error);
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = openat(CWD, path, flags, Mode::empty()).map_err(|error| failed(error.into()))?;
    let mut summary = TarSummary::default();
    let mut directories = Vec::new();
    let mut archive = Archive::new(&mut *content);
    for entry in archive.entries().map_err(failed)? {
        let mut entry = entry.map_err(failed)?;
        let name = PathBuf::from(OsStr::from_bytes(&entry.path_bytes()));
        summary.bytes +=
            put(&root, &mut entry, &name, &mut directories).map_err(|error| explain(&name, path, &error))?;
        summary.entries += 1;
    }
    // Only now: a directory without the right to write takes no more entries.
    for (directory, mode) in directories.into_iter().rev() {
        let done = beneath(
            &root,
            &directory,
            OFlags::RDONLY | OFlags::DIRECTORY,
            Mode::empty(),
        )
        .and_then(|fd| Ok(fchmod(&fd, mode)?));
        done.map_err(|error| explain(&directory, path, &error))?;
    }
    // What follows the archive's end is read, so that the sender is not cut off.
    io::copy(content, &mut io::sink()).map_err(failed)?;
    Ok(summary)
}

fn explain(name: &Path, into: &Path, error: &io::Error) -> Refusal {
    if error.raw_os_error() == Some(libc::EXDEV) {
        let message = format!("the entry {} leads out of {}", name.display(), into.display());
        return Refusal::new(Code::Denied, message);
    }
    refuse("unpack", name, error)
}

fn put(
    root: &OwnedFd,
    entry: &mut Entry<'_, impl Read>,
    name: &Path,
    directories: &mut Vec<(PathBuf, Mode)>,
) -> io::Result<u64> {
    let Some(name) = plain(name)? else { return Ok(0) };
    // Set-user bits come from who packed, who need not be who unpacks.
    let mode = Mode::from_raw_mode(entry.header().mode()? & 0o777);
    match entry.header().entry_type() {
        EntryType::Directory => {
            parents(root, &name.join("."))?;
            directories.push((name, mode));
            Ok(0)
        }
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => file(root, entry, &name, mode),
        EntryType::Symlink => {
            let target = link_target(entry)?;
            let (parent, last) = vacate(root, &name)?;
            symlinkat(&target, &parent, last)?;
            Ok(0)
        }
        EntryType::Link => {
            let target = plain(&link_target(entry)?)?.ok_or(io::ErrorKind::InvalidInput)?;
            let from = beneath(
                root,
                target.parent().unwrap_or(Path::new("")),
                OFlags::PATH | OFlags::DIRECTORY,
                Mode::empty(),
            )?;
            let (parent, last) = vacate(root, &name)?;
            // Without following: a hard link to a link is one to the link.
            linkat(
                &from,
                target.file_name().unwrap_or_default(),
                &parent,
                last,
                AtFlags::empty(),
            )?;
            Ok(0)
        }
        EntryType::XGlobalHeader => Ok(0),
        other => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("entries of type {other:?} are not unpacked"),
        )),
    }
}

fn link_target(entry: &Entry<'_, impl Read>) -> io::Result<PathBuf> {
    let target = entry.link_name_bytes().ok_or(io::ErrorKind::InvalidData)?;
    Ok(PathBuf::from(OsStr::from_bytes(&target)))
}

fn file(root: &OwnedFd, entry: &mut Entry<'_, impl Read>, name: &Path, mode: Mode) -> io::Result<u64> {
    let (parent, last) = vacate(root, name)?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = File::from(openat(&parent, last, flags, Mode::from_raw_mode(0o600))?);
    let bytes = io::copy(entry, &mut file)?;
    fchmod(&file, mode)?;
    if let Ok(modified) = entry.header().mtime() {
        let time = Timespec {
            tv_sec: i64::try_from(modified).unwrap_or(0),
            tv_nsec: 0,
        };
        // A time that the file system cannot hold is no reason to fail.
        let _ = futimens(
            &file,
            &Timestamps {
                last_access: time,
                last_modification: time,
            },
        );
    }
    Ok(bytes)
}

/// A name as a path that goes down only; `None` for the directory itself.
fn plain(name: &Path) -> io::Result<Option<PathBuf>> {
    let mut plain = PathBuf::new();
    for component in name.components() {
        match component {
            Component::Normal(part) => plain.push(part),
            Component::CurDir => {}
            // The same error as from the kernel for what leaves the directory.
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(io::Error::from_raw_os_error(libc::EXDEV));
            }
        }
    }
    Ok((!plain.as_os_str().is_empty()).then_some(plain))
}

/// Makes room for an entry: its directories are there, and nothing of its name. Returns the
/// directory and the last component.
fn vacate<'a>(root: &OwnedFd, name: &'a Path) -> io::Result<(OwnedFd, &'a OsStr)> {
    let parent = parents(root, name)?;
    let last = name.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    match unlinkat(&parent, last, AtFlags::empty()) {
        Ok(()) | Err(rustix::io::Errno::NOENT) => Ok((parent, last)),
        Err(error) => Err(error.into()),
    }
}

/// Makes the directories above the last component, and opens the innermost.
fn parents(root: &OwnedFd, name: &Path) -> io::Result<OwnedFd> {
    let mut so_far = PathBuf::new();
    let mut parent = beneath(
        root,
        Path::new("."),
        OFlags::PATH | OFlags::DIRECTORY,
        Mode::empty(),
    )?;
    // `a/.` stands for all of `a`: components() would drop the dot.
    let inner = if name.as_os_str().as_bytes().ends_with(b"/.") {
        Some(name)
    } else {
        name.parent()
    };
    for part in inner.into_iter().flat_map(Path::components) {
        match mkdirat(&parent, part.as_os_str(), Mode::from_raw_mode(0o755)) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        so_far.push(part);
        parent = beneath(root, &so_far, OFlags::PATH | OFlags::DIRECTORY, Mode::empty())?;
    }
    Ok(parent)
}

/// Opens what lies below the root, links included as long as they stay below it.
fn beneath(root: &OwnedFd, path: &Path, flags: OFlags, mode: Mode) -> io::Result<OwnedFd> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    Ok(openat2(root, path, flags | OFlags::CLOEXEC, mode, resolve)?)
}

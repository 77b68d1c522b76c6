//! The tree under construction, through descriptors only.
//!
//! Parents are resolved in the root by the kernel; the object in them is named by one component
//! and never followed. Nobody else writes to the tree while it is made.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fs::{
    self, AtFlags, CWD, Gid, Mode, OFlags, ResolveFlags, Timespec, Timestamps, Uid, XattrFlags,
};
use rustix::io::Errno;

use super::is_dir;
use crate::error::LayerFault;
use crate::path::{Location, PathError};
use crate::tar_stream::read_fault;

/// What an object gets beside its content.
pub(super) struct Attributes {
    pub mode: Mode,
    pub uid: u32,
    pub gid: u32,
    pub mtime: i64,
    pub capability: Option<Vec<u8>>,
}

/// Inodes that the current layer made or changed: whiteouts are about those of layers below.
#[derive(Default)]
pub(super) struct Made(HashSet<u64>);

/// The root directory.
pub(super) struct Tree {
    root: OwnedFd,
    /// Components of the root's own path on the host.
    root_depth: usize,
    max_depth: usize,
}

const DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// What a directory gets that a layer uses but does not describe.
const IMPLIED_MODE: Mode = Mode::from_raw_mode(0o755);

// === impl Tree ===

impl Tree {
    pub(super) fn open(root: &Path, max_depth: usize) -> Result<Self, Errno> {
        let root = fs::open(root, DIRECTORY | OFlags::NOFOLLOW, Mode::empty())?;
        let root_depth = real_path(root.as_fd())?.components().count();
        Ok(Self {
            root,
            root_depth,
            max_depth,
        })
    }

    pub(super) fn set_root(&self, attributes: &Attributes) -> Result<(), LayerFault> {
        attributes.apply_to_directory(self.root.as_fd(), OsStr::new("."))
    }

    pub(super) fn directory(
        &self,
        at: &Location,
        attributes: &Attributes,
        made: &mut Made,
    ) -> Result<(), LayerFault> {
        let parent = self.parent(&at.parent)?;
        let name = OsStr::from_bytes(&at.name);
        if !is_directory(parent.as_fd(), name)? {
            clear(parent.as_fd(), name)?;
            fs::mkdirat(&parent, name, Mode::RWXU).map_err(LayerFault::io("create the directory"))?;
        }
        attributes.apply_to_directory(parent.as_fd(), name)?;
        made.note(parent.as_fd(), name)
    }

    pub(super) fn file(
        &self,
        at: &Location,
        attributes: &Attributes,
        size: u64,
        content: &mut impl Read,
        made: &mut Made,
    ) -> Result<(), LayerFault> {
        let parent = self.parent(&at.parent)?;
        let name = OsStr::from_bytes(&at.name);
        clear(parent.as_fd(), name)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = fs::openat(&parent, name, flags, Mode::RUSR | Mode::WUSR);
        let mut file = File::from(file.map_err(LayerFault::io("create the file"))?);
        copy(content, &mut file, size)?;
        attributes.apply_to_file(&file)?;
        made.note(parent.as_fd(), name)
    }

    pub(super) fn symlink(
        &self,
        at: &Location,
        target: &[u8],
        attributes: &Attributes,
        made: &mut Made,
    ) -> Result<(), LayerFault> {
        let parent = self.parent(&at.parent)?;
        let name = OsStr::from_bytes(&at.name);
        clear(parent.as_fd(), name)?;
        fs::symlinkat(OsStr::from_bytes(target), &parent, name).map_err(LayerFault::io("create the link"))?;
        attributes.own(parent.as_fd(), name)?;
        attributes.date(parent.as_fd(), name)?;
        made.note(parent.as_fd(), name)
    }

    /// The target must be in the tree already, from this layer or one below.
    pub(super) fn hard_link(
        &self,
        at: &Location,
        target: &Location,
        made: &mut Made,
    ) -> Result<(), LayerFault> {
        let from = self
            .existing(&target.parent)
            .map_err(LayerFault::io("find the link's target"))?;
        let parent = self.parent(&at.parent)?;
        let (target, name) = (OsStr::from_bytes(&target.name), OsStr::from_bytes(&at.name));
        if same(from.as_fd(), target, parent.as_fd(), name)? {
            return Ok(());
        }
        clear(parent.as_fd(), name)?;
        // Without AT_SYMLINK_FOLLOW: a link to a symbolic link is a second name of that link.
        let linked = fs::linkat(&from, target, &parent, name, AtFlags::empty());
        linked.map_err(LayerFault::io("link to the target"))?;
        made.note(parent.as_fd(), name)
    }

    pub(super) fn fifo(
        &self,
        at: &Location,
        attributes: &Attributes,
        made: &mut Made,
    ) -> Result<(), LayerFault> {
        let parent = self.parent(&at.parent)?;
        let name = OsStr::from_bytes(&at.name);
        clear(parent.as_fd(), name)?;
        let created = fs::mknodat(&parent, name, fs::FileType::Fifo, Mode::RUSR | Mode::WUSR, 0);
        created.map_err(LayerFault::io("create the pipe"))?;
        attributes.own(parent.as_fd(), name)?;
        // It was made just now, and nobody else is here: it is no link that could be followed.
        fs::chmodat(&parent, name, attributes.mode, AtFlags::empty())
            .map_err(LayerFault::io("set the mode"))?;
        made.note(parent.as_fd(), name)
    }

    /// Removes what layers below have at this place.
    pub(super) fn hide(&self, at: &Location, made: &Made) -> Result<(), LayerFault> {
        match self.existing(&at.parent) {
            Ok(parent) => prune(parent.as_fd(), OsStr::from_bytes(&at.name), &made.0),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(()),
            Err(errno) => Err(LayerFault::io("open the directory")(errno)),
        }
    }

    /// Removes what layers below have in this directory.
    pub(super) fn hide_content(&self, dir: &[Vec<u8>], made: &Made) -> Result<(), LayerFault> {
        match self.existing(dir) {
            Ok(dir) => prune_content(dir.as_fd(), &made.0),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(()),
            Err(errno) => Err(LayerFault::io("open the directory")(errno)),
        }
    }

    /// Opens a directory of the tree, and makes it where the layer did not care to.
    fn parent(&self, components: &[Vec<u8>]) -> Result<OwnedFd, LayerFault> {
        let dir = match self.existing(components) {
            Err(Errno::NOENT) => self.make_parents(components)?,
            other => other.map_err(LayerFault::io("open the directory above it"))?,
        };
        // Links may lead deeper than any one name says.
        let path = real_path(dir.as_fd()).map_err(LayerFault::io("locate the directory above it"))?;
        if path.components().count().saturating_sub(self.root_depth) > self.max_depth {
            return Err(PathError::TooDeep {
                limit: self.max_depth,
            }
            .into());
        }
        Ok(dir)
    }

    fn make_parents(&self, components: &[Vec<u8>]) -> Result<OwnedFd, LayerFault> {
        let mut dir = self.existing(&[]).map_err(LayerFault::io("open the root"))?;
        for depth in 1..=components.len() {
            let next = match self.existing(&components[..depth]) {
                Err(Errno::NOENT) => {
                    let name = OsStr::from_bytes(&components[depth - 1]);
                    fs::mkdirat(&dir, name, IMPLIED_MODE)
                        .map_err(LayerFault::io("create the directory above it"))?;
                    fs::chmodat(&dir, name, IMPLIED_MODE, AtFlags::empty())
                        .map_err(LayerFault::io("set the mode"))?;
                    self.existing(&components[..depth])
                }
                other => other,
            };
            dir = next.map_err(LayerFault::io("open the directory above it"))?;
        }
        Ok(dir)
    }

    /// Opens a directory that is there, resolving links as if the root were `/`.
    fn existing(&self, components: &[Vec<u8>]) -> Result<OwnedFd, Errno> {
        let mut path = PathBuf::from(".");
        path.extend(components.iter().map(|component| OsStr::from_bytes(component)));
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_XDEV;
        fs::openat2(&self.root, &path, DIRECTORY, Mode::empty(), resolve)
    }
}

// === impl Made ===

impl Made {
    fn note(&mut self, parent: BorrowedFd<'_>, name: &OsStr) -> Result<(), LayerFault> {
        let stat = fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)
            .map_err(LayerFault::io("look at what was made"))?;
        self.0.insert(stat.st_ino);
        Ok(())
    }
}

// === impl Attributes ===

impl Attributes {
    fn apply_to_file(&self, file: &File) -> Result<(), LayerFault> {
        fs::fchown(file, Some(Uid::from_raw(self.uid)), Some(Gid::from_raw(self.gid)))
            .map_err(LayerFault::io("set the owner"))?;
        // After the owner: changing that clears these bits and the capabilities.
        fs::fchmod(file, self.mode).map_err(LayerFault::io("set the mode"))?;
        if let Some(value) = &self.capability {
            let set = fs::fsetxattr(file, crate::tree::CAPABILITY, value, XattrFlags::empty());
            set.map_err(LayerFault::io("set the file capabilities"))?;
        }
        fs::futimens(file, &self.times()).map_err(LayerFault::io("set the time"))
    }

    fn apply_to_directory(&self, parent: BorrowedFd<'_>, name: &OsStr) -> Result<(), LayerFault> {
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let dir =
            fs::openat(parent, name, flags, Mode::empty()).map_err(LayerFault::io("open the directory"))?;
        fs::fchown(&dir, Some(Uid::from_raw(self.uid)), Some(Gid::from_raw(self.gid)))
            .map_err(LayerFault::io("set the owner"))?;
        fs::fchmod(&dir, self.mode).map_err(LayerFault::io("set the mode"))
    }

    fn own(&self, parent: BorrowedFd<'_>, name: &OsStr) -> Result<(), LayerFault> {
        let (uid, gid) = (Uid::from_raw(self.uid), Gid::from_raw(self.gid));
        let owned = fs::chownat(parent, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW);
        owned.map_err(LayerFault::io("set the owner"))
    }

    fn date(&self, parent: BorrowedFd<'_>, name: &OsStr) -> Result<(), LayerFault> {
        fs::utimensat(parent, name, &self.times(), AtFlags::SYMLINK_NOFOLLOW)
            .map_err(LayerFault::io("set the time"))
    }

    fn times(&self) -> Timestamps {
        let time = Timespec {
            tv_sec: self.mtime,
            tv_nsec: 0,
        };
        Timestamps {
            last_access: time,
            last_modification: time,
        }
    }
}

fn is_directory(parent: BorrowedFd<'_>, name: &OsStr) -> Result<bool, LayerFault> {
    match fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(is_dir(stat.st_mode)),
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => Err(LayerFault::io("look at what is there")(errno)),
    }
}

/// Makes the place free, whatever is there.
fn clear(parent: BorrowedFd<'_>, name: &OsStr) -> Result<(), LayerFault> {
    prune(parent, name, &HashSet::new())
}

/// Removes `name` and everything below it but the inodes in `keep`, and what holds them.
fn prune(parent: BorrowedFd<'_>, name: &OsStr, keep: &HashSet<u64>) -> Result<(), LayerFault> {
    let stat = match fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => return Ok(()),
        other => other.map_err(LayerFault::io("look at what is there"))?,
    };
    if !is_dir(stat.st_mode) {
        if keep.contains(&stat.st_ino) {
            return Ok(());
        }
        return fs::unlinkat(parent, name, AtFlags::empty()).map_err(LayerFault::io("remove what is there"));
    }
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let dir = fs::openat(parent, name, flags, Mode::empty()).map_err(LayerFault::io("open the directory"))?;
    prune_content(dir.as_fd(), keep)?;
    if keep.contains(&stat.st_ino) {
        return Ok(());
    }
    match fs::unlinkat(parent, name, AtFlags::REMOVEDIR) {
        Err(Errno::NOTEMPTY) if !keep.is_empty() => Ok(()),
        other => other.map_err(LayerFault::io("remove what is there")),
    }
}

/// The depth of recursion is bounded by that of the tree, which is bounded where it is made.
fn prune_content(dir: BorrowedFd<'_>, keep: &HashSet<u64>) -> Result<(), LayerFault> {
    // The descriptor may be for paths only, which cannot be listed.
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let listed = fs::openat(dir, ".", flags, Mode::empty()).map_err(LayerFault::io("open the directory"))?;
    let entries = fs::Dir::read_from(&listed).map_err(LayerFault::io("list the directory"))?;
    for entry in entries {
        let entry = entry.map_err(LayerFault::io("list the directory"))?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            prune(dir, OsStr::from_bytes(name), keep)?;
        }
    }
    Ok(())
}

/// Whether two names are the same object already.
fn same(a: BorrowedFd<'_>, a_name: &OsStr, b: BorrowedFd<'_>, b_name: &OsStr) -> Result<bool, LayerFault> {
    let a =
        fs::statat(a, a_name, AtFlags::SYMLINK_NOFOLLOW).map_err(LayerFault::io("find the link's target"))?;
    match fs::statat(b, b_name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(b) => Ok((a.st_dev, a.st_ino) == (b.st_dev, b.st_ino)),
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => Err(LayerFault::io("look at what is there")(errno)),
    }
}

fn copy(content: &mut impl Read, file: &mut File, size: u64) -> Result<(), LayerFault> {
    let mut buffer = vec![0; 128 << 10];
    let mut written = 0;
    loop {
        match content.read(&mut buffer) {
            Ok(0) if written == size => return Ok(()),
            Ok(0) => return Err(read_fault(io::ErrorKind::UnexpectedEof.into())),
            Ok(count) => {
                let wrote = file.write_all(&buffer[..count]);
                wrote.map_err(|source| LayerFault::Io {
                    action: "write the file",
                    source,
                })?;
                written += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(read_fault(error)),
        }
    }
}

fn real_path(dir: BorrowedFd<'_>) -> Result<PathBuf, Errno> {
    let link = fs::readlinkat(CWD, format!("/proc/self/fd/{}", dir.as_raw_fd()), Vec::new())?;
    Ok(PathBuf::from(std::ffi::OsString::from_vec(link.into_bytes())))
}

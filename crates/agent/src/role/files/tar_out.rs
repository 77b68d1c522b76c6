//! Packing files.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use tar::{Builder, EntryType, Header};

use super::refuse;
use crate::wire::Refusal;

/// Packs a file or directory into `out`, under its last component's name. `begin` is called when
/// there is something to pack. Links are packed as links; devices, pipes and sockets are left out, and so
/// is what vanishes or cannot be read along the way but for the first.
pub fn pack(
    path: &Path,
    begin: impl FnOnce() -> Result<(), Refusal>,
    out: impl Write,
) -> Result<(), Refusal> {
    let failed = |error: io::Error| refuse("pack", path, &error);
    let found = fs::symlink_metadata(path).map_err(failed)?;
    if found.is_dir() {
        fs::read_dir(path).map_err(failed)?;
    } else if found.is_file() {
        File::open(path).map_err(failed)?;
    }
    begin()?;
    let mut archive = Builder::new(out);
    let name = path.file_name().map_or_else(|| PathBuf::from("."), PathBuf::from);
    walk(&mut archive, path, name).map_err(failed)?;
    archive
        .into_inner()
        .and_then(|mut out| out.flush())
        .map_err(failed)
}

fn walk(archive: &mut Builder<impl Write>, path: &Path, name: PathBuf) -> io::Result<()> {
    // A list instead of recursion: directories may be nested deeper than the stack.
    let mut waiting = vec![(path.to_owned(), name)];
    while let Some((path, name)) = waiting.pop() {
        let Ok(found) = fs::symlink_metadata(&path) else {
            continue;
        };
        if found.is_dir() {
            let Ok(children) = fs::read_dir(&path) else {
                continue;
            };
            append(archive, &name, &found, EntryType::Directory, 0, io::empty())?;
            let mut names: Vec<_> = children.flatten().map(|child| child.file_name()).collect();
            names.sort_unstable_by(|a, b| b.cmp(a));
            waiting.extend(
                names
                    .into_iter()
                    .map(|child| (path.join(&child), name.join(&child))),
            );
        } else if found.is_symlink() {
            let Ok(target) = fs::read_link(&path) else {
                continue;
            };
            let mut header = header(&found, EntryType::Symlink, 0);
            archive.append_link(&mut header, &name, &target)?;
        } else if found.is_file() {
            file(archive, &path, &name)?;
        }
    }
    Ok(())
}

fn file(archive: &mut Builder<impl Write>, path: &Path, name: &Path) -> io::Result<()> {
    let flags = libc::O_NONBLOCK | libc::O_NOFOLLOW;
    let Ok(file) = OpenOptions::new().read(true).custom_flags(flags).open(path) else {
        return Ok(());
    };
    let found = file.metadata()?;
    if !found.is_file() {
        return Ok(());
    }
    // Exactly as many bytes as announced, though the file be written to meanwhile.
    let content = file.chain(io::repeat(0)).take(found.len());
    append(archive, name, &found, EntryType::Regular, found.len(), content)
}

fn append(
    archive: &mut Builder<impl Write>,
    name: &Path,
    found: &Metadata,
    kind: EntryType,
    size: u64,
    content: impl Read,
) -> io::Result<()> {
    let mut header = header(found, kind, size);
    archive.append_data(&mut header, name, content)
}

fn header(found: &Metadata, kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(found.mode() & 0o7777);
    header.set_uid(found.uid().into());
    header.set_gid(found.gid().into());
    header.set_mtime(u64::try_from(found.mtime()).unwrap_or(0));
    header
}

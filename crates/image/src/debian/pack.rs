//! Packs a tree into a compressed archive that unpacks to the same tree: owners, modes, hard
//! links and file capabilities included.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tar::{Builder, EntryType, Header};

use crate::cancel::Cancel;
use crate::digest::Digest;
use crate::tree;

/// Fast: a base is packed while somebody waits for it.
const LEVEL: i32 = 2;

/// Hashes what is written through it.
struct HashingWriter<W> {
    inner: W,
    hasher: Sha256,
}

struct Packer<W: Write> {
    archive: Builder<W>,
    /// First name of each file that has several.
    names: HashMap<u64, PathBuf>,
}

/// Writes the tree at `root` to `out`; answers `out` and the digest of what was written.
pub(super) fn pack(root: &Path, out: File, cancel: &Cancel) -> io::Result<(File, Digest)> {
    let hashing = HashingWriter {
        inner: out,
        hasher: Sha256::new(),
    };
    let compressor = zstd::Encoder::new(hashing, LEVEL)?;
    let mut packer = Packer {
        archive: Builder::new(compressor),
        names: HashMap::new(),
    };
    tree::walk(root, cancel, &mut |path, meta| {
        packer
            .add(root, path, meta)
            .map_err(crate::ImageError::io("pack", path))
    })
    .map_err(io::Error::other)?;
    let hashing = packer.archive.into_inner()?.finish()?;
    Ok((hashing.inner, Digest::from_hasher(hashing.hasher)))
}

// === impl Packer ===

impl<W: Write> Packer<W> {
    fn add(&mut self, root: &Path, path: &Path, meta: &Metadata) -> io::Result<()> {
        let name = match path.strip_prefix(root) {
            Ok(name) if name != Path::new("") => name,
            _ => Path::new("./"),
        };
        let mut header = header(meta)?;
        if meta.is_dir() {
            header.set_entry_type(EntryType::Directory);
            return self.archive.append_data(&mut header, name, io::empty());
        }
        if meta.is_symlink() {
            header.set_entry_type(EntryType::Symlink);
            return self.archive.append_link(&mut header, name, fs::read_link(path)?);
        }
        if !meta.is_file() {
            return Err(io::Error::other(
                "only files, directories and links can be packed",
            ));
        }
        if meta.nlink() > 1
            && let Some(first) = self.names.get(&meta.ino())
        {
            header.set_entry_type(EntryType::Link);
            return self.archive.append_link(&mut header, name, first);
        }
        self.names.insert(meta.ino(), name.to_owned());
        let capability = tree::capability(path)?;
        if !capability.is_empty() {
            self.archive
                .append_pax_extensions([("SCHILY.xattr.security.capability", &capability[..])])?;
        }
        header.set_entry_type(EntryType::Regular);
        header.set_size(meta.size());
        self.archive.append_data(&mut header, name, File::open(path)?)
    }
}

fn header(meta: &Metadata) -> io::Result<Header> {
    let mut header = Header::new_gnu();
    header.set_mode(meta.mode() & 0o7777);
    header.set_uid(meta.uid().into());
    header.set_gid(meta.gid().into());
    header.set_mtime(u64::try_from(meta.mtime()).map_err(io::Error::other)?);
    header.set_size(0);
    Ok(header)
}

// === impl HashingWriter ===

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(buf)?;
        self.hasher.update(&buf[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests;

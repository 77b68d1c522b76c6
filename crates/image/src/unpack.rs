//! Unpacks layers, one over the other, into one tree.
//!
//! A layer is hostile until shown otherwise. Three walls stand between it and the host:
//! 1. names are checked before anything is done with them (`path`);
//! 2. every directory is opened by the kernel *in* the root (`openat2` with `RESOLVE_IN_ROOT`):
//!    links of the image lead wherever they lead inside, never out, and the object itself is
//!    made without following anything;
//! 3. everything is counted against the limits before it is written.
//!
//! Device nodes, whiteouts of overlayfs' own kind among them, sockets and sparse files are
//! refused. Set-user-id bits and file capabilities stay, other extended attributes are dropped.

mod bounded;
mod tree;

use std::io::{self, Read};
use std::path::Path;

use rustix::fs::{FileType, Mode};

use crate::cancel::Cancel;
use crate::digest::{Digest, HashingReader};
use crate::error::{ImageError, LayerFault};
use crate::limits::Limits;
use crate::path::{self, Location, PathLimits, Place};
use crate::tar_stream::{Entry, Kind, TarStream, read_fault};
use bounded::Bounded;
use tree::{Attributes, Made, Tree};

/// How a layer is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
}

/// A layer to unpack.
pub(crate) struct Layer<R> {
    /// Its name in errors.
    pub name: String,
    pub reader: R,
    pub compression: Compression,
    /// Bytes as transferred: what the bound on decompression is relative to.
    pub compressed_bytes: u64,
}

/// Unpacks one image's layers in order, counting them together.
pub(crate) struct Unpacker {
    tree: Tree,
    limits: Limits,
    cancel: Cancel,
    entries: u64,
    bytes: u64,
}

// === impl Unpacker ===

impl Unpacker {
    /// Unpacks into `root`, an existing directory that nobody else writes to.
    pub(crate) fn new(root: &Path, limits: &Limits, cancel: &Cancel) -> Result<Self, ImageError> {
        let tree = Tree::open(root, limits.path_depth)
            .map_err(|errno| ImageError::io("open", root)(errno.into()))?;
        Ok(Self {
            tree,
            limits: limits.clone(),
            cancel: cancel.clone(),
            entries: 0,
            bytes: 0,
        })
    }

    /// Unpacks the next layer and answers the digest of its archive (its `diff_id`). `on_bytes`
    /// hears how much of the archive was read.
    pub(crate) fn layer<R: Read>(
        &mut self,
        layer: Layer<R>,
        on_bytes: &mut dyn FnMut(u64),
    ) -> Result<Digest, ImageError> {
        let Layer {
            name,
            reader,
            compression,
            compressed_bytes,
        } = layer;
        let mut at = Vec::new();
        let result = self.unpack(reader, compression, compressed_bytes, &mut at, on_bytes);
        result.map_err(|reason| match self.cancel.check() {
            Err(cancelled) => cancelled,
            Ok(()) => ImageError::Layer {
                layer: name,
                path: shown(&at),
                reason,
            },
        })
    }

    fn unpack<R: Read>(
        &mut self,
        reader: R,
        compression: Compression,
        compressed_bytes: u64,
        at: &mut Vec<u8>,
        on_bytes: &mut dyn FnMut(u64),
    ) -> Result<Digest, LayerFault> {
        let limit = compressed_bytes
            .saturating_mul(self.limits.ratio)
            .max(Limits::RATIO_FREE_BYTES);
        let plain = decompress(self.cancel.reader(reader), compression).map_err(LayerFault::reading)?;
        let mut hashed = HashingReader::new(Bounded::new(plain, limit, on_bytes));
        let mut archive = TarStream::new(&mut hashed);
        let mut made = Made::default();
        while let Some(entry) = archive.next()? {
            at.clone_from(&entry.path);
            self.count(&entry)?;
            self.entry(&entry, &mut archive.content(), &mut made)?;
        }
        at.clear();
        archive.drain()?;
        Ok(hashed.finish())
    }

    fn count(&mut self, entry: &Entry) -> Result<(), LayerFault> {
        self.entries += 1;
        self.bytes = self.bytes.saturating_add(entry.size);
        if self.entries > self.limits.entries {
            return Err(LayerFault::TooMuch {
                what: "files",
                limit: self.limits.entries,
            });
        }
        if self.bytes > self.limits.unpacked_bytes {
            return Err(LayerFault::TooMuch {
                what: "bytes unpacked",
                limit: self.limits.unpacked_bytes,
            });
        }
        Ok(())
    }

    fn entry(&mut self, entry: &Entry, content: &mut impl Read, made: &mut Made) -> Result<(), LayerFault> {
        match path::place(&entry.path, self.path_limits())? {
            Place::Ignored => Ok(()),
            Place::Opaque(dir) => self.tree.hide_content(&dir, made),
            Place::Whiteout(location) => self.tree.hide(&location, made),
            Place::Root if entry.kind == Kind::Directory => self.tree.set_root(&self.attributes(entry)?),
            Place::Root => Err(LayerFault::Forbidden(
                "other things than a directory in place of the root",
            )),
            Place::Object(location) => self.object(entry, &location, content, made),
        }
    }

    fn object(
        &mut self,
        entry: &Entry,
        at: &Location,
        content: &mut impl Read,
        made: &mut Made,
    ) -> Result<(), LayerFault> {
        let attributes = self.attributes(entry)?;
        match entry.kind {
            Kind::Directory => self.tree.directory(at, &attributes, made),
            Kind::File => self.tree.file(at, &attributes, entry.size, content, made),
            Kind::Symlink => {
                path::symlink(&entry.link, self.path_limits())?;
                self.tree.symlink(at, &entry.link, &attributes, made)
            }
            Kind::HardLink => {
                let target = path::hard_link(&entry.link, self.path_limits())?;
                self.tree.hard_link(at, &target, made)
            }
            Kind::Fifo => self.tree.fifo(at, &attributes, made),
            Kind::Device => Err(LayerFault::Forbidden("device nodes")),
            Kind::Sparse => Err(LayerFault::Forbidden("sparse files")),
            Kind::Other => Err(LayerFault::Forbidden("entries of an unknown type")),
        }
    }

    fn attributes(&self, entry: &Entry) -> Result<Attributes, LayerFault> {
        let id = |id: u64| match u32::try_from(id) {
            Ok(small) if id < self.limits.ids => Ok(small),
            _ => Err(LayerFault::TooMuch {
                what: "ids of owners",
                limit: self.limits.ids,
            }),
        };
        Ok(Attributes {
            mode: Mode::from_raw_mode(entry.mode),
            uid: id(entry.uid)?,
            gid: id(entry.gid)?,
            mtime: entry.mtime,
            capability: entry.capability.clone().filter(|value| is_capability(value)),
        })
    }

    fn path_limits(&self) -> PathLimits {
        PathLimits {
            bytes: self.limits.path_bytes,
            depth: self.limits.path_depth,
        }
    }
}

/// Revision 2: for whoever root is where the file is run. Revision 3 names a root by its id on
/// the machine where it was written, which means nothing here.
fn is_capability(value: &[u8]) -> bool {
    value.len() == 20 && value[3] == 2
}

fn decompress<'a, R: Read + 'a>(reader: R, compression: Compression) -> io::Result<Box<dyn Read + 'a>> {
    let reader = io::BufReader::with_capacity(128 << 10, reader);
    Ok(match compression {
        Compression::None => Box::new(reader),
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(reader)),
        // Windows above zstd's own default of 128 MiB are refused by the library.
        Compression::Zstd => Box::new(zstd::Decoder::with_buffer(reader)?),
    })
}

fn shown(path: &[u8]) -> String {
    String::from_utf8_lossy(&path[..path.len().min(300)]).into_owned()
}

// === impl LayerFault ===

impl LayerFault {
    fn reading(error: io::Error) -> Self {
        read_fault(error)
    }
}

/// Whether a directory entry is a directory, by what `stat` says.
fn is_dir(mode: u32) -> bool {
    FileType::from_raw_mode(mode) == FileType::Directory
}

#[cfg(test)]
mod tests;

//! Reads a layer's archive entry by entry, with every length bounded before it is believed.
//!
//! The fields of a header come from the `tar` crate; the stream is walked here, because that
//! crate reads extended headers of any size into memory and splits their values at line breaks,
//! which file capabilities may contain.

mod pax;

use std::io::{self, Read};

use tar::{EntryType, Header};

use crate::error::LayerFault;
use pax::Extensions;

const BLOCK: u64 = 512;
/// Bytes of one extended header: names and attributes that are used here need far less.
const MAX_EXTENSION: u64 = 1 << 20;
/// Extended headers before one entry.
const MAX_EXTENSIONS: usize = 8;

/// What kind of object an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Directory,
    Symlink,
    HardLink,
    Fifo,
    Device,
    Sparse,
    Other,
}

/// One entry. Its content is read from the stream before the next is asked for, or skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub path: Vec<u8>,
    pub kind: Kind,
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
    pub mtime: i64,
    pub size: u64,
    pub link: Vec<u8>,
    /// The value of `security.capability`; all other attributes are dropped.
    pub capability: Option<Vec<u8>>,
}

/// The archive.
pub(crate) struct TarStream<R> {
    inner: R,
    /// Content of the current entry that was not read yet, and the padding after it.
    content: u64,
    padding: u64,
    ended: bool,
}

/// Names and attributes that stand before an entry and override its header.
#[derive(Default)]
struct Overrides {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    pax: Extensions,
}

// === impl TarStream ===

impl<R: Read> TarStream<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self {
            inner,
            content: 0,
            padding: 0,
            ended: false,
        }
    }

    /// The next entry, or nothing at the end of the archive.
    pub(crate) fn next(&mut self) -> Result<Option<Entry>, LayerFault> {
        let mut overrides = Overrides::default();
        for _ in 0..=MAX_EXTENSIONS {
            let Some(header) = self.header()? else {
                return Ok(None);
            };
            let size = header.entry_size().map_err(malformed)?;
            match header.entry_type() {
                EntryType::GNULongName => overrides.path = Some(trimmed(self.extension(size)?)),
                EntryType::GNULongLink => overrides.link = Some(trimmed(self.extension(size)?)),
                EntryType::XHeader => overrides.pax = Extensions::parse(&self.extension(size)?)?,
                EntryType::XGlobalHeader => drop(self.extension(size)?),
                _ => return self.entry(&header, size, overrides).map(Some),
            }
        }
        Err(LayerFault::TooMuch {
            what: "extended headers for one entry",
            limit: MAX_EXTENSIONS as u64,
        })
    }

    /// The content of the current entry.
    pub(crate) fn content(&mut self) -> Content<'_, R> {
        Content { stream: self }
    }

    /// Reads to the end of the underlying stream, so that what hashes it has seen all.
    pub(crate) fn drain(&mut self) -> Result<(), LayerFault> {
        io::copy(&mut self.inner, &mut io::sink())
            .map(drop)
            .map_err(read_fault)
    }

    fn entry(&mut self, header: &Header, size: u64, overrides: Overrides) -> Result<Entry, LayerFault> {
        let Overrides { path, link, pax } = overrides;
        if pax.sparse {
            return Err(LayerFault::Forbidden("sparse files"));
        }
        let path = pax
            .path
            .or(path)
            .unwrap_or_else(|| header.path_bytes().into_owned());
        let mut kind = kind(header.entry_type());
        if kind == Kind::File && path.ends_with(b"/") {
            // Archives older than the type for directories.
            kind = Kind::Directory;
        }
        let size = if kind == Kind::File {
            pax.size.unwrap_or(size)
        } else {
            0
        };
        self.expect(size)?;
        let header_link = || {
            header
                .link_name_bytes()
                .map(std::borrow::Cow::into_owned)
                .unwrap_or_default()
        };
        Ok(Entry {
            kind,
            mode: header.mode().map_err(malformed)? & 0o7777,
            uid: pax.uid.map_or_else(|| header.uid(), Ok).map_err(malformed)?,
            gid: pax.gid.map_or_else(|| header.gid(), Ok).map_err(malformed)?,
            mtime: pax.mtime.unwrap_or_else(|| {
                header
                    .mtime()
                    .ok()
                    .and_then(|time| i64::try_from(time).ok())
                    .unwrap_or(0)
            }),
            size,
            link: pax.link.or(link).unwrap_or_else(header_link),
            capability: pax.capability,
            path,
        })
    }

    /// The next header block; nothing at the end.
    fn header(&mut self) -> Result<Option<Header>, LayerFault> {
        if self.ended {
            return Ok(None);
        }
        self.skip()?;
        let mut block = [0; 512];
        if !self.block(&mut block)? {
            self.ended = true;
            return Ok(None);
        }
        if block.iter().all(|byte| *byte == 0) {
            self.ended = true;
            // The end is two empty blocks. One and then more is two archives, or damage.
            if self.block(&mut block)? && block.iter().any(|byte| *byte != 0) {
                return Err(LayerFault::Malformed(
                    "content after the end of the archive".to_owned(),
                ));
            }
            return Ok(None);
        }
        let mut header = Header::new_old();
        header.as_mut_bytes().copy_from_slice(&block);
        if header.cksum().map_err(malformed)? != checksum(&block) {
            return Err(LayerFault::Malformed("a header's checksum is wrong".to_owned()));
        }
        Ok(Some(header))
    }

    /// Fills a block; false at a clean end of the stream.
    fn block(&mut self, block: &mut [u8]) -> Result<bool, LayerFault> {
        let mut filled = 0;
        while filled < block.len() {
            match self.inner.read(&mut block[filled..]) {
                Ok(0) if filled == 0 => return Ok(false),
                Ok(0) => return Err(truncated()),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(read_fault(error)),
            }
        }
        Ok(true)
    }

    fn extension(&mut self, size: u64) -> Result<Vec<u8>, LayerFault> {
        if size > MAX_EXTENSION {
            return Err(LayerFault::TooMuch {
                what: "bytes in an extended header",
                limit: MAX_EXTENSION,
            });
        }
        self.expect(size)?;
        let mut bytes = Vec::new();
        self.content().read_to_end(&mut bytes).map_err(read_fault)?;
        Ok(bytes)
    }

    fn expect(&mut self, size: u64) -> Result<(), LayerFault> {
        let end = size.checked_next_multiple_of(BLOCK);
        let end = end.ok_or_else(|| LayerFault::Malformed("an entry's size is absurd".to_owned()))?;
        (self.content, self.padding) = (size, end - size);
        Ok(())
    }

    /// Passes over what is left of the current entry.
    fn skip(&mut self) -> Result<(), LayerFault> {
        let rest = self.content + self.padding;
        (self.content, self.padding) = (0, 0);
        let skipped = io::copy(&mut (&mut self.inner).take(rest), &mut io::sink()).map_err(read_fault)?;
        if skipped == rest { Ok(()) } else { Err(truncated()) }
    }
}

/// Reads one entry's content.
pub(crate) struct Content<'a, R> {
    stream: &'a mut TarStream<R>,
}

// === impl Content ===

impl<R: Read> Read for Content<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.stream.content).unwrap_or(usize::MAX);
        let wanted = buf.len().min(left);
        if wanted == 0 {
            return Ok(0);
        }
        let count = self.stream.inner.read(&mut buf[..wanted])?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.stream.content -= count as u64;
        Ok(count)
    }
}

fn kind(entry_type: EntryType) -> Kind {
    match entry_type {
        EntryType::Regular | EntryType::Continuous => Kind::File,
        EntryType::Directory => Kind::Directory,
        EntryType::Symlink => Kind::Symlink,
        EntryType::Link => Kind::HardLink,
        EntryType::Fifo => Kind::Fifo,
        EntryType::Char | EntryType::Block => Kind::Device,
        EntryType::GNUSparse => Kind::Sparse,
        _ => Kind::Other,
    }
}

/// GNU's long names end in a NUL.
fn trimmed(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.last() == Some(&0) {
        bytes.pop();
    }
    bytes
}

/// The sum of a header's bytes, with its own field taken as spaces.
fn checksum(block: &[u8]) -> u32 {
    let field = 148..156;
    block
        .iter()
        .enumerate()
        .map(|(at, byte)| if field.contains(&at) { 32 } else { u32::from(*byte) })
        .sum()
}

#[allow(clippy::needless_pass_by_value)] // the form that map_err takes
fn malformed(error: io::Error) -> LayerFault {
    LayerFault::Malformed(error.to_string())
}

fn truncated() -> LayerFault {
    LayerFault::Malformed("the archive ends in the middle of an entry".to_owned())
}

/// A failure of the stream below: of the decompressor, of a limit, or of the disk.
pub(crate) fn read_fault(error: io::Error) -> LayerFault {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return truncated();
    }
    match error.downcast::<LayerFault>() {
        Ok(fault) => fault,
        Err(error) if error.raw_os_error().is_some() => LayerFault::Io {
            action: "read the layer",
            source: error,
        },
        Err(error) => LayerFault::Malformed(error.to_string()),
    }
}

//! Moving content between connections and the threads that touch files.
//!
//! A bounded channel stands between them, so a slow side holds the other up and no more than a few
//! pieces are ever in memory.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::{entry, identity, refuse, simple, tar_in, tar_out, temporary};
use crate::frame::{CHUNK, Kind};
use crate::role::connection::{Connection, FromClient};
use crate::role::users::Identity;
use crate::wire::{Code, Done, FileEntry, Refusal, WriteRequest};

/// Pieces between a thread and a connection.
const PIECES: usize = 4;

/// What a thread says on the way out.
enum Out {
    /// It could be opened; this is it.
    Opened(Box<FileEntry>),
    /// The archive begins.
    Begun,
    Piece(Vec<u8>),
    Failed(Refusal),
    Whole,
}

/// What a thread is told on the way in.
enum In {
    Piece(Bytes),
    /// That was all. Without it nothing is kept.
    Whole,
}

/// Reads a file.
pub async fn read(
    identity: &Identity,
    path: PathBuf,
    offset: u64,
    length: Option<u64>,
    connection: Connection,
) -> io::Result<()> {
    let (sender, receiver) = mpsc::channel(PIECES);
    let act = move || {
        let last = read_file(&path, offset, length, &sender).map_or_else(Out::Failed, |()| Out::Whole);
        // Nobody listens any more when the client has gone.
        let _ = sender.blocking_send(last);
    };
    match identity::start(identity, act) {
        Ok(()) => forward(receiver, connection).await,
        Err(refusal) => connection.refuse(refusal).await,
    }
}

/// Packs files.
pub async fn pack(identity: &Identity, path: PathBuf, connection: Connection) -> io::Result<()> {
    let (sender, receiver) = mpsc::channel(PIECES);
    let act = move || {
        let begin = || sender.blocking_send(Out::Begun).map_err(|_| gone());
        let write = ChannelWriter {
            sender: sender.clone(),
            buffer: Vec::new(),
        };
        let last = tar_out::pack(&path, begin, write).map_or_else(Out::Failed, |()| Out::Whole);
        let _ = sender.blocking_send(last);
    };
    match identity::start(identity, act) {
        Ok(()) => forward(receiver, connection).await,
        Err(refusal) => connection.refuse(refusal).await,
    }
}

async fn forward(mut pieces: mpsc::Receiver<Out>, connection: Connection) -> io::Result<()> {
    let (_from, mut to) = connection.split();
    while let Some(piece) = pieces.recv().await {
        match piece {
            Out::Opened(entry) => to.reply(Ok(entry)).await?,
            Out::Begun => to.reply(Ok(Done {})).await?,
            Out::Piece(bytes) => to.frame(Kind::Data, &bytes).await?,
            Out::Failed(refusal) => {
                to.reply::<Done>(Err(refusal)).await?;
                return to.end().await;
            }
            Out::Whole => {
                to.frame(Kind::End, &[]).await?;
                return to.end().await;
            }
        }
    }
    to.reply::<Done>(Err(gone())).await?;
    to.end().await
}

fn gone() -> Refusal {
    Refusal::new(Code::Failed, "the operation on files broke off")
}

fn read_file(path: &Path, offset: u64, length: Option<u64>, out: &mpsc::Sender<Out>) -> Result<(), Refusal> {
    let failed = |error: io::Error| refuse("read", path, &error);
    // Without waiting for the other end of a pipe that somebody left there.
    let open = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path);
    let mut file = open.map_err(failed)?;
    let found = file.metadata().map_err(failed)?;
    if !found.is_file() {
        return Err(Refusal::new(
            Code::Invalid,
            format!("{} is not a regular file", path.display()),
        ));
    }
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let opened = Out::Opened(Box::new(entry::entry(path, name, &found)));
    out.blocking_send(opened).map_err(|_| gone())?;
    if offset > 0 {
        file.seek(SeekFrom::Start(offset)).map_err(failed)?;
    }
    let mut rest = file.take(length.unwrap_or(u64::MAX));
    loop {
        let mut piece = vec![0; CHUNK];
        let length = rest.read(&mut piece).map_err(failed)?;
        if length == 0 {
            return Ok(());
        }
        piece.truncate(length);
        out.blocking_send(Out::Piece(piece)).map_err(|_| gone())?;
    }
}

/// Writes a file, whole or not at all.
pub async fn write(
    identity: &Identity,
    path: PathBuf,
    request: WriteRequest,
    connection: Connection,
) -> io::Result<()> {
    receive(identity, connection, move |pieces| {
        write_file(&path, &request, pieces)
    })
    .await
}

/// Unpacks an archive.
pub async fn unpack(identity: &Identity, path: PathBuf, connection: Connection) -> io::Result<()> {
    receive(identity, connection, move |pieces| tar_in::unpack(&path, pieces)).await
}

/// Feeds a thread with what the client sends, and says how it went.
async fn receive<T: serde::Serialize + Send + 'static>(
    identity: &Identity,
    mut connection: Connection,
    act: impl FnOnce(&mut ChannelReader) -> Result<T, Refusal> + Send + 'static,
) -> io::Result<()> {
    let (sender, receiver) = mpsc::channel(PIECES);
    let task = identity::run(identity, move || {
        act(&mut ChannelReader {
            receiver,
            piece: Bytes::new(),
            whole: false,
        })
    });
    connection.reply(Ok(Done {})).await?;
    let (mut from, mut to) = connection.split();
    let mut task = std::pin::pin!(task);
    let result = tokio::select! {
        result = &mut task => result,
        fed = feed(&mut from, sender) => { fed?; task.await }
    };
    to.reply(result).await?;
    to.end().await?;
    // Closing with data unread would take the answer back: let the client finish.
    while from.next().await?.is_some() {}
    Ok(())
}

async fn feed(from: &mut FromClient, to: mpsc::Sender<In>) -> io::Result<()> {
    while let Some(frame) = from.next().await? {
        let piece = match frame.kind {
            Kind::Data => In::Piece(frame.payload),
            Kind::End => In::Whole,
            Kind::Control | Kind::Stderr | Kind::Repaint => continue,
        };
        let whole = matches!(piece, In::Whole);
        // A thread that takes no more has failed, and its result says why.
        if to.send(piece).await.is_err() || whole {
            return Ok(());
        }
    }
    Ok(())
}

fn write_file(
    path: &Path,
    request: &WriteRequest,
    content: &mut ChannelReader,
) -> Result<FileEntry, Refusal> {
    let failed = |error: io::Error| refuse("write", path, &error);
    let replaced = fs::metadata(path).ok();
    if replaced.as_ref().is_some_and(fs::Metadata::is_dir) {
        return Err(Refusal::new(
            Code::Invalid,
            format!("{} is a directory", path.display()),
        ));
    }
    if request.create_new && fs::symlink_metadata(path).is_ok() {
        return Err(Refusal::new(
            Code::Exists,
            format!("{} is there already", path.display()),
        ));
    }
    if let Some(parent) = path.parent().filter(|_| request.parents) {
        simple::mkdir(parent, None)?;
    }
    // What a link leads to is replaced, not the link.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let beside = temporary(path);
    let mode = request
        .mode
        .or(replaced.map(|found| found.permissions().mode()))
        .unwrap_or(0o644)
        & 0o7777;
    let open = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside);
    let mut file = open.map_err(failed)?;
    let put = fill(&mut file, content, mode).map_err(failed).and_then(|()| {
        if request.create_new {
            // Linking, unlike renaming, replaces nothing.
            fs::hard_link(&beside, path).map_err(failed)?;
            fs::remove_file(&beside).map_err(failed)
        } else {
            fs::rename(&beside, path).map_err(failed)
        }
    });
    if put.is_err() {
        // Best effort: the reason is what matters.
        let _ = fs::remove_file(&beside);
    }
    put?;
    entry::stat(path)
}

fn fill(file: &mut File, content: &mut ChannelReader, mode: u32) -> io::Result<()> {
    io::copy(content, file)?;
    file.flush()?;
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    // The new name must not come to lead to an empty file.
    file.sync_data()
}

/// The client's pieces as something to read from.
pub struct ChannelReader {
    receiver: mpsc::Receiver<In>,
    piece: Bytes,
    whole: bool,
}

// === impl ChannelReader ===

impl Read for ChannelReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() && !self.whole {
            match self.receiver.blocking_recv() {
                Some(In::Piece(piece)) => self.piece = piece,
                Some(In::Whole) => self.whole = true,
                None => {
                    return Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "the client went away before the end",
                    ));
                }
            }
        }
        let length = buffer.len().min(self.piece.len());
        buffer[..length].copy_from_slice(&self.piece.split_to(length));
        Ok(length)
    }
}

/// Something to write to that sends pieces to the client.
struct ChannelWriter {
    sender: mpsc::Sender<Out>,
    buffer: Vec<u8>,
}

// === impl ChannelWriter ===

impl Write for ChannelWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = bytes.len().min(CHUNK - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..length]);
        if self.buffer.len() == CHUNK {
            self.flush()?;
        }
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let piece = std::mem::take(&mut self.buffer);
        self.sender
            .blocking_send(Out::Piece(piece))
            .map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

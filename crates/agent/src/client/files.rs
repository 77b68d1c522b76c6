//! Files, seen from outside.
//!
//! Transfers end with a word of their own: a reader knows a whole file from a broken connection, and
//! a writer's file is there, whole, when [`FileWriter::finish`] has returned, and not before.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::{BoxStream, Client, Error, STALL_TIMEOUT, broken, check, nonsense, parse_reply, timed_out};
use crate::frame::{self, FrameReader, Kind};
use crate::wire::{Done, FileEntry, FilePage, Op, PathArgs, TarSummary, WriteRequest};

const READING: &str = "read a file";
const WRITING: &str = "write a file";

/// The content of a file or archive as it comes.
pub struct FileReader {
    frames: FrameReader<BoxStream>,
    left: Option<u64>,
    ended: bool,
}

/// A file or archive on its way in. `T` is what the agent says at the end.
pub struct FileWriter<T = ()> {
    frames: FrameReader<BoxStream>,
    finish: fn(&frame::Frame) -> Result<T, Error>,
}

// === impl Client ===

impl Client {
    /// About one file. Paths are absolute or relative to the home of `user` (a name or number; the
    /// workspace's user if `None`), and touched with that user's rights: here and below.
    pub async fn stat(&self, path: &str, user: Option<&str>) -> Result<FileEntry, Error> {
        let entry: FileEntry = self.ask("look at a file", Op::Stat(at(path, user))).await?;
        check::entry("look at a file", &entry)?;
        Ok(entry)
    }

    /// One page of a directory, ordered by name; go on with `page.next`.
    pub async fn list(&self, path: &str, user: Option<&str>, after: Option<&str>) -> Result<FilePage, Error> {
        let op = Op::List {
            at: at(path, user),
            after: after.map(ToOwned::to_owned),
        };
        let page: FilePage = self.ask("list a directory", op).await?;
        check::page("list a directory", &page)?;
        Ok(page)
    }

    /// Reads a file from byte `offset` on, at most `length` bytes. Returns what it is (its whole
    /// size among it) and its content.
    pub async fn read(
        &self,
        path: &str,
        user: Option<&str>,
        offset: u64,
        length: Option<u64>,
    ) -> Result<(FileEntry, FileReader), Error> {
        let (entry, frames) = self
            .open(
                READING,
                Op::Read {
                    at: at(path, user),
                    offset,
                    length,
                },
            )
            .await?;
        check::entry(READING, &entry)?;
        Ok((
            entry,
            FileReader {
                frames,
                left: length,
                ended: false,
            },
        ))
    }

    /// Writes a file: whole, by a temporary one beside it, or not at all.
    pub async fn write(&self, request: WriteRequest) -> Result<FileWriter<FileEntry>, Error> {
        let (Done {}, frames) = self.open(WRITING, Op::Write(request)).await?;
        Ok(FileWriter {
            frames,
            finish: |frame| {
                let entry: FileEntry = final_word(WRITING, frame)?;
                check::entry(WRITING, &entry)?;
                Ok(entry)
            },
        })
    }

    /// Makes a directory and those above it; content if it is there.
    pub async fn mkdir(&self, path: &str, user: Option<&str>, mode: Option<u32>) -> Result<(), Error> {
        self.ask::<Done>(
            "make a directory",
            Op::Mkdir {
                at: at(path, user),
                mode,
            },
        )
        .await
        .map(|_| ())
    }

    /// Removes a file, or a directory (with `recursive`, and all that is in it).
    pub async fn remove(&self, path: &str, user: Option<&str>, recursive: bool) -> Result<(), Error> {
        let op = Op::Remove {
            at: at(path, user),
            recursive,
        };
        self.ask_within::<Done>("remove a file", op, STALL_TIMEOUT)
            .await
            .map(|_| ())
    }

    /// Renames `from` to `to`, replacing a file there.
    pub async fn rename(&self, from: &str, to: &str, user: Option<&str>) -> Result<(), Error> {
        let op = Op::Rename {
            at: at(from, user),
            to: to.to_owned(),
        };
        self.ask::<Done>("rename a file", op).await.map(|_| ())
    }

    /// Packs a file or directory; entries are named from its last component on.
    pub async fn tar_out(&self, path: &str, user: Option<&str>) -> Result<FileReader, Error> {
        let (Done {}, frames) = self.open("pack files", Op::TarOut(at(path, user))).await?;
        Ok(FileReader {
            frames,
            left: None,
            ended: false,
        })
    }

    /// Unpacks an archive into a directory, which is made if missing. No entry leaves it, by
    /// whatever name or link.
    pub async fn tar_in(&self, path: &str, user: Option<&str>) -> Result<FileWriter<TarSummary>, Error> {
        let (Done {}, frames) = self.open("unpack files", Op::TarIn(at(path, user))).await?;
        Ok(FileWriter {
            frames,
            finish: |frame| final_word("unpack files", frame),
        })
    }
}

fn at(path: &str, user: Option<&str>) -> PathArgs {
    PathArgs {
        path: path.to_owned(),
        user: user.map(ToOwned::to_owned),
    }
}

fn final_word<T: DeserializeOwned>(doing: &'static str, frame: &frame::Frame) -> Result<T, Error> {
    parse_reply(doing, Some(frame))
}

// === impl FileReader ===

impl std::fmt::Debug for FileReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileReader")
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

impl FileReader {
    /// The next piece; `None` at the end of the whole. Dropping a pending call loses nothing.
    pub async fn recv(&mut self) -> Result<Option<Bytes>, Error> {
        while !self.ended {
            let next = timeout(STALL_TIMEOUT, self.frames.next()).await;
            let frame = next.map_err(|_| timed_out(READING, STALL_TIMEOUT))?;
            let frame = frame.map_err(|source| broken(READING, source))?;
            let frame = frame.ok_or(Error::Ended { doing: READING })?;
            match frame.kind {
                Kind::Data => {
                    self.count(frame.payload.len() as u64)?;
                    return Ok(Some(frame.payload));
                }
                Kind::End => self.ended = true,
                Kind::Control => parse_reply::<Done>(READING, Some(&frame)).map(|_| ())?,
                Kind::Stderr | Kind::Repaint => {}
            }
        }
        Ok(None)
    }

    /// All that is left, if it is at most `limit` bytes.
    pub async fn to_bytes(mut self, limit: usize) -> Result<Vec<u8>, Error> {
        let mut all = Vec::new();
        while let Some(piece) = self.recv().await? {
            if all.len() + piece.len() > limit {
                return Err(nonsense(
                    READING,
                    format!("more than the {limit} bytes that were wanted"),
                ));
            }
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }

    fn count(&mut self, length: u64) -> Result<(), Error> {
        if let Some(left) = &mut self.left {
            *left = left
                .checked_sub(length)
                .ok_or_else(|| nonsense(READING, "more bytes than asked for".to_owned()))?;
        }
        Ok(())
    }
}

// === impl FileWriter ===

impl<T> std::fmt::Debug for FileWriter<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileWriter").finish_non_exhaustive()
    }
}

impl<T> FileWriter<T> {
    /// Sends the next piece. A call that was dropped or has failed leaves a writer of no use: begin
    /// again. Dropping the writer before [`FileWriter::finish`] leaves no file.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<(), Error> {
        for piece in bytes.chunks(frame::CHUNK) {
            let written = timeout(
                STALL_TIMEOUT,
                frame::write(self.frames.stream_mut(), Kind::Data, piece),
            )
            .await;
            match written {
                Ok(Ok(())) => {}
                // The agent may have said why before it stopped listening.
                Ok(Err(source)) => {
                    return Err(self.reason().await.unwrap_or_else(|| broken(WRITING, source)));
                }
                Err(_) => return Err(timed_out(WRITING, STALL_TIMEOUT)),
            }
        }
        Ok(())
    }

    /// Says that this was all, and waits until it is in its place.
    pub async fn finish(mut self) -> Result<T, Error> {
        if let Err(source) = frame::write(self.frames.stream_mut(), Kind::End, &[]).await {
            return Err(self.reason().await.unwrap_or_else(|| broken(WRITING, source)));
        }
        let next = timeout(STALL_TIMEOUT, self.frames.next()).await;
        let frame = next.map_err(|_| timed_out(WRITING, STALL_TIMEOUT))?;
        let frame = frame.map_err(|source| broken(WRITING, source))?;
        (self.finish)(&frame.ok_or(Error::Ended { doing: WRITING })?)
    }

    async fn reason(&mut self) -> Option<Error> {
        let frame = timeout(STALL_TIMEOUT, self.frames.next()).await.ok()?.ok()??;
        (self.finish)(&frame).err()
    }
}

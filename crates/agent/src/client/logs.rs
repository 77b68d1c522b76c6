//! An app's output, seen from outside.

use bytes::Bytes;

use super::{BoxStream, Error, broken, parse_reply};
use crate::frame::{FrameReader, Kind};
use crate::wire::StreamStart;

const DOING: &str = "read an app's log";

/// An app's output as it comes.
pub struct LogStream {
    frames: FrameReader<BoxStream>,
    offset: u64,
}

// === impl LogStream ===

impl std::fmt::Debug for LogStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogStream")
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

impl LogStream {
    pub(super) fn new(start: StreamStart, frames: FrameReader<BoxStream>) -> Self {
        Self {
            frames,
            offset: start.offset,
        }
    }

    /// The offset of the next byte: what to ask with after a broken connection.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The next piece; `None` at the end, which does not come while following. Dropping a pending
    /// call loses nothing.
    pub async fn recv(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            let frame = self.frames.next().await.map_err(|source| broken(DOING, source))?;
            match frame {
                Some(frame) if frame.kind == Kind::Data => {
                    self.offset = self.offset.saturating_add(frame.payload.len() as u64);
                    return Ok(Some(frame.payload));
                }
                Some(frame) if frame.kind == Kind::End => return Ok(None),
                Some(frame) if frame.kind == Kind::Control => {
                    // Output was lost to a slow reader: it goes on elsewhere.
                    self.offset = parse_reply::<StreamStart>(DOING, Some(&frame))?.offset;
                }
                Some(_) => {}
                None => return Err(Error::Ended { doing: DOING }),
            }
        }
    }
}

//! The bound on what a layer may decompress to.

use std::io::{self, Read};

use crate::error::LayerFault;

/// How often progress is told, in bytes.
const TELL_EVERY: u64 = 4 << 20;

/// Fails when more than the limit comes out of it.
pub(super) struct Bounded<'a, R> {
    inner: R,
    limit: u64,
    seen: u64,
    told: u64,
    on_bytes: &'a mut dyn FnMut(u64),
}

// === impl Bounded ===

impl<'a, R: Read> Bounded<'a, R> {
    pub(super) fn new(inner: R, limit: u64, on_bytes: &'a mut dyn FnMut(u64)) -> Self {
        Self {
            inner,
            limit,
            seen: 0,
            told: 0,
            on_bytes,
        }
    }
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buf)?;
        self.seen += count as u64;
        if self.seen > self.limit {
            return Err(io::Error::other(LayerFault::Bomb { limit: self.limit }));
        }
        if self.seen - self.told >= TELL_EVERY {
            self.told = self.seen;
            (self.on_bytes)(self.seen);
        }
        Ok(count)
    }
}

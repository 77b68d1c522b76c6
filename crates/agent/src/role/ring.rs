//! A stream's most recent bytes, addressed by their offset since its beginning.

use std::collections::VecDeque;

use bytes::Bytes;

/// The end of a stream.
#[derive(Debug)]
pub struct Ring {
    bytes: VecDeque<u8>,
    start: u64,
    capacity: usize,
}

// === impl Ring ===

impl Ring {
    /// A ring that keeps `capacity` bytes and takes memory only for those that it has.
    pub fn new(capacity: usize) -> Self {
        Self {
            bytes: VecDeque::new(),
            start: 0,
            capacity,
        }
    }

    /// The offset of the oldest byte kept.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The offset behind the newest byte.
    pub fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    /// Whether reading can go on at `offset` without a gap.
    pub fn reaches(&self, offset: u64) -> bool {
        (self.start..=self.end()).contains(&offset)
    }

    /// Adds bytes; the oldest go.
    pub fn push(&mut self, bytes: &[u8]) {
        let skipped = bytes.len().saturating_sub(self.capacity);
        let kept = &bytes[skipped..];
        let excess = (self.bytes.len() + kept.len()).saturating_sub(self.capacity);
        self.bytes.drain(..excess);
        self.start += (excess + skipped) as u64;
        // Doubling would overshoot the capacity in the end.
        if self.bytes.capacity() < self.bytes.len() + kept.len() {
            let wanted = (self.bytes.len() + kept.len())
                .next_power_of_two()
                .min(self.capacity);
            self.bytes.reserve_exact(wanted - self.bytes.len());
        }
        self.bytes.extend(kept);
    }

    /// At most `limit` bytes from `offset` on, which must be reached.
    pub fn read(&self, offset: u64, limit: usize) -> Bytes {
        let from = usize::try_from(offset.saturating_sub(self.start))
            .unwrap_or(usize::MAX)
            .min(self.bytes.len());
        let to = from.saturating_add(limit).min(self.bytes.len());
        let (front, back) = self.bytes.as_slices();
        let mut out = Vec::with_capacity(to - from);
        out.extend_from_slice(&front[from.min(front.len())..to.min(front.len())]);
        out.extend_from_slice(&back[from.saturating_sub(front.len())..to.saturating_sub(front.len())]);
        out.into()
    }
}

#[cfg(test)]
mod tests;

//! Input that was sent and is not known to have arrived: after a break it is sent again from
//! where the command has got to, so that nothing is lost and nothing doubled.

use std::collections::VecDeque;

/// Most octets on their way.
const WINDOW: usize = 256 << 10;

/// The octets on their way.
#[derive(Debug, Default)]
pub struct Unconfirmed {
    bytes: VecDeque<u8>,
    /// Octets that have arrived, from the beginning.
    confirmed: u64,
    ended: bool,
}

// === impl Unconfirmed ===

impl Unconfirmed {
    /// Whether more may be sent.
    pub fn has_room(&self) -> bool {
        !self.ended && self.bytes.len() < WINDOW
    }

    /// These were sent.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    /// Nothing comes after what was sent.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Whether nothing more comes.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// So many octets have arrived, counted from the beginning.
    pub fn confirm(&mut self, received: u64) {
        let count = usize::try_from(received.saturating_sub(self.confirmed))
            .unwrap_or(usize::MAX)
            .min(self.bytes.len());
        self.bytes.drain(..count);
        self.confirmed += count as u64;
    }

    /// What was sent and has not arrived.
    pub fn rest(&self) -> Vec<u8> {
        self.bytes.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests;

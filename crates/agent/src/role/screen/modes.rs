//! Modes of a terminal: what keys and the mouse send, how text is laid down.

/// Modes that a program switches by private number and that only the client acts upon: they are
/// kept to be set again. Application cursor keys, focus events, alternate scroll, bracketed paste,
/// synchronised output is left out: it is over before anybody reattaches.
const KEPT: [u16; 13] = [1, 5, 9, 12, 45, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 2004];

/// The line drawing set, from the grave accent on.
const LINES: [char; 31] = [
    '◆', '▒', '␉', '␌', '␍', '␊', '°', '±', '␤', '␋', '┘', '┐', '┌', '└', '┼', '⎺', '⎻', '─', '⎼', '⎽', '├',
    '┤', '┴', '┬', '│', '≤', '≥', 'π', '≠', '£', '·',
];

/// The modes.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a terminal's modes are independent switches"
)]
pub(super) struct Modes {
    kept: u16,
    pub(super) keypad: bool,
    pub(super) insert: bool,
    pub(super) origin: bool,
    pub(super) autowrap: bool,
    pub(super) newline: bool,
    pub(super) cursor_hidden: bool,
    pub(super) cursor_style: u16,
    pub(super) charset: Charset,
}

/// Which of two sets characters come from, and whether each draws lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Charset {
    pub(super) shifted: bool,
    pub(super) lines: [bool; 2],
}

// === impl Modes ===

impl Default for Modes {
    fn default() -> Self {
        Self {
            kept: 0,
            keypad: false,
            insert: false,
            origin: false,
            autowrap: true,
            newline: false,
            cursor_hidden: false,
            cursor_style: 0,
            charset: Charset::default(),
        }
    }
}

impl Modes {
    /// Switches one of the kept modes; others are ignored.
    pub(super) fn switch(&mut self, number: u16, on: bool) {
        // The ways of reporting the mouse exclude each other, so do its encodings.
        for group in [&[9, 1000, 1002, 1003][..], &[1005, 1006, 1015]] {
            if on && group.contains(&number) {
                for other in group {
                    self.switch(*other, false);
                }
            }
        }
        if let Some(bit) = KEPT.iter().position(|kept| *kept == number) {
            if on {
                self.kept |= 1 << bit;
            } else {
                self.kept &= !(1 << bit);
            }
        }
    }

    /// The kept modes that are on.
    pub(super) fn on(&self) -> impl Iterator<Item = u16> + '_ {
        KEPT.iter()
            .enumerate()
            .filter(|(bit, _)| self.kept & (1 << bit) != 0)
            .map(|(_, number)| *number)
    }
}

// === impl Charset ===

impl Charset {
    /// Whether the set in use is the one that draws lines.
    pub(super) fn draws_lines(self) -> bool {
        self.lines[usize::from(self.shifted)]
    }

    /// The character that is meant.
    pub(super) fn map(self, c: char) -> char {
        if !self.draws_lines() {
            return c;
        }
        let index = u32::from(c).wrapping_sub(0x60) as usize;
        LINES.get(index).copied().unwrap_or(c)
    }
}

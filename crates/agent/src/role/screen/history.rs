//! Scrollback as compact bytes: a line costs its text and its colours, not 16 bytes a cell.

use std::collections::VecDeque;

use super::Screen;
use super::cell::{Graphemes, Row};

/// Most lines kept.
const LINES: usize = 5000;
/// Most bytes kept. Only lines of several hundred bytes reach it before their number does.
const BYTES: usize = 2 << 20;

/// Erases the rest of a row. Needed where the row came up by wrapping: it did so in the colour of the
/// character that wrapped.
pub(super) const CLEAR_REST: &str = "\x1b[K";

/// Lines that scrolled off the top.
#[derive(Debug, Default)]
pub(super) struct History {
    bytes: VecDeque<u8>,
    lines: VecDeque<Line>,
    scratch: String,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    length: u32,
    /// Columns of the screen that it wrapped at, or 0 if the next begins a line of its own.
    wrapped_at: u16,
    /// Whether it fills its row.
    full: bool,
}

// === impl History ===

impl History {
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn push(&mut self, row: &Row, graphemes: &Graphemes) {
        self.scratch.clear();
        row.write(graphemes, &mut self.scratch);
        let Ok(length) = u32::try_from(self.scratch.len()) else {
            return;
        };
        let wrapped_at = if row.wrapped {
            u16::try_from(row.cells.len()).unwrap_or(0)
        } else {
            0
        };
        let room = BYTES.saturating_sub(self.scratch.len());
        while self.lines.len() >= LINES || self.bytes.len() > room {
            let Some(oldest) = self.lines.pop_front() else {
                break;
            };
            self.bytes.drain(..oldest.length as usize);
        }
        self.bytes.extend(self.scratch.as_bytes());
        self.lines.push_back(Line {
            length,
            wrapped_at,
            full: row.is_full(),
        });
    }

    /// Takes the newest line back as a row of `cols`.
    pub(super) fn pop(&mut self, cols: usize, graphemes: &mut Graphemes) -> Option<Row> {
        let line = self.lines.pop_back()?;
        let text: Vec<u8> = self
            .bytes
            .drain(self.bytes.len() - line.length as usize..)
            .collect();
        let mut screen = Screen::new(u16::try_from(cols).unwrap_or(u16::MAX), 1);
        // What does not fit the width is cut, as in a row of the screen whose width changes.
        screen.terminal.modes.autowrap = false;
        std::mem::swap(&mut screen.terminal.graphemes, graphemes);
        screen.feed(&text);
        std::mem::swap(&mut screen.terminal.graphemes, graphemes);
        let mut row = screen.terminal.main.rows.pop()?;
        row.wrapped = usize::from(line.wrapped_at) == cols;
        Some(row)
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Writes all lines, each followed by a line break where it ended, for a screen of `cols` whose first
    /// row has something in it or not. Tells whether that row goes on in the last line.
    pub(super) fn write(&self, cols: usize, goes_on: bool, out: &mut Vec<u8>) -> bool {
        let mut at = 0;
        let mut joined = false;
        // Whether all of the line so far was laid out at this width: only then does it end at the edge.
        let mut aligned = true;
        for (index, line) in self.lines.iter().enumerate() {
            let end = at + line.length as usize;
            out.extend(self.bytes.range(at..end));
            at = end;
            // An empty line cannot go on where another wrapped: the break would be swallowed.
            aligned &= usize::from(line.wrapped_at) == cols;
            let joins = match self.lines.get(index + 1) {
                Some(next) => line.wrapped_at != 0 && next.length > 0,
                None => aligned && goes_on,
            };
            if joined && !line.full {
                out.extend_from_slice(CLEAR_REST.as_bytes());
            }
            joined = joins;
            if !joins {
                aligned = true;
                out.extend_from_slice(b"\r\n");
            }
        }
        joined
    }
}

//! From a screen back to bytes.
//!
//! Scrollback and main screen are written as one flow of lines, so that the client's own scrollback
//! fills; only then come the alternate screen, the cursor and the modes, in an order in which none
//! disturbs what was set before it.

use std::fmt::Write;

use super::Terminal;
use super::grid::{Cursor, Grid, Saved};
use super::history::CLEAR_REST;
use super::modes::Charset;
use super::style::Pen;

// === impl Terminal ===

impl Terminal {
    /// Everything but an unfinished sequence.
    pub(super) fn repaint(&self) -> Vec<u8> {
        let mut out = b"\x1bc".to_vec();
        let joined = self
            .history
            .write(self.cols, self.main.rows[0].used() > 0, &mut out);
        let mut text = String::new();
        self.write_flow(&self.main, joined, &mut text);
        if let Some(alternate) = &self.alternate {
            // Entering saves the cursor: it must be what leaving is to bring back.
            let saved = self.main.saved.unwrap_or_default();
            self.write_region(&self.main, &mut text);
            self.write_saved(&self.main, saved, &mut text);
            text.push_str("\x1b[?1049h\x1b[m\x1b[H");
            write_charset(Charset::default(), saved.charset, &mut text);
            self.write_flow(alternate, false, &mut text);
        }
        let grid = self.alternate.as_ref().unwrap_or(&self.main);
        if let Some(saved) = grid.saved {
            self.write_saved(grid, saved, &mut text);
            text.push_str("\x1b7\x1b[m");
            write_charset(Charset::default(), saved.charset, &mut text);
        }
        self.write_modes(grid, &mut text);
        if !self.modes.autowrap {
            text.push_str("\x1b[?7l");
        }
        self.write_cursor(grid, grid.cursor, self.modes.origin, &mut text);
        // After the cursor, whose placing may print.
        if self.modes.insert {
            text.push_str("\x1b[4h");
        }
        write_charset(self.modes.charset, Charset::default(), &mut text);
        self.pen.write_change(Pen::default(), &mut text);
        if self.modes.cursor_hidden {
            text.push_str("\x1b[?25l");
        }
        out.extend_from_slice(text.as_bytes());
        out
    }

    /// All rows from where the cursor is, the last without a line break;
    /// `joined` if the first goes on in the line before.
    fn write_flow(&self, grid: &Grid, mut joined: bool, out: &mut String) {
        for (index, row) in grid.rows.iter().enumerate() {
            row.write(&self.graphemes, out);
            if joined && !row.is_full() {
                out.push_str(CLEAR_REST);
            }
            let Some(next) = grid.rows.get(index + 1) else {
                break;
            };
            joined = row.wrapped && next.used() > 0;
            if !joined {
                out.push_str("\r\n");
            }
        }
    }

    /// Brings the terminal to where the cursor is to be saved.
    fn write_saved(&self, grid: &Grid, saved: Saved, out: &mut String) {
        out.push_str("\x1b[m");
        self.write_cursor(grid, saved.cursor, false, out);
        write_charset(saved.charset, Charset::default(), out);
        saved.pen.write_change(Pen::default(), out);
    }

    /// Puts the cursor somewhere, with the default pen; a cursor that waits at the right edge gets there
    /// by writing the last character again.
    fn write_cursor(&self, grid: &Grid, cursor: Cursor, origin: bool, out: &mut String) {
        let row = if origin {
            cursor.row.saturating_sub(grid.region.0)
        } else {
            cursor.row
        };
        let cells = &grid.rows[cursor.row].cells;
        let mut col = cursor.col;
        if cursor.pending_wrap && cells[col].is_behind() {
            col = col.saturating_sub(1);
        }
        let _ = write!(out, "\x1b[{};{}H", row + 1, col + 1);
        if cursor.pending_wrap {
            let cell = cells[col];
            cell.pen.write_change(Pen::default(), out);
            cell.write(&self.graphemes, out);
            Pen::default().write_change(cell.pen, out);
        }
    }

    fn write_modes(&self, grid: &Grid, out: &mut String) {
        if !self.title.is_empty() {
            let _ = write!(out, "\x1b]2;{}\x07", self.title);
        }
        for number in self.modes.on() {
            let _ = write!(out, "\x1b[?{number}h");
        }
        if self.modes.keypad {
            out.push_str("\x1b=");
        }
        if self.modes.newline {
            out.push_str("\x1b[20h");
        }
        if self.modes.cursor_style != 0 {
            let _ = write!(out, "\x1b[{} q", self.modes.cursor_style);
        }
        self.write_region(grid, out);
        if self.modes.origin {
            out.push_str("\x1b[?6h");
        }
    }

    /// Sets the scrolling region, which moves the cursor.
    fn write_region(&self, grid: &Grid, out: &mut String) {
        if grid.region != (0, self.rows - 1) {
            let _ = write!(out, "\x1b[{};{}r", grid.region.0 + 1, grid.region.1 + 1);
        }
    }
}

fn write_charset(charset: Charset, from: Charset, out: &mut String) {
    for (index, introducer) in ['(', ')'].into_iter().enumerate() {
        if charset.lines[index] != from.lines[index] {
            let _ = write!(
                out,
                "\x1b{introducer}{}",
                if charset.lines[index] { '0' } else { 'B' }
            );
        }
    }
    if charset.shifted != from.shifted {
        out.push(if charset.shifted { '\x0e' } else { '\x0f' });
    }
}

//! One screen full of rows, with its cursor.

use super::cell::Row;
use super::modes::Charset;
use super::style::Pen;

/// Where the next character goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) row: usize,
    pub(super) col: usize,
    /// The last column was written: the next character goes to the next line.
    pub(super) pending_wrap: bool,
}

/// What "save cursor" keeps.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Saved {
    pub(super) cursor: Cursor,
    pub(super) pen: Pen,
    pub(super) origin: bool,
    pub(super) charset: Charset,
}

/// One screen.
#[derive(Debug)]
pub(super) struct Grid {
    pub(super) rows: Vec<Row>,
    pub(super) cursor: Cursor,
    pub(super) saved: Option<Saved>,
    /// First and last row of the scrolling region.
    pub(super) region: (usize, usize),
}

// === impl Grid ===

impl Grid {
    pub(super) fn new(cols: usize, rows: usize) -> Self {
        Self {
            rows: vec![Row::new(cols); rows],
            cursor: Cursor::default(),
            saved: None,
            region: (0, rows - 1),
        }
    }

    pub(super) fn scroll_up(&mut self, count: usize, pen: Pen) {
        let (top, bottom) = self.region;
        self.shift_up(top, bottom, count, pen);
    }

    pub(super) fn scroll_down(&mut self, count: usize, pen: Pen) {
        let (top, bottom) = self.region;
        self.shift_down(top, bottom, count, pen);
    }

    /// Removes lines at the cursor; those below within the region move up.
    pub(super) fn delete_lines(&mut self, count: usize, pen: Pen) {
        let (top, bottom) = self.region;
        if (top..=bottom).contains(&self.cursor.row) {
            self.shift_up(self.cursor.row, bottom, count, pen);
            self.cursor.col = 0;
            self.cursor.pending_wrap = false;
        }
    }

    /// Inserts lines at the cursor; those below within the region move down.
    pub(super) fn insert_lines(&mut self, count: usize, pen: Pen) {
        let (top, bottom) = self.region;
        if (top..=bottom).contains(&self.cursor.row) {
            self.shift_down(self.cursor.row, bottom, count, pen);
            self.cursor.col = 0;
            self.cursor.pending_wrap = false;
        }
    }

    fn shift_up(&mut self, top: usize, bottom: usize, count: usize, pen: Pen) {
        let rows = &mut self.rows[top..=bottom];
        let count = count.min(rows.len());
        rows.rotate_left(count);
        let kept = rows.len() - count;
        clear(&mut rows[kept..], pen);
    }

    fn shift_down(&mut self, top: usize, bottom: usize, count: usize, pen: Pen) {
        let rows = &mut self.rows[top..=bottom];
        let count = count.min(rows.len());
        rows.rotate_right(count);
        clear(&mut rows[..count], pen);
        if let Some(last) = rows.last_mut() {
            last.wrapped = false;
        }
    }

    /// Erases below (0), above (1) or all (2).
    pub(super) fn erase_display(&mut self, which: u16, pen: Pen) {
        let row = self.cursor.row;
        match which {
            0 => {
                self.erase_line(0, pen);
                clear(&mut self.rows[row + 1..], pen);
            }
            1 => {
                self.erase_line(1, pen);
                clear(&mut self.rows[..row], pen);
            }
            2 => clear(&mut self.rows, pen),
            _ => {}
        }
    }

    /// Erases right of the cursor (0), left (1) or the whole line (2).
    pub(super) fn erase_line(&mut self, which: u16, pen: Pen) {
        let Cursor { row, col, .. } = self.cursor;
        let row = &mut self.rows[row];
        match which {
            0 => row.erase(col, row.cells.len(), pen),
            1 => row.erase(0, col + 1, pen),
            2 => row.erase(0, row.cells.len(), pen),
            _ => {}
        }
    }

    /// Loses rows, at the bottom as long as they are below the cursor, then at the top. Returns the
    /// latter.
    pub(super) fn shrink(&mut self, rows: usize) -> Vec<Row> {
        let excess = self.rows.len().saturating_sub(rows);
        let below = self.rows.len() - 1 - self.cursor.row;
        let top = excess.saturating_sub(below);
        let gone: Vec<Row> = self.rows.drain(..top).collect();
        self.rows.truncate(rows);
        self.shift_cursors(|row| row.saturating_sub(top).min(rows - 1));
        self.region = (0, rows - 1);
        gone
    }

    /// Gains rows: `above` (the last of them first), then empty ones below.
    pub(super) fn grow(&mut self, rows: usize, above: Vec<Row>) {
        let count = above.len();
        self.rows.splice(0..0, above.into_iter().rev());
        let cols = self.rows.last().map_or(1, |row| row.cells.len());
        self.rows.resize_with(rows, || Row::new(cols));
        self.shift_cursors(|row| (row + count).min(rows - 1));
        self.region = (0, rows - 1);
    }

    pub(super) fn set_width(&mut self, cols: usize) {
        for row in &mut self.rows {
            row.set_width(cols);
        }
        let cursor = &mut self.cursor;
        // A cursor that waited at the edge is past the text when the edge moves away.
        if cursor.pending_wrap && cursor.col + 1 < cols {
            cursor.col += 1;
        }
        for cursor in [Some(cursor), self.saved.as_mut().map(|saved| &mut saved.cursor)]
            .into_iter()
            .flatten()
        {
            cursor.col = cursor.col.min(cols - 1);
            cursor.pending_wrap = false;
        }
    }

    fn shift_cursors(&mut self, shift: impl Fn(usize) -> usize) {
        self.cursor.row = shift(self.cursor.row);
        if let Some(saved) = &mut self.saved {
            saved.cursor.row = shift(saved.cursor.row);
        }
    }
}

fn clear(rows: &mut [Row], pen: Pen) {
    for row in rows {
        row.clear(pen);
    }
}

//! The screen of a terminal: what a person would see, kept so that it can be painted again.
//!
//! A terminal's output is bytes that change a picture. [`Screen::feed`] keeps the picture up to date
//! and [`Screen::repaint`] turns it back into bytes that paint it on a terminal that was just reset:
//! scrollback, both screens, colours, modes, title, and even the beginning of a sequence that the
//! output was cut in. Lines that scroll off are kept as compact bytes, not as cells.

use self::grid::{Cursor, Grid};
use self::parser::Parser;
use self::style::Pen;

mod cell;
mod csi;
mod grid;
mod history;
mod modes;
mod parser;
mod repaint;
mod style;

/// Smallest and largest size in either direction.
const SIZES: std::ops::RangeInclusive<u16> = 1..=1000;
/// Longest title kept.
const TITLE: usize = 256;

/// A terminal's picture and state.
#[derive(Debug)]
pub struct Screen {
    parser: Parser,
    terminal: Terminal,
}

/// What the parsed output acts upon.
#[derive(Debug)]
pub(super) struct Terminal {
    cols: usize,
    rows: usize,
    /// The main screen.
    main: Grid,
    /// The alternate one, while it is shown.
    alternate: Option<Grid>,
    pen: Pen,
    modes: modes::Modes,
    history: history::History,
    graphemes: cell::Graphemes,
    title: String,
    last: Option<char>,
}

// === impl Screen ===

impl Screen {
    /// An empty screen.
    pub fn new(cols: u16, rows: u16) -> Self {
        let (cols, rows) = clamp(cols, rows);
        let terminal = Terminal {
            cols,
            rows,
            main: Grid::new(cols, rows),
            alternate: None,
            pen: Pen::default(),
            modes: modes::Modes::default(),
            history: history::History::default(),
            graphemes: cell::Graphemes::default(),
            title: String::new(),
            last: None,
        };
        Self {
            parser: Parser::default(),
            terminal,
        }
    }

    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        let narrow = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        (narrow(self.terminal.cols), narrow(self.terminal.rows))
    }

    /// What the program inside calls its window.
    pub fn title(&self) -> &str {
        &self.terminal.title
    }

    /// Takes in output.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.parser.feed(bytes, &mut self.terminal);
    }

    /// Takes on another size: rows move between screen and scrollback as in xterm.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        let (cols, rows) = clamp(cols, rows);
        self.terminal.resize(cols, rows);
    }

    /// Bytes that paint all this on a terminal of the same size.
    pub fn repaint(&self) -> Vec<u8> {
        let mut out = self.terminal.repaint();
        out.extend_from_slice(self.parser.unfinished());
        out
    }
}

// === impl Terminal ===

impl Terminal {
    fn grid(&mut self) -> &mut Grid {
        self.alternate.as_mut().unwrap_or(&mut self.main)
    }

    /// Shows the alternate screen, empty.
    fn enter_alternate(&mut self) {
        if self.alternate.is_none() {
            let mut grid = Grid::new(self.cols, self.rows);
            grid.cursor = Cursor {
                pending_wrap: false,
                ..self.main.cursor
            };
            self.alternate = Some(grid);
        }
    }

    fn leave_alternate(&mut self) {
        if let Some(grid) = self.alternate.take() {
            self.main.cursor = Cursor {
                pending_wrap: false,
                ..grid.cursor
            };
        }
    }

    fn resize(&mut self, cols: usize, rows: usize) {
        if (cols, rows) == (self.cols, self.rows) {
            return;
        }
        if rows < self.rows {
            for row in self.main.shrink(rows) {
                self.history.push(&row, &self.graphemes);
            }
        } else {
            let wanted = (rows - self.rows).min(self.history.len());
            let pulled = (0..wanted)
                .filter_map(|_| self.history.pop(cols, &mut self.graphemes))
                .collect();
            self.main.grow(rows, pulled);
        }
        self.main.set_width(cols);
        if let Some(grid) = &mut self.alternate {
            if rows < self.rows {
                grid.shrink(rows);
            } else {
                grid.grow(rows, Vec::new());
            }
            grid.set_width(cols);
        }
        (self.cols, self.rows) = (cols, rows);
    }

    fn reset(&mut self) {
        let (cols, rows) = (self.cols, self.rows);
        self.main = Grid::new(cols, rows);
        self.alternate = None;
        self.pen = Pen::default();
        self.modes = modes::Modes::default();
        self.title.clear();
        self.last = None;
    }

    /// Moves the region's lines up; what leaves the top of the main screen becomes scrollback.
    fn scroll_up(&mut self, count: usize) {
        let keep = self.alternate.is_none() && self.main.region.0 == 0;
        if keep {
            let (top, bottom) = self.main.region;
            for row in &self.main.rows[top..=bottom][..count.min(bottom - top + 1)] {
                self.history.push(row, &self.graphemes);
            }
        }
        let pen = self.pen.erased();
        self.grid().scroll_up(count, pen);
    }

    fn line_feed(&mut self) {
        let grid = self.grid();
        let row = grid.cursor.row;
        if row == grid.region.1 {
            self.scroll_up(1);
        } else if row + 1 < self.rows {
            self.grid().cursor.row += 1;
        }
        self.grid().cursor.pending_wrap = false;
    }

    fn reverse_line_feed(&mut self) {
        let pen = self.pen.erased();
        let grid = self.grid();
        if grid.cursor.row == grid.region.0 {
            grid.scroll_down(1, pen);
        } else {
            grid.cursor.row = grid.cursor.row.saturating_sub(1);
        }
        grid.cursor.pending_wrap = false;
    }

    /// Writes a character where the cursor is.
    fn print(&mut self, c: char) {
        let c = self.modes.charset.map(c);
        let width = cell::width(c);
        if width == 0 {
            self.combine(c);
            return;
        }
        if width > self.cols {
            return;
        }
        self.last = Some(c);
        self.wrap_for(width);
        let (pen, insert, cols) = (self.pen, self.modes.insert, self.cols);
        let autowrap = self.modes.autowrap;
        let grid = self.grid();
        let (row, col) = (grid.cursor.row, grid.cursor.col);
        if insert {
            grid.rows[row].insert(col, width, pen.erased());
        }
        grid.rows[row].put(col, c, width, pen);
        if col + width >= cols {
            grid.cursor.col = cols - 1;
            grid.cursor.pending_wrap = autowrap;
        } else {
            grid.cursor.col = col + width;
        }
    }

    /// Writes printable ASCII: the same as one [`Terminal::print`] after the other, a row at a time.
    fn print_plain(&mut self, text: &[u8]) {
        let mut rest = text;
        while let Some(last) = rest
            .last()
            .filter(|_| !self.modes.insert && !self.modes.charset.draws_lines())
        {
            self.wrap_for(1);
            let (cols, pen, autowrap) = (self.cols, self.pen, self.modes.autowrap);
            self.last = Some(char::from(*last));
            let grid = self.grid();
            let (row, col) = (grid.cursor.row, grid.cursor.col);
            let count = rest.len().min(cols - col);
            let (now, later) = rest.split_at(count);
            grid.rows[row].put_plain(col, now, pen);
            grid.cursor.col = (col + count).min(cols - 1);
            grid.cursor.pending_wrap = autowrap && col + count == cols;
            rest = later;
        }
        for byte in rest {
            self.print(char::from(*byte));
        }
    }

    /// Goes to the next line if the character does not fit on this one any more.
    fn wrap_for(&mut self, width: usize) {
        let (cols, autowrap) = (self.cols, self.modes.autowrap);
        let cursor = self.grid().cursor;
        let overflows = cursor.col + width > cols;
        if !(cursor.pending_wrap || overflows) {
            return;
        }
        if autowrap {
            let row = cursor.row;
            self.grid().rows[row].wrapped = true;
            self.line_feed();
            self.grid().cursor.col = 0;
        } else if overflows {
            self.grid().cursor.col = cols - width;
        }
        self.grid().cursor.pending_wrap = false;
    }

    /// Adds a combining character to the one before the cursor.
    fn combine(&mut self, c: char) {
        let grid = self.alternate.as_mut().unwrap_or(&mut self.main);
        let cursor = grid.cursor;
        let before = if cursor.pending_wrap {
            Some(cursor.col)
        } else {
            cursor.col.checked_sub(1)
        };
        if let Some(col) = before {
            grid.rows[cursor.row].combine(col, c, &mut self.graphemes);
        }
    }

    fn set_title(&mut self, title: &[u8]) {
        self.title = String::from_utf8_lossy(title)
            .chars()
            .filter(|c| !c.is_control())
            .take(TITLE)
            .collect();
    }
}

fn clamp(cols: u16, rows: u16) -> (usize, usize) {
    (
        usize::from(cols.clamp(*SIZES.start(), *SIZES.end())),
        usize::from(rows.clamp(*SIZES.start(), *SIZES.end())),
    )
}

#[cfg(test)]
mod tests;

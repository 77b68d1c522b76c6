//! What controls and sequences do.

use super::Terminal;
use super::grid::Saved;
use super::parser::Sequence;

// === impl Terminal ===

impl Terminal {
    /// A control character.
    pub(super) fn control(&mut self, byte: u8) {
        self.last = None;
        match byte {
            0x08 => {
                let cursor = &mut self.grid().cursor;
                cursor.col = cursor.col.saturating_sub(1);
                cursor.pending_wrap = false;
            }
            b'\t' => self.tab(1),
            b'\n' | 0x0b | 0x0c => {
                if self.modes.newline {
                    self.grid().cursor.col = 0;
                }
                self.line_feed();
            }
            b'\r' => self.go_to_column(0),
            0x0e => self.modes.charset.shifted = true,
            0x0f => self.modes.charset.shifted = false,
            _ => {}
        }
    }

    /// An escape sequence.
    pub(super) fn escape(&mut self, intermediate: u8, last: u8) {
        self.last = None;
        match (intermediate, last) {
            (0, b'7') => self.save_cursor(),
            (0, b'8') => self.restore_cursor(),
            (0, b'=') => self.modes.keypad = true,
            (0, b'>') => self.modes.keypad = false,
            (0, b'D') => self.line_feed(),
            (0, b'E') => {
                self.grid().cursor.col = 0;
                self.line_feed();
            }
            (0, b'M') => self.reverse_line_feed(),
            (0, b'c') => self.reset(),
            (b'(', set) => self.modes.charset.lines[0] = set == b'0',
            (b')', set) => self.modes.charset.lines[1] = set == b'0',
            _ => {}
        }
    }

    /// An operating system command: only titles concern the screen.
    pub(super) fn osc(&mut self, string: &[u8]) {
        if let [b'0' | b'2', b';', title @ ..] = string {
            self.set_title(title);
        }
    }

    /// A control sequence.
    pub(super) fn csi(&mut self, sequence: &Sequence, last: u8) {
        // Only what was printed just before can be repeated.
        let printed = self.last.take();
        if let (Some(c), (0, 0, b'b')) = (printed, (sequence.private, sequence.intermediate, last)) {
            let count = usize::from(sequence.get(0, 1)).min(self.cols * self.rows);
            (0..count).for_each(|_| self.print(c));
            self.last = None;
            return;
        }
        match (sequence.private, sequence.intermediate, last) {
            (0, 0, b'm') => self.pen.sgr(sequence.params(), sequence.subs),
            (0, 0, b'h' | b'l') => self.ansi_modes(sequence.params(), last == b'h'),
            (b'?', 0, b'h' | b'l') => {
                for number in sequence.params() {
                    self.private_mode(*number, last == b'h');
                }
            }
            (b'?' | 0, 0, b'J') => self.erase_display(sequence.get(0, 0)),
            (b'?' | 0, 0, b'K') => {
                let pen = self.pen.erased();
                self.grid().erase_line(sequence.get(0, 0), pen);
            }
            (0, b' ', b'q') => self.modes.cursor_style = sequence.get(0, 0).min(6),
            (0, b'!', b'p') => self.soft_reset(),
            (0, 0, b'r') => self.set_region(sequence),
            (0, 0, b's') => self.save_cursor(),
            (0, 0, b'u') => self.restore_cursor(),
            (0, 0, b'@'..=b'~') if !self.move_cursor(sequence, last) => self.edit(sequence, last),
            _ => {}
        }
    }

    /// Sequences that move the cursor; tells whether this was one.
    fn move_cursor(&mut self, sequence: &Sequence, last: u8) -> bool {
        let count = usize::from(sequence.get(0, 1));
        let cursor = self.grid().cursor;
        match last {
            b'A' => self.up(count),
            b'B' | b'e' => self.down(count),
            b'C' | b'a' => self.go_to_column(cursor.col + count),
            b'D' => self.go_to_column(cursor.col.saturating_sub(count)),
            b'E' => {
                self.down(count);
                self.go_to_column(0);
            }
            b'F' => {
                self.up(count);
                self.go_to_column(0);
            }
            b'G' | b'`' => self.go_to_column(count - 1),
            b'H' | b'f' => self.go_to_position(count - 1, usize::from(sequence.get(1, 1)) - 1),
            b'd' => self.go_to_position(count - 1, cursor.col),
            b'I' => self.tab(count),
            b'Z' => {
                let stops = count.min(self.cols);
                let col = (0..stops).fold(cursor.col, |col, _| col.saturating_sub(1) / 8 * 8);
                self.go_to_column(col);
            }
            _ => return false,
        }
        true
    }

    /// Sequences that change what is on the screen.
    fn edit(&mut self, sequence: &Sequence, last: u8) {
        let count = usize::from(sequence.get(0, 1));
        let pen = self.pen.erased();
        let cursor = self.grid().cursor;
        match last {
            b'@' => self.grid().rows[cursor.row].insert(cursor.col, count, pen),
            b'P' => self.grid().rows[cursor.row].delete(cursor.col, count, pen),
            b'X' => self.grid().rows[cursor.row].erase(cursor.col, cursor.col + count, pen),
            b'L' => self.grid().insert_lines(count, pen),
            b'M' => self.grid().delete_lines(count, pen),
            b'S' => self.scroll_up(count),
            b'T' => self.grid().scroll_down(count, pen),
            _ => return,
        }
        self.grid().cursor.pending_wrap = false;
    }

    fn erase_display(&mut self, which: u16) {
        if which == 3 {
            self.history.clear();
            return;
        }
        let pen = self.pen.erased();
        self.grid().erase_display(which, pen);
        self.grid().cursor.pending_wrap = false;
    }

    fn ansi_modes(&mut self, params: &[u16], on: bool) {
        for number in params {
            match number {
                4 => self.modes.insert = on,
                20 => self.modes.newline = on,
                _ => {}
            }
        }
    }

    fn private_mode(&mut self, number: u16, on: bool) {
        match number {
            6 => {
                self.modes.origin = on;
                self.go_to_position(0, 0);
            }
            7 => {
                self.modes.autowrap = on;
                self.grid().cursor.pending_wrap &= on;
            }
            25 => self.modes.cursor_hidden = !on,
            47 | 1047 if on => self.enter_alternate(),
            47 | 1047 => self.leave_alternate(),
            1048 if on => self.save_cursor(),
            1048 => self.restore_cursor(),
            1049 if on && self.alternate.is_none() => {
                self.save_cursor();
                self.enter_alternate();
            }
            1049 if !on && self.alternate.is_some() => {
                self.leave_alternate();
                self.restore_cursor();
            }
            _ => self.modes.switch(number, on),
        }
    }

    fn soft_reset(&mut self) {
        self.modes.insert = false;
        self.modes.origin = false;
        self.modes.autowrap = true;
        self.modes.cursor_hidden = false;
        self.modes.keypad = false;
        self.modes.switch(1, false);
        self.modes.charset = super::modes::Charset::default();
        self.pen = super::Pen::default();
        let bottom = self.rows - 1;
        let grid = self.grid();
        grid.region = (0, bottom);
        grid.saved = None;
    }

    fn set_region(&mut self, sequence: &Sequence) {
        let top = usize::from(sequence.get(0, 1)) - 1;
        let rows = self.rows;
        let bottom = usize::from(sequence.get(1, u16::MAX)).min(rows) - 1;
        if top < bottom {
            self.grid().region = (top, bottom);
            self.go_to_position(0, 0);
        }
    }

    fn save_cursor(&mut self) {
        let (pen, origin, charset) = (self.pen, self.modes.origin, self.modes.charset);
        let grid = self.grid();
        grid.saved = Some(Saved {
            cursor: grid.cursor,
            pen,
            origin,
            charset,
        });
    }

    fn restore_cursor(&mut self) {
        let saved = self.grid().saved.unwrap_or_default();
        self.grid().cursor = saved.cursor;
        self.pen = saved.pen;
        self.modes.origin = saved.origin;
        self.modes.charset = saved.charset;
    }

    fn up(&mut self, count: usize) {
        let grid = self.grid();
        // A cursor within the region does not leave it.
        let top = if grid.cursor.row >= grid.region.0 {
            grid.region.0
        } else {
            0
        };
        grid.cursor.row = grid.cursor.row.saturating_sub(count).max(top);
        grid.cursor.pending_wrap = false;
    }

    fn down(&mut self, count: usize) {
        let last = self.rows - 1;
        let grid = self.grid();
        let bottom = if grid.cursor.row <= grid.region.1 {
            grid.region.1
        } else {
            last
        };
        grid.cursor.row = (grid.cursor.row + count).min(bottom);
        grid.cursor.pending_wrap = false;
    }

    fn go_to_column(&mut self, col: usize) {
        let last = self.cols - 1;
        let cursor = &mut self.grid().cursor;
        cursor.col = col.min(last);
        cursor.pending_wrap = false;
    }

    fn go_to_position(&mut self, row: usize, col: usize) {
        let (origin, rows) = (self.modes.origin, self.rows);
        let grid = self.grid();
        let (top, bottom) = if origin { grid.region } else { (0, rows - 1) };
        grid.cursor.row = (top + row).min(bottom);
        self.go_to_column(col);
    }

    fn tab(&mut self, count: usize) {
        let last = self.cols - 1;
        let cursor = &mut self.grid().cursor;
        cursor.col = ((cursor.col / 8 + count) * 8).min(last);
        cursor.pending_wrap = false;
    }
}

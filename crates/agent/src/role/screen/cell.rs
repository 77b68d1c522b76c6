//! Cells and rows of a screen: 16 bytes a cell, whatever stands in it.

use std::collections::HashMap;

use unicode_width::UnicodeWidthChar;

use super::style::Pen;

/// Most different clusters of combined characters that a screen keeps.
const GRAPHEMES: usize = 4096;
/// Most bytes of one cluster.
const GRAPHEME: usize = 32;
/// From here on a cell's code is an index of a cluster.
const CLUSTER: u32 = 1 << 31;
/// The code of the cell behind a wide character.
const BEHIND: u32 = CLUSTER - 1;

/// One cell: nothing, a character, a cluster, or the second half of a wide one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    code: u32,
    pub(super) pen: Pen,
}

/// Clusters of combined characters, which are rare, by number.
#[derive(Debug, Default)]
pub(super) struct Graphemes {
    texts: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
}

/// One row.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
    /// Whether its text goes on in the next row.
    pub(super) wrapped: bool,
    /// From here on all cells are blank: most rows are far from full, and scrolling touches every one.
    touched: usize,
}

/// How many columns a character takes.
pub(super) fn width(c: char) -> usize {
    if c.is_ascii() {
        1
    } else {
        c.width().unwrap_or(0).min(2)
    }
}

// === impl Graphemes ===

impl Graphemes {
    fn number(&mut self, text: &str) -> Option<u32> {
        if let Some(number) = self.numbers.get(text) {
            return Some(*number);
        }
        if self.texts.len() >= GRAPHEMES || text.len() > GRAPHEME {
            return None;
        }
        let number = u32::try_from(self.texts.len()).ok()?;
        self.texts.push(text.into());
        self.numbers.insert(text.into(), number);
        Some(number)
    }
}

// === impl Cell ===

impl Cell {
    pub(super) fn blank(pen: Pen) -> Self {
        Self { code: 0, pen }
    }

    pub(super) fn is_blank(self) -> bool {
        self == Self::default()
    }

    pub(super) fn is_behind(self) -> bool {
        self.code == BEHIND
    }

    /// Its text, if that is one plain character.
    fn plain(self) -> Option<u8> {
        u8::try_from(self.code)
            .ok()
            .filter(|byte| (0x20..0x7f).contains(byte))
    }

    /// Appends its text; a space if there is none.
    pub(super) fn write(self, graphemes: &Graphemes, out: &mut String) {
        match self.code {
            0 => out.push(' '),
            BEHIND => {}
            code if code >= CLUSTER => {
                out.push_str(
                    graphemes
                        .texts
                        .get((code - CLUSTER) as usize)
                        .map_or(" ", |text| text),
                );
            }
            code => out.push(char::from_u32(code).unwrap_or(' ')),
        }
    }
}

// === impl Row ===

impl Row {
    pub(super) fn new(cols: usize) -> Self {
        Self {
            cells: vec![Cell::default(); cols],
            wrapped: false,
            touched: 0,
        }
    }

    /// Puts a character of `width` columns at `col`; halves of wide ones that it cuts vanish.
    pub(super) fn put(&mut self, col: usize, c: char, width: usize, pen: Pen) {
        self.split(col);
        self.split(col + width);
        self.touched = self.touched.max(col + width);
        self.cells[col] = Cell {
            code: u32::from(c),
            pen,
        };
        if width == 2 {
            self.cells[col + 1] = Cell { code: BEHIND, pen };
        }
    }

    /// Blanks both halves of a wide character that has its border between `col - 1` and `col`.
    fn split(&mut self, col: usize) {
        if col > 0 && self.cells.get(col).is_some_and(|cell| cell.is_behind()) {
            for cell in &mut self.cells[col - 1..=col] {
                cell.code = 0;
            }
        }
    }

    /// Adds a combining character to the text at `col`.
    pub(super) fn combine(&mut self, col: usize, c: char, graphemes: &mut Graphemes) {
        let col = if self.cells[col].is_behind() {
            col.saturating_sub(1)
        } else {
            col
        };
        let mut text = String::new();
        self.cells[col].write(graphemes, &mut text);
        text.push(c);
        if let Some(number) = graphemes.number(&text) {
            self.cells[col].code = CLUSTER + number;
            self.touched = self.touched.max(col + 1);
        }
    }

    /// Puts plain characters of one column each from `col` on, which must fit.
    pub(super) fn put_plain(&mut self, col: usize, text: &[u8], pen: Pen) {
        let end = col + text.len();
        self.split(col);
        self.split(end);
        self.touched = self.touched.max(end);
        for (cell, byte) in self.cells[col..end].iter_mut().zip(text) {
            *cell = Cell {
                code: u32::from(*byte),
                pen,
            };
        }
    }

    /// Blanks all of it.
    pub(super) fn clear(&mut self, pen: Pen) {
        let blank = Cell::blank(pen);
        if blank.is_blank() {
            self.cells[..self.touched].fill(blank);
            self.touched = 0;
        } else {
            self.cells.fill(blank);
            self.touched = self.cells.len();
        }
        self.wrapped = false;
    }

    pub(super) fn erase(&mut self, from: usize, to: usize, pen: Pen) {
        let to = to.min(self.cells.len());
        if from >= to {
            return;
        }
        self.split(from);
        self.split(to);
        self.cells[from..to].fill(Cell::blank(pen));
        self.touched = self.touched.max(to);
        if to == self.cells.len() {
            self.wrapped = false;
        }
    }

    pub(super) fn insert(&mut self, col: usize, count: usize, pen: Pen) {
        self.split(col);
        let count = count.min(self.cells.len() - col);
        self.split(self.cells.len() - count);
        self.touched = self.cells.len();
        self.cells[col..].rotate_right(count);
        self.cells[col..col + count].fill(Cell::blank(pen));
    }

    pub(super) fn delete(&mut self, col: usize, count: usize, pen: Pen) {
        self.split(col);
        let count = count.min(self.cells.len() - col);
        self.split(col + count);
        self.touched = self.cells.len();
        self.cells[col..].rotate_left(count);
        let end = self.cells.len();
        self.cells[end - count..].fill(Cell::blank(pen));
        self.wrapped = false;
    }

    pub(super) fn set_width(&mut self, cols: usize) {
        if cols < self.cells.len() {
            self.split(cols);
            self.wrapped = false;
        }
        self.cells.resize(cols, Cell::default());
        self.touched = self.touched.min(cols);
        self.cells.shrink_to_fit();
    }

    /// How many cells from the left have something in them.
    pub(super) fn used(&self) -> usize {
        self.cells[..self.touched]
            .iter()
            .rposition(|cell| !cell.is_blank())
            .map_or(0, |last| last + 1)
    }

    /// Whether its text reaches the edge when it is written.
    pub(super) fn is_full(&self) -> bool {
        self.wrapped || self.used() == self.cells.len()
    }

    /// Appends its text with colours, beginning and ending with the default pen. A row that goes on
    /// in the next is written to its full width.
    pub(super) fn write(&self, graphemes: &Graphemes, out: &mut String) {
        let mut pen = Pen::default();
        let end = if self.wrapped {
            self.cells.len()
        } else {
            self.used()
        };
        let mut rest = &self.cells[..end];
        while let Some(cell) = rest.first() {
            let plain = plain(rest, pen, out);
            if plain > 0 {
                rest = &rest[plain..];
                continue;
            }
            if !cell.is_behind() {
                cell.pen.write_change(pen, out);
                pen = cell.pen;
                cell.write(graphemes, out);
            }
            rest = &rest[1..];
        }
        Pen::default().write_change(pen, out);
    }
}

/// Appends plain characters that are all drawn with `pen`, some at once; says how many.
fn plain(cells: &[Cell], pen: Pen, out: &mut String) -> usize {
    let mut text = [0; 80];
    let fitting = cells.iter().take_while(|cell| cell.pen == pen);
    let found = fitting.map_while(|cell| cell.plain());
    let count = text
        .iter_mut()
        .zip(found)
        .map(|(place, byte)| *place = byte)
        .count();
    out.push_str(str::from_utf8(&text[..count]).unwrap_or_default());
    count
}

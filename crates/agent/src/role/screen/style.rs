//! Colours and attributes of text.

use std::fmt::Write;

/// A colour: what it is in the first byte, which one in the others. A number, as cells are compared
/// more often than anything else is done with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Color(u32);

/// Attributes, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags(pub(super) u16);

/// How text is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pen {
    pub(super) fg: Color,
    pub(super) bg: Color,
    pub(super) flags: Flags,
}

/// The SGR number that sets and the one that clears each flag.
const FLAGS: [(u16, u16, Flags); 8] = [
    (1, 22, Flags::BOLD),
    (2, 22, Flags::DIM),
    (3, 23, Flags::ITALIC),
    (4, 24, Flags::UNDERLINE),
    (5, 25, Flags::BLINK),
    (7, 27, Flags::INVERSE),
    (8, 28, Flags::HIDDEN),
    (9, 29, Flags::STRIKE),
];

// === impl Color ===

impl Color {
    const DEFAULT: Self = Self(0);
    const INDEXED: u8 = 1;
    const RGB: u8 = 2;

    const fn indexed(number: u8) -> Self {
        Self(u32::from_be_bytes([Self::INDEXED, 0, 0, number]))
    }

    const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self(u32::from_be_bytes([Self::RGB, red, green, blue]))
    }
}

// === impl Flags ===

impl Flags {
    const BOLD: Self = Self(1);
    const DIM: Self = Self(2);
    const ITALIC: Self = Self(4);
    const UNDERLINE: Self = Self(8);
    const BLINK: Self = Self(16);
    const INVERSE: Self = Self(32);
    const HIDDEN: Self = Self(64);
    const STRIKE: Self = Self(128);
}

// === impl Pen ===

impl Pen {
    /// What erased cells look like: the background stays (as terminals with `bce` do).
    pub(super) fn erased(self) -> Self {
        Self {
            bg: self.bg,
            ..Self::default()
        }
    }

    /// Carries out a "select graphic rendition". `subs` tells which parameters follow a colon.
    pub(super) fn sgr(&mut self, params: &[u16], subs: u32) {
        let is_sub = |i: usize| i < 32 && subs & (1 << i) != 0;
        if params.is_empty() {
            *self = Self::default();
        }
        let mut i = 0;
        while i < params.len() {
            let mut used = 1;
            match params[i] {
                0 => *self = Self::default(),
                // `4:0` is no underline, `4:n` some kind of it.
                4 if is_sub(i + 1) => self.set(Flags::UNDERLINE, params[i + 1] != 0),
                21 => self.set(Flags::UNDERLINE, true),
                n @ 30..=37 => self.fg = Color::indexed(low(n - 30)),
                n @ 40..=47 => self.bg = Color::indexed(low(n - 40)),
                n @ 90..=97 => self.fg = Color::indexed(low(n - 82)),
                n @ 100..=107 => self.bg = Color::indexed(low(n - 92)),
                39 => self.fg = Color::DEFAULT,
                49 => self.bg = Color::DEFAULT,
                kind @ (38 | 48 | 58) => {
                    let by_colon = is_sub(i + 1);
                    let end = (i + 1..params.len())
                        .find(|j| by_colon && !is_sub(*j))
                        .unwrap_or(params.len());
                    let (color, length) = extended(&params[i + 1..end], by_colon);
                    match (kind, color) {
                        (38, Some(color)) => self.fg = color,
                        (48, Some(color)) => self.bg = color,
                        _ => {}
                    }
                    used += length;
                }
                n => self.flag(n),
            }
            i += used;
            while is_sub(i) && i < params.len() {
                i += 1;
            }
        }
    }

    fn flag(&mut self, number: u16) {
        for (set, clear, flag) in FLAGS {
            if number == set {
                self.set(flag, true);
            } else if number == clear {
                self.set(flag, false);
            }
        }
    }

    fn set(&mut self, flag: Flags, on: bool) {
        if on {
            self.flags.0 |= flag.0;
        } else {
            self.flags.0 &= !flag.0;
        }
    }

    /// Writes what turns `from` into this.
    pub(super) fn write_change(self, from: Self, out: &mut String) {
        if self == from {
            return;
        }
        if self == Self::default() {
            out.push_str("\x1b[m");
            return;
        }
        let mut from = from;
        let mut codes = String::new();
        if from.flags.0 & !self.flags.0 != 0 {
            codes.push_str("0;");
            from = Self::default();
        }
        for (set, _, flag) in FLAGS {
            if self.flags.0 & flag.0 != 0 && from.flags.0 & flag.0 == 0 {
                let _ = write!(codes, "{set};");
            }
        }
        if self.fg != from.fg {
            write_color(self.fg, 30, &mut codes);
        }
        if self.bg != from.bg {
            write_color(self.bg, 40, &mut codes);
        }
        codes.pop();
        let _ = write!(out, "\x1b[{codes}m");
    }
}

/// A colour after 38 or 48, and how many parameters it took.
fn extended(params: &[u16], by_colon: bool) -> (Option<Color>, usize) {
    match params {
        [5, index, ..] => (Some(Color::indexed(low(*index))), 2),
        // With colons a colour space may stand before the components.
        [2, _, r, g, b, ..] if by_colon => (Some(Color::rgb(low(*r), low(*g), low(*b))), params.len()),
        [2, r, g, b, ..] => (Some(Color::rgb(low(*r), low(*g), low(*b))), 4),
        _ => (None, params.len()),
    }
}

fn write_color(color: Color, base: u8, out: &mut String) {
    let _ = match color.0.to_be_bytes() {
        [Color::INDEXED, .., n @ 0..=7] => write!(out, "{};", base + n),
        [Color::INDEXED, .., n @ 8..=15] => write!(out, "{};", base + 52 + n),
        [Color::INDEXED, .., n] => write!(out, "{};5;{n};", base + 8),
        [Color::RGB, r, g, b] => write!(out, "{};2;{r};{g};{b};", base + 8),
        _ => write!(out, "{};", base + 9),
    };
}

fn low(n: u16) -> u8 {
    u8::try_from(n).unwrap_or(u8::MAX)
}

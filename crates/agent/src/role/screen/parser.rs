//! Cuts output into characters, controls and sequences (after the state machine of the VT500 as
//! described by Paul Williams), bounded in everything, and able to say what is unfinished.
//!
//! ```text
//! ground ──ESC──▶ escape ──[──▶ csi ──final──▶ ground
//!                   ├──]──▶ string (OSC) ──BEL, ST──▶ ground
//!                   ├──P X ^ _──▶ string (ignored) ──ST──▶ ground
//!                   └──others──▶ ground
//! ```

use super::Terminal;

/// Most parameters of a sequence.
const PARAMS: usize = 32;
/// Most bytes of a string that are kept.
const STRING: usize = 1024;
/// Most bytes of an unfinished sequence that a repaint repeats.
const UNFINISHED: usize = 4096;

/// The parser.
#[derive(Debug, Default)]
pub(super) struct Parser {
    state: State,
    sequence: Sequence,
    string: Vec<u8>,
    utf8: Utf8,
    unfinished: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    Escape,
    Csi,
    Osc,
    /// A string whose content is of no interest.
    Ignored,
    /// Within a string, after an ESC that may end it.
    StringEscape {
        osc: bool,
    },
}

/// A control sequence.
#[derive(Clone, Debug, Default)]
pub(super) struct Sequence {
    params: [u16; PARAMS],
    count: usize,
    /// Which parameters follow a colon.
    pub(super) subs: u32,
    /// The private marker (`?`, `>`, …) and the intermediate byte.
    pub(super) private: u8,
    pub(super) intermediate: u8,
}

/// The character being assembled.
#[derive(Clone, Copy, Debug, Default)]
struct Utf8 {
    bytes: [u8; 4],
    length: usize,
    wanted: usize,
}

// === impl Parser ===

impl Parser {
    pub(super) fn feed(&mut self, bytes: &[u8], terminal: &mut Terminal) {
        let mut rest = bytes;
        while let Some(&byte) = rest.first() {
            if self.state == State::Ground && self.utf8.wanted == 0 {
                let plain = rest
                    .iter()
                    .take_while(|byte| (0x20..0x7f).contains(*byte))
                    .count();
                terminal.print_plain(&rest[..plain]);
                rest = &rest[plain..];
                if plain > 0 {
                    continue;
                }
            }
            self.byte(byte, terminal);
            rest = &rest[1..];
            // A control within a sequence has acted already: repeated, it would act twice.
            let acted = byte < 0x20 && byte != 0x1b && matches!(self.state, State::Escape | State::Csi);
            if self.state == State::Ground && self.utf8.wanted == 0 {
                self.unfinished.clear();
            } else if self.unfinished.len() < UNFINISHED && !acted {
                self.unfinished.push(byte);
            }
        }
    }

    /// The bytes of what has begun and not ended.
    pub(super) fn unfinished(&self) -> &[u8] {
        &self.unfinished
    }

    fn byte(&mut self, byte: u8, terminal: &mut Terminal) {
        match self.state {
            State::Ground => self.ground(byte, terminal),
            State::Osc | State::Ignored => self.string_byte(byte, terminal),
            State::StringEscape { osc } => {
                if byte == b'\\' {
                    self.end_string(osc, terminal);
                } else {
                    // The ESC was the beginning of a sequence that cuts the string off.
                    self.begin_escape();
                    self.unfinished.push(0x1b);
                    self.escape(byte, terminal);
                }
            }
            // Controls act in the middle of a sequence, two of them end it.
            State::Escape | State::Csi => match byte {
                0x18 | 0x1a => self.state = State::Ground,
                0x1b => self.begin_escape(),
                0x00..=0x1f => terminal.control(byte),
                0x7f => {}
                _ if self.state == State::Escape => self.escape(byte, terminal),
                _ => self.csi(byte, terminal),
            },
        }
    }

    fn ground(&mut self, byte: u8, terminal: &mut Terminal) {
        if self.utf8.wanted > 0 {
            match self.utf8.add(byte) {
                Added::More => return,
                Added::Whole(c) => return printable(c, terminal),
                // The byte that did not belong is looked at anew.
                Added::Broken => {
                    terminal.print(char::REPLACEMENT_CHARACTER);
                    self.unfinished.clear();
                }
            }
        }
        match byte {
            0x1b => self.begin_escape(),
            0x00..=0x1f => terminal.control(byte),
            0x20..=0x7e => terminal.print(char::from(byte)),
            0x7f => {}
            0x80.. => {
                if !self.utf8.begin(byte) {
                    terminal.print(char::REPLACEMENT_CHARACTER);
                }
            }
        }
    }

    fn begin_escape(&mut self) {
        self.state = State::Escape;
        self.sequence = Sequence::default();
        self.unfinished.clear();
    }

    fn escape(&mut self, byte: u8, terminal: &mut Terminal) {
        self.state = State::Ground;
        match byte {
            0x20..=0x2f => {
                self.sequence.intermediate = byte;
                self.state = State::Escape;
            }
            b'[' if self.sequence.intermediate == 0 => self.state = State::Csi,
            b']' if self.sequence.intermediate == 0 => {
                self.string.clear();
                self.state = State::Osc;
            }
            b'P' | b'X' | b'^' | b'_' if self.sequence.intermediate == 0 => self.state = State::Ignored,
            _ => terminal.escape(self.sequence.intermediate, byte),
        }
    }

    fn csi(&mut self, byte: u8, terminal: &mut Terminal) {
        match byte {
            b'0'..=b'9' => self.sequence.digit(byte - b'0'),
            b';' => self.sequence.separate(false),
            b':' => self.sequence.separate(true),
            0x3c..=0x3f => self.sequence.private = byte,
            0x20..=0x2f => self.sequence.intermediate = byte,
            0x40..=0x7e => {
                self.state = State::Ground;
                terminal.csi(&self.sequence, byte);
            }
            _ => self.state = State::Ground,
        }
    }

    fn string_byte(&mut self, byte: u8, terminal: &mut Terminal) {
        let osc = self.state == State::Osc;
        match byte {
            0x07 if osc => self.end_string(true, terminal),
            0x18 | 0x1a => self.state = State::Ground,
            0x1b => self.state = State::StringEscape { osc },
            _ if osc && self.string.len() < STRING => self.string.push(byte),
            _ => {}
        }
    }

    fn end_string(&mut self, osc: bool, terminal: &mut Terminal) {
        self.state = State::Ground;
        if osc {
            terminal.osc(&self.string);
            self.string = Vec::new();
        }
    }
}

fn printable(c: char, terminal: &mut Terminal) {
    // The controls of the upper half have no business in UTF-8.
    if !c.is_control() {
        terminal.print(c);
    }
}

// === impl Sequence ===

impl Sequence {
    fn digit(&mut self, digit: u8) {
        if self.count == 0 {
            self.count = 1;
        }
        let param = &mut self.params[self.count - 1];
        *param = param.saturating_mul(10).saturating_add(u16::from(digit));
    }

    fn separate(&mut self, sub: bool) {
        self.count = self.count.max(1);
        if self.count < PARAMS {
            if sub {
                self.subs |= 1 << self.count;
            }
            self.count += 1;
        } else {
            // Too many: the last place takes what is left over, and means nothing.
            self.params[PARAMS - 1] = 0;
        }
    }

    pub(super) fn params(&self) -> &[u16] {
        &self.params[..self.count]
    }

    /// A parameter, or `default` where it is missing or 0.
    pub(super) fn get(&self, index: usize, default: u16) -> u16 {
        self.params()
            .get(index)
            .copied()
            .filter(|n| *n != 0)
            .unwrap_or(default)
    }
}

/// What became of a byte.
enum Added {
    More,
    Whole(char),
    Broken,
}

// === impl Utf8 ===

impl Utf8 {
    fn begin(&mut self, byte: u8) -> bool {
        self.wanted = match byte {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => 0,
        };
        self.bytes[0] = byte;
        self.length = 1;
        self.wanted > 0
    }

    fn add(&mut self, byte: u8) -> Added {
        if byte & 0xc0 != 0x80 {
            self.wanted = 0;
            return Added::Broken;
        }
        self.bytes[self.length] = byte;
        self.length += 1;
        if self.length < self.wanted {
            return Added::More;
        }
        let whole = std::str::from_utf8(&self.bytes[..self.wanted])
            .ok()
            .and_then(|text| text.chars().next());
        self.wanted = 0;
        whole.map_or(Added::Whole(char::REPLACEMENT_CHARACTER), Added::Whole)
    }
}

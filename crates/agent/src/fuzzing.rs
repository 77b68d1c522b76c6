//! What the fuzz targets under `fuzz/` drive, and the replay of their corpora: every parser of foreign
//! bytes of this crate, called as the product calls it. Only a panic is a failure.

use bytes::BytesMut;

use crate::client::parse_reply;
use crate::frame::{self, Frame};
use crate::role::Screen;
use crate::wire::{
    Activity, Apps, ExecStarted, FileEntry, FilePage, FromExec, FromTerminal, Info, Port, TarSummary,
    TerminalInfo, ToExec, ToTerminal, parse_hello,
};

/// A stream of frames, each read as every message that it could be: what a hostile agent sends to the
/// host, and what a client sends to an agent.
pub fn agent_frame(bytes: &[u8]) {
    let mut buffer = BytesMut::from(bytes);
    while let Ok(Some(frame)) = frame::decode(&mut buffer) {
        read_all(&frame);
    }
}

/// Output of programs, taken in by a terminal's screen whose size the first bytes choose, painted
/// and painted again.
pub fn agent_screen(bytes: &[u8]) {
    let (sizes, output) = bytes.split_at(bytes.len().min(4));
    let size = |index: usize| u16::from(sizes.get(index).copied().unwrap_or(10));
    let mut screen = Screen::new(size(0), size(1));
    let (first, second) = output.split_at(output.len() / 2);
    screen.feed(first);
    screen.resize(size(2), size(3));
    screen.feed(second);
    let mut painted = Screen::new(size(2), size(3));
    painted.feed(&screen.repaint());
    painted.repaint();
}

fn read_all(frame: &Frame) {
    let some = Some(frame);
    let _ = parse_reply::<Info>("fuzz", some);
    let _ = parse_reply::<Activity>("fuzz", some);
    let _ = parse_reply::<Apps>("fuzz", some);
    let _ = parse_reply::<Vec<Port>>("fuzz", some);
    let _ = parse_reply::<Vec<TerminalInfo>>("fuzz", some);
    let _ = parse_reply::<ExecStarted>("fuzz", some);
    let _ = parse_reply::<FromTerminal>("fuzz", some);
    let _ = parse_reply::<FileEntry>("fuzz", some);
    let _ = parse_reply::<FilePage>("fuzz", some);
    let _ = parse_reply::<TarSummary>("fuzz", some);
    let _ = serde_json::from_slice::<FromTerminal>(&frame.payload);
    let _ = serde_json::from_slice::<FromExec>(&frame.payload);
    let _ = serde_json::from_slice::<ToTerminal>(&frame.payload);
    let _ = serde_json::from_slice::<ToExec>(&frame.payload);
    let _ = parse_hello(&frame.payload);
}

#[cfg(test)]
mod tests;

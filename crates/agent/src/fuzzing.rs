//! What the fuzz targets under `fuzz/` drive, and the replay of their corpora: every parser of foreign
//! bytes of this crate, called as the product calls it. Only a panic is a failure.

use bytes::BytesMut;

use crate::client::parse_reply;
use crate::frame::{self, Frame};
use crate::role::{Screen, look_up, unpack};
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

/// An archive that somebody uploads: whatever it says, nothing beside its directory changes.
///
/// # Panics
/// Something did.
pub fn archive(bytes: &[u8]) {
    let Ok(ground) = Ground::new() else { return };
    let (inside, secret) = (ground.0.join("inside"), ground.0.join("secret"));
    if std::fs::create_dir(&inside).is_err() || std::fs::write(&secret, "untouched").is_err() {
        return;
    }
    // A link that leads out lies there already: somebody inside made it.
    let _ = std::os::unix::fs::symlink("..", inside.join("out"));
    let mut content = bytes;
    let _ = unpack(&inside, &mut content);
    assert_eq!(
        std::fs::read(&secret).ok().as_deref(),
        Some(&b"untouched"[..]),
        "the archive reached outside"
    );
    assert_eq!(
        std::fs::read_dir(&ground.0).map_or(0, Iterator::count),
        2,
        "the archive made something outside"
    );
}

/// `/etc/passwd` and, after a NUL, `/etc/group` of a root that a stranger made.
pub fn users(bytes: &[u8]) {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let mut text = || String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let (passwd, group) = (text(), text());
    for wanted in ["toft", "root", "1000", "0", "4294967295"] {
        if let Ok(user) = look_up(&passwd, &group, wanted) {
            assert!(user.groups.contains(&user.gid), "the own group is one of them");
            assert!(user.home.starts_with('/') && user.shell.starts_with('/'));
        }
    }
}

/// A directory that goes with the value.
struct Ground(std::path::PathBuf);

// === impl Ground ===

impl Ground {
    fn new() -> std::io::Result<Self> {
        use std::sync::atomic::{AtomicU64, Ordering};
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("toft-fuzz-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        // A directory without rights is no obstacle to its owner, once it has them again.
        let _ = std::fs::remove_dir_all(&self.0);
    }
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

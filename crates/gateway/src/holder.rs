//! Who holds a port: read from `/proc`, so that “address in use” can name the program.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// A process that listens on a port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// Its process id.
    pub pid: u32,
    /// Its name.
    pub name: String,
}

/// The processes that listen on a TCP port, as far as this process may see them.
pub(crate) fn of_port(port: u16) -> Vec<Holder> {
    let mut inodes = BTreeSet::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        if let Ok(text) = fs::read_to_string(table) {
            inodes.extend(listening_inodes(&text, port));
        }
    }
    if inodes.is_empty() {
        return Vec::new();
    }
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let mut holders: Vec<Holder> = processes
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let pid = path.file_name()?.to_str()?.parse().ok()?;
            let name = || {
                fs::read_to_string(path.join("comm"))
                    .unwrap_or_default()
                    .trim()
                    .to_owned()
            };
            holds(&path, &inodes).then(|| Holder { pid, name: name() })
        })
        .collect();
    holders.sort();
    holders
}

/// The end of a sentence: ` by nginx (pid 42)`, or nothing if nobody can be named.
pub(crate) fn tell(holders: &[Holder]) -> String {
    let mut text = String::new();
    for (index, Holder { pid, name }) in holders.iter().enumerate() {
        let joint = if index == 0 { " by" } else { "," };
        // Writing to a string does not fail.
        let _ = write!(text, "{joint} {name} (pid {pid})");
    }
    text
}

/// Whether one of the process' descriptors is one of the sockets.
fn holds(process: &Path, inodes: &BTreeSet<u64>) -> bool {
    let Ok(descriptors) = fs::read_dir(process.join("fd")) else {
        return false;
    };
    descriptors.flatten().any(|entry| {
        let target = fs::read_link(entry.path()).unwrap_or_default();
        let inode = target
            .to_str()
            .and_then(|text| text.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok());
        inode.is_some_and(|inode| inodes.contains(&inode))
    })
}

/// The inodes of the sockets that listen on `port`, from the text of `/proc/net/tcp` or `tcp6`.
fn listening_inodes(table: &str, port: u16) -> impl Iterator<Item = u64> {
    const LISTEN: &str = "0A";
    table.lines().skip(1).filter_map(move |line| {
        let mut fields = line.split_ascii_whitespace();
        let local = fields.nth(1)?;
        let state = fields.nth(1)?;
        let inode = fields.nth(5)?;
        let at = u16::from_str_radix(local.rsplit(':').next()?, 16).ok()?;
        (state == LISTEN && at == port)
            .then(|| inode.parse().ok())
            .flatten()
    })
}

#[cfg(test)]
mod tests;

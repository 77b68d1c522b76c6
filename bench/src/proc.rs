//! What `/proc` says of processes.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// Ticks in which the kernel counts CPU time, on every architecture that Toft runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// A process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process(u32);

// === impl Process ===

impl Process {
    /// The one of this number.
    pub fn of(pid: u32) -> Self {
        Self(pid)
    }

    /// Octets of memory that it has mapped and that are there, shared ones included.
    pub fn resident(self) -> io::Result<u64> {
        self.rollup("Rss:")
    }

    /// Octets that belong to no file: its own.
    pub fn anonymous(self) -> io::Result<u64> {
        self.rollup("Anonymous:")
    }

    /// Seconds of CPU time that it has used.
    pub fn cpu_seconds(self) -> io::Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0))?;
        cpu_seconds(&stat).ok_or_else(|| unreadable("stat"))
    }

    fn rollup(self, key: &str) -> io::Result<u64> {
        let text = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.0))?;
        field(&text, key).ok_or_else(|| unreadable("smaps_rollup"))
    }
}

/// Every process that runs the program which the daemon of `data` gave its workspaces, in this
/// role (`agent`, `dns`).
pub fn of_role(data: &Path, role: &str) -> Vec<Process> {
    let programs: Vec<(u64, u64)> = std::fs::read_dir(data.join("bin"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| std::fs::metadata(entry.path().join("toft")).ok())
        .map(|file| (file.dev(), file.ino()))
        .collect();
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid: &u32| {
            let same = std::fs::metadata(format!("/proc/{pid}/exe"))
                .is_ok_and(|file| programs.contains(&(file.dev(), file.ino())));
            same && has_role(*pid, role)
        })
        .map(Process)
        .collect()
}

/// Waits until a process uses next to no CPU, at most so long.
pub async fn at_rest(process: Process, limit: Duration) -> io::Result<()> {
    let deadline = Instant::now() + limit;
    loop {
        let before = process.cpu_seconds()?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        if process.cpu_seconds()? - before < 0.05 || Instant::now() > deadline {
            return Ok(());
        }
    }
}

fn has_role(pid: u32, role: &str) -> bool {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.split(|byte| *byte == 0).nth(1) == Some(role.as_bytes())
}

/// `Anonymous:   1234 kB`
fn field(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// Fields 14 and 15; the name before them may hold spaces and brackets.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS_PER_SECOND)
}

fn unreadable(file: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("/proc/…/{file} is not what it used to be"),
    )
}

#[cfg(test)]
mod tests;

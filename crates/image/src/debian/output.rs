//! Reads what `mmdebstrap` and the `apt` and `dpkg` below it say, for progress and for errors.

use crate::progress::{Progress, Step};

/// How many lines of complaints are kept for the error.
const COMPLAINTS: usize = 6;

/// What was understood so far. `apt` runs twice (essential packages, then the rest): the counts
/// are of both.
#[derive(Debug, Default)]
pub(super) struct Output {
    packages: u64,
    fetched: u64,
    unpacked: u64,
    configured: u64,
    announced_bytes: u64,
    fetched_bytes: u64,
    complaints: Vec<String>,
}

// === impl Output ===

impl Output {
    /// Takes a line; answers what it tells a person, if anything.
    pub(super) fn read(&mut self, line: &str) -> Option<Progress> {
        if line.starts_with("E: ") || line.starts_with("Err:") || line.starts_with("dpkg: error") {
            self.complain(line);
            return None;
        }
        if let Some((_, rest)) = line.split_once(" upgraded, ") {
            self.packages += rest.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
            return None;
        }
        if let Some(rest) = line.strip_prefix("Need to get ") {
            self.announced_bytes += size(rest.split(" of archives").next().unwrap_or_default()).unwrap_or(0);
            return None;
        }
        if line.starts_with("Get:") {
            return Some(self.fetched(line));
        }
        if let Some(rest) = line.strip_prefix("Unpacking ") {
            self.unpacked += 1;
            return Some(self.step(Step::Unpack, "unpacking", self.unpacked, rest));
        }
        if let Some(rest) = line.strip_prefix("Setting up ") {
            self.configured += 1;
            return Some(self.step(Step::Configure, "setting up", self.configured, rest));
        }
        None
    }

    /// What went wrong, if the tools said so in the usual form.
    pub(super) fn complaint(&self) -> Option<String> {
        if self.complaints.is_empty() {
            None
        } else {
            Some(self.complaints.join("; "))
        }
    }

    fn complain(&mut self, line: &str) {
        if self.complaints.len() < COMPLAINTS && !self.complaints.iter().any(|known| known == line) {
            self.complaints.push(line.chars().take(300).collect());
        }
    }

    /// `Get:7 URL SUITE/COMPONENT ARCH PACKAGE ARCH VERSION [12.3 kB]`; lists lack the last three.
    fn fetched(&mut self, line: &str) -> Progress {
        let words: Vec<&str> = line.split(' ').collect();
        let bytes = line
            .rsplit_once('[')
            .and_then(|(_, rest)| size(rest.trim_end_matches(']')))
            .unwrap_or(0);
        let name = words.get(4).filter(|_| words.len() >= 9);
        let Some(name) = name else {
            let message = "fetching package lists".to_owned();
            return Progress {
                step: Step::Resolve,
                done_bytes: 0,
                total_bytes: None,
                message,
            };
        };
        self.fetched += 1;
        self.fetched_bytes += bytes;
        let message = format!(
            "fetching {name} ({} of {})",
            self.fetched,
            self.packages.max(self.fetched)
        );
        let total_bytes = Some(self.announced_bytes.max(self.fetched_bytes));
        Progress {
            step: Step::Download,
            done_bytes: self.fetched_bytes,
            total_bytes,
            message,
        }
    }

    fn step(&self, step: Step, verb: &str, done: u64, rest: &str) -> Progress {
        let name = rest.split([' ', ':']).next().unwrap_or_default();
        let message = format!("{verb} {name} ({done} of {})", self.packages.max(done));
        Progress {
            step,
            done_bytes: 0,
            total_bytes: None,
            message,
        }
    }
}

/// `12.3 kB` in apt's decimal units. The fraction is dropped digit by digit: no floats needed
/// for a progress bar.
fn size(text: &str) -> Option<u64> {
    let (number, unit) = text.trim().split_once(' ')?;
    let scale: u64 = match unit {
        "B" => 1,
        "kB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let tenths = fraction.get(..1)?.parse::<u64>().ok()?;
    Some(whole.replace(',', "").parse::<u64>().ok()?.checked_mul(scale)? + tenths * scale / 10)
}

#[cfg(test)]
mod tests;

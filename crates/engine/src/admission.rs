//! Admission: who may start. Pure; the caller reads and writes in one transaction.
//!
//! A workspace that runs, or is about to, reserves what its `resources.requests` say. One that
//! fits is admitted; one that does not waits, first come first served: nobody overtakes the
//! first in the queue, however little they need, so that a large one is not starved. What does
//! not fit an empty host is refused when it is created.

use jiff::Timestamp;
use toft_model::workspace::{QueuePlace, Resources};
use toft_model::{Invalid, Quantity, validate::Checks};

/// Amounts that can be reserved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Thousandths of cores.
    pub cpu_milli: u64,
    /// Bytes of memory.
    pub memory_bytes: u64,
}

/// A workspace as admission sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate<K> {
    /// Names it for the caller.
    pub key: K,
    /// What it reserves.
    pub needs: Room,
    /// Whether it is admitted already.
    pub admitted: bool,
    /// Since when it wants to run.
    pub since: Timestamp,
}

/// What admission decides about a workspace that was not admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may start.
    Admitted,
    /// It waits.
    Queued(QueuePlace),
}

/// What a workspace with these resources reserves.
pub fn needs(resources: &Resources) -> Room {
    Room {
        cpu_milli: resources.requests.cpu.as_ref().map_or(0, Quantity::milli),
        memory_bytes: resources.requests.memory.as_ref().map_or(0, Quantity::units),
    }
}

/// Decides about all candidates that are not admitted yet, in the order in which they came.
pub fn decide<K: Clone + Ord>(capacity: Room, candidates: &[Candidate<K>]) -> Vec<(K, Decision)> {
    let mut free = capacity;
    for taken in candidates.iter().filter(|candidate| candidate.admitted) {
        free = free.minus(taken.needs);
    }
    let mut waiting: Vec<&Candidate<K>> = candidates
        .iter()
        .filter(|candidate| !candidate.admitted)
        .collect();
    waiting.sort_by(|a, b| (a.since, &a.key).cmp(&(b.since, &b.key)));
    let fitting = waiting
        .iter()
        .take_while(|candidate| {
            let fits = free.holds(candidate.needs);
            if fits {
                free = free.minus(candidate.needs);
            }
            fits
        })
        .count();
    let of = u32::try_from(waiting.len() - fitting).unwrap_or(u32::MAX);
    let decide = |(index, candidate): (usize, &&Candidate<K>)| {
        let decision = match index.checked_sub(fitting) {
            None => Decision::Admitted,
            Some(ahead) => Decision::Queued(QueuePlace {
                position: u32::try_from(ahead + 1).unwrap_or(u32::MAX),
                of,
                needs: candidate.needs.beyond(free),
            }),
        };
        (candidate.key.clone(), decision)
    };
    waiting.iter().enumerate().map(decide).collect()
}

/// Refuses what would not even fit the empty host.
///
/// # Errors
/// Each amount that is too large, with what the host has.
pub fn never_fits(capacity: Room, resources: &Resources) -> Result<(), Invalid> {
    let needs = needs(resources);
    let mut checks = Checks::default();
    if needs.cpu_milli > capacity.cpu_milli {
        let (wanted, has) = (
            Quantity::cores(needs.cpu_milli),
            Quantity::cores(capacity.cpu_milli),
        );
        checks.invalid(
            "spec.resources.requests.cpu",
            format!("'{wanted}' can never be reserved: this host has '{has}' in all; ask for less"),
        );
    }
    if needs.memory_bytes > capacity.memory_bytes {
        let (wanted, has) = (
            Quantity::bytes(needs.memory_bytes),
            Quantity::bytes(whole_mebibytes(capacity.memory_bytes)),
        );
        checks.invalid(
            "spec.resources.requests.memory",
            format!("'{wanted}' can never be reserved: this host has '{has}' in all; ask for less"),
        );
    }
    checks.finish()
}

fn whole_mebibytes(bytes: u64) -> u64 {
    bytes >> 20 << 20
}

// === impl Room ===

impl Room {
    /// Whether this much fits.
    #[must_use]
    pub fn holds(self, needs: Self) -> bool {
        needs.cpu_milli <= self.cpu_milli && needs.memory_bytes <= self.memory_bytes
    }

    /// What is left; nothing where more is taken than there is, as after a host lost memory.
    #[must_use]
    pub fn minus(self, taken: Self) -> Self {
        Self {
            cpu_milli: self.cpu_milli.saturating_sub(taken.cpu_milli),
            memory_bytes: self.memory_bytes.saturating_sub(taken.memory_bytes),
        }
    }

    /// What of this exceeds `free`, for people; all of it where it waits for others only.
    fn beyond(self, free: Self) -> String {
        let cpu = format!("{} cores", Quantity::cores(self.cpu_milli));
        let memory = format!("{} memory", Quantity::bytes(self.memory_bytes));
        match (
            self.cpu_milli > free.cpu_milli,
            self.memory_bytes > free.memory_bytes,
        ) {
            (true, false) => cpu,
            (false, true) => memory,
            _ => format!("{cpu} and {memory}"),
        }
    }
}

#[cfg(test)]
mod tests;

//! What workspaces used in the last minutes: a short ring for each, for sparklines and `top`.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use toft_runtime::{Runtime, Usage};
use uuid::Uuid;

use crate::site::Sample;

/// How often workspaces are asked.
pub const EVERY: Duration = Duration::from_secs(10);
/// Samples that are kept: half an hour.
const KEPT: usize = 180;

/// The rings of all workspaces.
#[derive(Debug, Default)]
pub struct Usages {
    rings: Mutex<HashMap<Uuid, Ring>>,
}

#[derive(Debug, Default)]
struct Ring {
    last_cpu: Option<(Timestamp, u64)>,
    samples: VecDeque<(Timestamp, Sample)>,
}

// === impl Usages ===

impl Usages {
    /// Asks for everything that runs, and forgets what does not.
    pub async fn sample(&self, runtime: &dyn Runtime, running: &[Uuid]) {
        for uid in running {
            // What does not run any more has nothing to tell.
            if let Ok(usage) = runtime.usage((*uid).into()).await {
                self.push(*uid, Timestamp::now(), usage);
            }
        }
        let mut rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        rings.retain(|uid, _| running.contains(uid));
    }

    /// Adds what was just observed; returns it with the processor's rate.
    pub fn push(&self, uid: Uuid, now: Timestamp, usage: Usage) -> Sample {
        let mut rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        let ring = rings.entry(uid).or_default();
        let sample = Sample {
            cpu_milli: ring.rate(now, usage.cpu_ns),
            memory_bytes: usage.memory_bytes,
            memory_limit_bytes: usage.memory_limit_bytes,
            pids: usage.pids,
        };
        ring.last_cpu = Some((now, usage.cpu_ns));
        if ring.samples.len() >= KEPT {
            ring.samples.pop_front();
        }
        ring.samples.push_back((now, sample));
        sample
    }

    /// What was observed of a workspace, oldest first.
    pub fn history(&self, uid: Uuid) -> Vec<(Timestamp, Sample)> {
        let rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        rings
            .get(&uid)
            .map(|ring| ring.samples.iter().copied().collect())
            .unwrap_or_default()
    }

    /// The last that was observed.
    pub fn last(&self, uid: Uuid) -> Option<(Timestamp, Sample)> {
        let rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        rings.get(&uid)?.samples.back().copied()
    }
}

// === impl Ring ===

impl Ring {
    /// Thousandths of a core since the sample before; none without one, or after a restart.
    fn rate(&self, now: Timestamp, cpu_ns: u64) -> u64 {
        let Some((then, before)) = self.last_cpu else {
            return 0;
        };
        let elapsed_ns = u128::try_from(now.duration_since(then).as_nanos()).unwrap_or(0);
        let used_ns = u128::from(cpu_ns.saturating_sub(before));
        u64::try_from((used_ns * 1000).checked_div(elapsed_ns).unwrap_or(0)).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_told_as_a_rate_and_the_ring_is_bounded() {
        let (usages, uid) = (Usages::default(), Uuid::now_v7());
        let at = |second: i64| Timestamp::from_second(1_000 + second).unwrap();
        let usage = |cpu_ns: u64| Usage {
            cpu_ns,
            memory_bytes: 7,
            ..Usage::default()
        };
        assert_eq!(
            usages.push(uid, at(0), usage(0)).cpu_milli,
            0,
            "no rate from one sample"
        );
        assert_eq!(usages.push(uid, at(2), usage(1_000_000_000)).cpu_milli, 500);
        assert_eq!(
            usages.push(uid, at(3), usage(0)).cpu_milli,
            0,
            "a restart counts anew"
        );
        for second in 4..400 {
            usages.push(uid, at(second), usage(0));
        }
        assert_eq!(usages.history(uid).len(), KEPT);
        assert_eq!(usages.last(uid).unwrap().1.memory_bytes, 7);
    }
}

//! Slowing down who guesses: a bucket of failures for each source address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failures that a source may make at once.
const BURST: u32 = 10;
/// One more may be made after so long.
const REFILL: Duration = Duration::from_secs(6);
/// Most sources that are remembered; beyond that those are forgotten that failed longest ago.
const SOURCES_MAX: usize = 4_096;

/// Counts failures by source. An IPv6 network of 64 bits is one source: one household has it.
#[derive(Debug, Default)]
pub struct Throttle {
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    failures: u32,
    since: Instant,
}

// === impl Throttle ===

impl Throttle {
    /// Whether this source may try.
    ///
    /// # Errors
    /// It may not, for so many seconds.
    pub fn check(&self, source: IpAddr, now: Instant) -> Result<(), u32> {
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(bucket) = buckets.get(&key(source)) else {
            return Ok(());
        };
        if bucket.left(now) < BURST {
            return Ok(());
        }
        let waited_s = now.saturating_duration_since(bucket.since).as_secs() % REFILL.as_secs();
        Err(u32::try_from(REFILL.as_secs() - waited_s).unwrap_or(u32::MAX))
    }

    /// This source has failed.
    pub fn failed(&self, source: IpAddr, now: Instant) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= SOURCES_MAX {
            forget(&mut buckets, now);
        }
        let bucket = buckets.entry(key(source)).or_insert(Bucket {
            failures: 0,
            since: now,
        });
        *bucket = Bucket {
            failures: (bucket.left(now) + 1).min(BURST),
            since: now,
        };
    }
}

// === impl Bucket ===

impl Bucket {
    /// Failures that still count.
    fn left(self, now: Instant) -> u32 {
        let refilled = now.saturating_duration_since(self.since).as_secs() / REFILL.as_secs();
        self.failures
            .saturating_sub(u32::try_from(refilled).unwrap_or(u32::MAX))
    }
}

fn key(source: IpAddr) -> IpAddr {
    match source {
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6((u128::from(address) & !u128::from(u64::MAX)).into()),
        },
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn forget(buckets: &mut HashMap<IpAddr, Bucket>, now: Instant) {
    buckets.retain(|_, bucket| bucket.left(now) > 0);
    while buckets.len() >= SOURCES_MAX {
        let oldest = buckets
            .iter()
            .min_by_key(|(_, bucket)| bucket.since)
            .map(|(source, _)| *source);
        let Some(oldest) = oldest else { return };
        buckets.remove(&oldest);
    }
}

#[cfg(test)]
mod tests;

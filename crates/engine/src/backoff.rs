//! How long to wait before the next try: longer each time, never the same for all.

use std::time::Duration;

/// The first pause.
const FIRST: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST: Duration = Duration::from_mins(1);

/// The pause after the `count`-th failure in a row (from 1). `chance` is from 0 to 1 and spreads
/// the tries of many over half of the pause.
pub fn pause(count: u32, chance: f64) -> Duration {
    let doubled = FIRST.saturating_mul(1 << count.saturating_sub(1).min(16));
    doubled.min(LONGEST).mul_f64(0.75 + 0.5 * chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests;

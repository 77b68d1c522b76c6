//! `seq 1 5000000` in a browser's terminal, until the client has read all of it, beside ttyd.

use std::time::Instant;

use super::of_peer;
use crate::failure::Failure;
use crate::row::{Row, Side};
use crate::samples::{Samples, Unit};
use crate::site::Site;
use crate::terminal::Terminal;
use crate::world::World;

/// The last number.
const LAST: usize = 5_000_000;

/// See the module.
pub async fn run(world: &World) -> Result<Vec<Row>, Failure> {
    let toft = world.toft().await?;
    let site = Site::open(&toft, "output").await?;
    let ttyd = world.ttyd().await;
    let aim = ttyd.as_ref().ok().map(|ttyd| ttyd.aim(&site.app.host));
    let (mut ours, mut theirs) = <(Samples, Samples)>::default();
    // The first turn only warms up.
    for turn in 0..=world.rounds().min(7) {
        let sample = take(Terminal::toft(&site.client, &site.ui, site.name).await?).await?;
        let other = match &aim {
            Some(aim) => Some(take(Terminal::ttyd(&site.client, aim).await?).await?),
            None => None,
        };
        if turn > 0 {
            ours.push(sample);
            theirs.extend(other);
        }
    }
    site.close(&toft).await?;
    Ok(vec![Row::times(
        "seq 1 5000000 in the browser's terminal",
        Unit::MegabytesPerSecond,
        Side::AtLeast,
        (1.0, "ttyd"),
        ours.median(),
        of_peer(&ttyd, || theirs.median()),
    )])
}

/// Megabytes a second.
#[allow(clippy::cast_precision_loss, reason = "far fewer than 2^52 octets")]
async fn take(mut terminal: Terminal) -> Result<f64, Failure> {
    // The words are not in the lines themselves, which are echoed.
    terminal.type_in(b"echo rea''dy\n").await?;
    terminal.until("ready\r\n").await?;
    let began = Instant::now();
    terminal
        .type_in(format!("seq 1 {LAST}; echo fini''shed\n").as_bytes())
        .await?;
    let count = terminal.until("finished\r\n").await?;
    let took = began.elapsed();
    if count < expected() {
        return Err(Failure::new(format!("only {count} octets of output came")));
    }
    terminal.type_in(b"exit\n").await?;
    Ok(count as f64 / took.as_secs_f64() / 1e6)
}

/// The octets of all numbers, each with carriage return and line feed.
fn expected() -> usize {
    (1..=LAST).map(|number| number.ilog10() as usize + 3).sum()
}

//! Start of a stopped workspace → `exec` answers.

use std::time::Instant;

use super::of_peer;
use crate::failure::Failure;
use crate::process::millis;
use crate::row::{Row, Side};
use crate::samples::{Samples, Unit};
use crate::toft::TEMPLATE;
use crate::world::World;

const NAME: &str = "start";

/// See the module.
pub async fn run(world: &World) -> Result<Vec<Row>, Failure> {
    let toft = world.toft().await?;
    let incus = world.incus().await;
    toft.create(NAME, TEMPLATE).await?;
    if let Ok(incus) = &incus {
        incus.launch(NAME).await?;
    }
    let (mut ours, mut theirs) = <(Samples, Samples)>::default();
    // The first round only warms caches.
    for round in 0..=world.rounds() {
        toft.call(&["stop", NAME, "--force", "--wait=60"]).await?;
        let began = Instant::now();
        toft.call(&["start", NAME, "--wait=60"]).await?;
        toft.exec(NAME, &["true"]).await?;
        let ours_took = millis(began.elapsed());
        if let Ok(incus) = &incus {
            incus.stop(NAME).await?;
            let began = Instant::now();
            incus.begin(NAME).await?;
            incus.exec(NAME, &["true"]).await?;
            if round > 0 {
                theirs.push(millis(began.elapsed()));
            }
        }
        if round > 0 {
            ours.push(ours_took);
        }
    }
    toft.delete(&[NAME]).await?;
    if let Ok(incus) = &incus {
        incus.remove(NAME).await?;
    }
    let what = "start of a stopped one → exec answers, p50";
    let theirs = of_peer(&incus, || theirs.median());
    Ok(vec![Row::times(
        what,
        Unit::Millis,
        Side::AtMost,
        (0.40, "Incus"),
        ours.median(),
        theirs,
    )])
}

//! A home of 5 GB: kept as a snapshot, and cloned into a workspace that runs.

use std::time::Instant;

use crate::failure::Failure;
use crate::process::millis;
use crate::row::{Row, Side};
use crate::samples::{Samples, Unit};
use crate::toft::TEMPLATE;
use crate::world::World;

const NAME: &str = "disk";
const CLONE: &str = "disk-clone";
/// Megabytes of files.
const FILL: &str = "for n in $(seq 50); do head -c 100M /dev/urandom > file-$n || exit 1; done; sync";

/// See the module.
pub async fn run(world: &World) -> Result<Vec<Row>, Failure> {
    let toft = world.toft().await?;
    toft.create(NAME, TEMPLATE).await?;
    toft.exec(NAME, &["sh", "-c", FILL]).await?;
    let (mut kept, mut cloned) = <(Samples, Samples)>::default();
    // The first round only warms caches.
    for round in 0..=world.rounds() {
        let began = Instant::now();
        toft.call(&["snapshot", "create", &format!("{NAME}@{round}")])
            .await?;
        let kept_took = millis(began.elapsed());
        let began = Instant::now();
        toft.call(&["clone", NAME, CLONE, "--start", "--wait=60"]).await?;
        toft.exec(CLONE, &["test", "-s", "file-50"]).await?;
        let cloned_took = millis(began.elapsed());
        toft.delete(&[CLONE]).await?;
        toft.call(&["snapshot", "rm", &format!("{NAME}@{round}")]).await?;
        if round > 0 {
            kept.push(kept_took);
            cloned.push(cloned_took);
        }
    }
    toft.delete(&[NAME]).await?;
    let row = |what: &str, samples: &Samples, bound| {
        Row::fixed(what, Unit::Millis, Side::AtMost, bound, samples.median())
    };
    Ok(vec![
        row("snapshot of a 5 GB home → ready, p50", &kept, 100.0),
        row("clone of it → exec answers in it, p50", &cloned, 500.0),
    ])
}

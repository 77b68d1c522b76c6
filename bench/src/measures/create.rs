//! Create → first `exec` answers, the image being present. All three are driven by their command
//! lines, as a person drives them. Docker is given the advantage that its container's only program
//! is the first command.

use std::time::Instant;

use super::of_peer;
use crate::failure::Failure;
use crate::process::millis;
use crate::row::{Row, Side};
use crate::samples::{Samples, Unit};
use crate::toft::{TEMPLATE, Toft};
use crate::world::World;

/// See the module.
pub async fn run(world: &World) -> Result<Vec<Row>, Failure> {
    let toft = world.toft().await?;
    let (docker, incus) = (world.docker().await, world.incus().await);
    let (mut ours, mut dockers, mut incuses) = <(Samples, Samples, Samples)>::default();
    // The first round only warms caches.
    for round in 0..=world.rounds() {
        let name = format!("create-{round}");
        let ours_took = once(&toft, &name).await?;
        let docker_took = match &docker {
            Ok(docker) => {
                let ran = docker.run(&name).await?;
                docker.remove(&name).await?;
                Some(millis(ran.took))
            }
            Err(_) => None,
        };
        let incus_took = match &incus {
            Ok(incus) => {
                let began = Instant::now();
                incus.launch(&name).await?;
                incus.exec(&name, &["true"]).await?;
                let took = began.elapsed();
                incus.remove(&name).await?;
                Some(millis(took))
            }
            Err(_) => None,
        };
        if round > 0 {
            ours.push(ours_took);
            dockers.extend(docker_took);
            incuses.extend(incus_took);
        }
    }
    let row = |bound, peer| {
        Row::times(
            "create → first exec answers, p50",
            Unit::Millis,
            Side::AtMost,
            bound,
            ours.median(),
            peer,
        )
    };
    Ok(vec![
        row((0.10, "Incus"), of_peer(&incus, || incuses.median())),
        row((0.60, "docker run"), of_peer(&docker, || dockers.median())),
    ])
}

async fn once(toft: &Toft, name: &str) -> Result<f64, Failure> {
    let began = Instant::now();
    toft.create(name, TEMPLATE).await?;
    toft.exec(name, &["true"]).await?;
    let took = began.elapsed();
    toft.delete(&[name]).await?;
    Ok(millis(took))
}

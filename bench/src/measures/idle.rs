//! What fifty running workspaces cost in CPU while nobody does anything: the daemon, the agents
//! and the forwarder of names.

use std::time::{Duration, Instant};

use super::burst::{create_many, delete_many};
use crate::failure::{Context, Failure};
use crate::proc::{Process, at_rest, of_role};
use crate::row::{Row, Side};
use crate::samples::{Reading, Unit};
use crate::toft::Toft;
use crate::world::World;

/// How long is looked.
const SPAN: Duration = Duration::from_mins(1);

/// See the module.
pub async fn run(world: &World) -> Result<Vec<Row>, Failure> {
    let toft = world.toft().await?;
    let names = create_many(&toft, "idle").await?;
    let share = share(&toft).await;
    delete_many(&toft, &names).await?;
    let what = "CPU, 50 idle workspaces: daemon, agents, forwarder";
    Ok(vec![Row::fixed(
        what,
        Unit::PercentOfCore,
        Side::AtMost,
        1.0,
        Reading::once(share?),
    )])
}

/// Hundredths of a core that all of Toft's processes take together.
async fn share(toft: &Toft) -> Result<f64, Failure> {
    let reading = || "read CPU time".to_owned();
    let daemon = Process::of(toft.pid()?);
    at_rest(daemon, SPAN).await.context(reading)?;
    let mut all = vec![daemon];
    all.extend(of_role(&toft.data(), "agent"));
    all.extend(of_role(&toft.data(), "dns"));
    let used = || {
        all.iter()
            .map(|process| process.cpu_seconds())
            .sum::<std::io::Result<f64>>()
    };
    let (began, before) = (Instant::now(), used().context(reading)?);
    tokio::time::sleep(SPAN).await;
    let after = used().context(reading)?;
    Ok((after - before) / began.elapsed().as_secs_f64() * 100.0)
}

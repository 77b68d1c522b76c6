//! What the daemon holds in memory, idle and with fifty workspaces running, and what an agent has
//! to itself: anonymous memory. The pages of the program are one file's, shared by all of them.

use std::time::Duration;

use super::burst::{MANY, create_many, delete_many};
use crate::failure::{Context, Failure};
use crate::local::Terminal;
use crate::proc::{Process, at_rest, of_role};
use crate::row::{Row, Side};
use crate::samples::{Reading, Samples, Unit};
use crate::toft::{TEMPLATE, Toft};
use crate::world::World;

/// How long a daemon may take to come to rest.
const REST: Duration = Duration::from_mins(1);

/// How many terminals are filled, and with what. The line is put together by the shell, so that
/// the echo of the command does not hold it.
const TERMINALS: usize = 3;
const FILL: &str = "seq -f '%079.0f' 1 5000; echo fil''led\n";
const FILLED: &str = "filled";

/// See the module.
pub async fn run(world: &World) -> Result<Vec<Row>, Failure> {
    let toft = world.toft().await?;
    toft.restart().await?;
    let idle = resident(&toft).await?;
    let names = create_many(&toft, "memory").await?;
    let busy = resident(&toft).await?;
    let agents = agents(&toft)?;
    delete_many(&toft, &names).await?;
    let terminals = terminals(&toft).await?;
    let row = |what: &str, bound, reading| Row::fixed(what, Unit::Megabytes, Side::AtMost, bound, reading);
    Ok(vec![
        row("daemon resident, idle, no workspaces", 40.0, idle),
        row("daemon resident, 50 running", 60.0, busy),
        row(
            "an agent's own memory, no terminal, p50 of 50",
            4.0,
            agents.median(),
        ),
        row(
            "a terminal with 5,000 lines of 79 characters, on top, p50",
            3.0,
            terminals.median(),
        ),
    ])
}

async fn resident(toft: &Toft) -> Result<Reading, Failure> {
    let daemon = Process::of(toft.pid()?);
    let reading = || "read the daemon's memory".to_owned();
    at_rest(daemon, REST).await.context(reading)?;
    daemon
        .resident()
        .map(megabytes)
        .map(Reading::once)
        .context(reading)
}

fn agents(toft: &Toft) -> Result<Samples, Failure> {
    let all = of_role(&toft.data(), "agent");
    if all.len() != MANY as usize {
        return Err(Failure::new(format!(
            "{} agents run instead of {MANY}",
            all.len()
        )));
    }
    let own = all.iter().map(|agent| agent.anonymous().map(megabytes));
    own.collect::<std::io::Result<Samples>>()
        .context(|| "read an agent's memory".to_owned())
}

/// What the agent has more after a terminal was filled.
async fn terminals(toft: &Toft) -> Result<Samples, Failure> {
    const NAME: &str = "terminals";
    toft.create(NAME, TEMPLATE).await?;
    let own = || {
        let agents = of_role(&toft.data(), "agent");
        let agent = agents.first().ok_or_else(|| Failure::new("no agent runs"))?;
        agent.anonymous().context(|| "read an agent's memory".to_owned())
    };
    let mut more = Samples::default();
    let mut before = own()?;
    for _ in 0..TERMINALS {
        let mut terminal = Terminal::open(toft, NAME).await?;
        terminal.until(FILL, FILLED).await?;
        let after = own()?;
        more.push(megabytes(after.saturating_sub(before)));
        before = after;
    }
    toft.delete(&[NAME]).await?;
    Ok(more)
}

#[allow(clippy::cast_precision_loss, reason = "shown with three digits")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

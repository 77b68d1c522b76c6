//! A key typed in the browser → its echo there, beside the same on a pseudo-terminal with nothing
//! in between, and through ttyd.

use std::time::{Duration, Instant};

use super::of_peer;
use crate::failure::{Context, Failure};
use crate::process::millis;
use crate::row::{Row, Side};
use crate::samples::{Samples, Unit};
use crate::site::Site;
use crate::terminal::{Bare, Terminal};
use crate::world::World;

/// Keys for each round of the run.
const KEYS: usize = 20;
/// Between two keys: everything is at rest, as it is when people type.
const PAUSE: Duration = Duration::from_millis(5);
/// What the browser's protocol may cost.
const MARGIN: f64 = 2.0;

/// See the module.
pub async fn run(world: &World) -> Result<Vec<Row>, Failure> {
    let toft = world.toft().await?;
    let site = Site::open(&toft, "keys").await?;
    let ttyd = world.ttyd().await;
    let mut ours = Terminal::toft(&site.client, &site.ui, site.name).await?;
    ours.echoing().await?;
    let mut theirs = match &ttyd {
        Ok(ttyd) => Some(Terminal::ttyd(&site.client, &ttyd.aim(&site.app.host)).await?),
        Err(_) => None,
    };
    if let Some(theirs) = &mut theirs {
        theirs.echoing().await?;
    }
    let mut bare = Bare::echoing()?;
    let (mut of_toft, mut of_ttyd, mut of_bare) = <(Samples, Samples, Samples)>::default();
    for _ in 0..KEYS * world.rounds() {
        of_toft.push(echo(&mut ours).await?);
        if let Some(theirs) = &mut theirs {
            of_ttyd.push(echo(theirs).await?);
        }
        let (back, took) = through_kernel(bare).await?;
        bare = back;
        of_bare.push(took);
    }
    site.close(&toft).await?;
    let what = "key → echo in the browser's terminal, p50";
    Ok(vec![
        Row::over(
            what,
            Unit::Millis,
            (MARGIN, "a bare terminal"),
            of_toft.median(),
            of_bare.median(),
        ),
        Row::times(
            what,
            Unit::Millis,
            Side::AtMost,
            (2.0, "ttyd"),
            of_toft.median(),
            of_peer(&ttyd, || of_ttyd.median()),
        ),
    ])
}

async fn echo(terminal: &mut Terminal) -> Result<f64, Failure> {
    tokio::time::sleep(PAUSE).await;
    let began = Instant::now();
    terminal.type_in(b"x").await?;
    let back = terminal.read().await?;
    if back != "x" {
        return Err(Failure::new(format!("a terminal echoed {back:?}")));
    }
    Ok(millis(began.elapsed()))
}

async fn through_kernel(mut bare: Bare) -> Result<(Bare, f64), Failure> {
    let work = move || {
        std::thread::sleep(PAUSE);
        let began = Instant::now();
        bare.echo(b'x')?;
        let took = millis(began.elapsed());
        Ok((bare, took))
    };
    let done = tokio::task::spawn_blocking(work).await;
    done.context(|| "use a pseudo-terminal".to_owned())?
}

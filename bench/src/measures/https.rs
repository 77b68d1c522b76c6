//! Small responses over HTTPS, connections kept: the gateway before a private app, beside nginx and
//! Caddy before the same app on the host.

use std::time::Duration;

use super::of_peer;
use crate::app::PAGE;
use crate::client::Aim;
use crate::failure::Failure;
use crate::load::{self, Load};
use crate::row::{Row, Side};
use crate::samples::{Samples, Unit};
use crate::site::Site;
use crate::world::World;

/// Connections of the client, each with one request under way.
const CONNECTIONS: usize = 64;
/// How long each turn of each subject lasts.
const TURN: Duration = Duration::from_secs(2);

/// What one subject came to: a sample a turn.
#[derive(Debug, Default)]
struct Turns {
    rates: Samples,
    tails: Samples,
}

/// See the module.
pub async fn run(world: &World) -> Result<Vec<Row>, Failure> {
    let toft = world.toft().await?;
    let site = Site::open(&toft, "https").await?;
    let (nginx, caddy) = (world.nginx().await, world.caddy().await);
    let aims = [
        Some(site.app.clone()),
        nginx.as_ref().ok().map(|nginx| nginx.aim(&site.app.host)),
        caddy.as_ref().ok().map(|caddy| caddy.aim(&site.app.host)),
    ];
    let mut turns: [Turns; 3] = Default::default();
    // The first turn only warms up.
    for turn in 0..=world.rounds() {
        for (aim, turns) in aims.iter().zip(&mut turns) {
            let Some(aim) = aim else { continue };
            let load = take(&site, aim).await?;
            if turn > 0 {
                turns.push(&load);
            }
        }
    }
    site.close(&toft).await?;
    let [ours, of_nginx, of_caddy] = turns;
    let rate = |bound, peer| {
        let what = "HTTPS to a private app, small responses";
        Row::times(
            what,
            Unit::PerSecond,
            Side::AtLeast,
            bound,
            ours.rates.median(),
            peer,
        )
    };
    Ok(vec![
        rate((1.5, "Caddy"), of_peer(&caddy, || of_caddy.rates.median())),
        rate((0.8, "nginx"), of_peer(&nginx, || of_nginx.rates.median())),
        Row::times(
            "HTTPS to a private app, p99",
            Unit::Millis,
            Side::AtMost,
            (1.5, "nginx"),
            ours.tails.median(),
            of_peer(&nginx, || of_nginx.tails.median()),
        ),
    ])
}

async fn take(site: &Site, aim: &Aim) -> Result<Load, Failure> {
    load::run(&site.client, aim, CONNECTIONS, TURN, PAGE).await
}

// === impl Turns ===

impl Turns {
    fn push(&mut self, load: &Load) {
        self.rates.push(load.rate());
        let times: Samples = load.times.iter().copied().collect();
        self.tails.extend(times.percentile(99.0).value());
    }
}

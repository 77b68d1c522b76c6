//! What goes on beside requests: reconciling, following routes, guarding the firewall, sampling.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use toft_gateway::Gateway;
use toft_model::{Kind, Phase};
use toft_network::Network;
use toft_store::{Page, Selection, StoreError};
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::routes::Routes;
use crate::state::App;
use crate::usage;

/// The pause after something that should go on for ever has ended.
const PAUSE: Duration = Duration::from_secs(1);

/// Starts it all.
pub(super) fn start(
    app: &App,
    gateway: &Arc<Gateway>,
    known: Routes,
    network: Network,
    tasks: &mut JoinSet<()>,
) {
    tasks.spawn(reconcile(app.clone()));
    tasks.spawn(follow(app.clone(), Arc::downgrade(gateway), known));
    tasks.spawn(guard(network));
    tasks.spawn(sample(app.clone()));
    tasks.spawn(count(app.clone()));
}

async fn reconcile(app: App) {
    loop {
        if let Err(error) = app.engine().run().await {
            tracing::error!(error = %toft_model::cause::chain(&error), "the engine ended; it is started again");
        }
        sleep(PAUSE).await;
    }
}

async fn follow(app: App, gateway: Weak<Gateway>, known: Routes) {
    let evict = |uid: &str| {
        if let Some(gateway) = gateway.upgrade() {
            gateway.evict(uid);
        }
    };
    loop {
        match known.follow(app.store(), evict).await {
            Err(StoreError::Expired { .. }) | Ok(()) => {}
            Err(error) => {
                tracing::error!(error = %toft_model::cause::chain(&error), "cannot follow the workspaces; trying again");
                sleep(PAUSE).await;
            }
        }
    }
}

async fn guard(network: Network) {
    loop {
        if let Err(error) = network.guard().await {
            tracing::error!(%error, "the firewall is not guarded; trying again");
        }
        sleep(PAUSE).await;
    }
}

async fn count(app: App) {
    let mut steps = app.engine().steps();
    loop {
        match steps.recv().await {
            Ok(done) => app.metrics().step(&done),
            Err(RecvError::Lagged(missed)) => tracing::debug!(missed, "some steps were not counted"),
            Err(RecvError::Closed) => return,
        }
    }
}

async fn sample(app: App) {
    let mut ticks = interval(usage::EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let list = match app
            .store()
            .list(&Selection::all(Kind::Workspace), &Page::default())
            .await
        {
            Ok(list) => list.items,
            Err(error) => {
                tracing::warn!(%error, "cannot list the workspaces to measure them");
                continue;
            }
        };
        let mut phases: BTreeMap<String, i64> = BTreeMap::new();
        let mut running = Vec::new();
        for workspace in list
            .into_iter()
            .filter_map(|object| app.read_workspace(object).ok())
        {
            let phase = workspace
                .status
                .as_ref()
                .map(|status| status.phase)
                .unwrap_or_default();
            *phases.entry(format!("{phase:?}")).or_default() += 1;
            running.extend(
                workspace
                    .metadata
                    .uid
                    .filter(|_| matches!(phase, Phase::Running | Phase::Starting)),
            );
        }
        app.metrics().set_workspaces(phases);
        app.usages().sample(&**app.runtime(), &running).await;
    }
}

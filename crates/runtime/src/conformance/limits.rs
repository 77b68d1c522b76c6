//! What a sandbox may use, and uses.

use super::{Harness, Limit, Trial, Violation};

pub(super) async fn usage_is_told(harness: &dyn Harness) -> Result<(), Violation> {
    let mut trial = Trial::new("usage is told", harness, "used");
    trial.spec.resources.memory_limit_bytes = Some(256 << 20);
    let result = async {
        trial.start().await?;
        trial.write("/tmp/word", "work").await?;
        let usage = trial.ok(trial.runtime.usage(trial.id()).await)?;
        trial.require(
            usage.cpu_ns > 0 && usage.pids > 0,
            &format!("what runs uses something: {usage:?}"),
        )?;
        let limit = usage.memory_limit_bytes;
        trial.require(
            limit == Some(256 << 20),
            &format!("the memory limit is as asked, found {limit:?}"),
        )?;
        trial.require(usage.memory_bytes < 256 << 20, "it is below its limit")
    };
    let result = result.await;
    trial.finish(result).await
}

pub(super) async fn limits_change_while_it_runs(harness: &dyn Harness) -> Result<(), Violation> {
    let mut trial = Trial::new("limits change while it runs", harness, "resized");
    trial.spec.resources.memory_limit_bytes = Some(128 << 20);
    let result = async {
        trial.start().await?;
        trial.write("/tmp/word", "ready").await?;
        trial.spec.resources.memory_limit_bytes = Some(192 << 20);
        for _ in 0..2 {
            trial.ok(trial.runtime.resize(trial.id(), &trial.spec.resources).await)?;
        }
        let limit = trial
            .ok(trial.runtime.usage(trial.id()).await)?
            .memory_limit_bytes;
        trial.require(
            limit == Some(192 << 20),
            &format!("the memory limit is the new one, found {limit:?}"),
        )?;
        trial.expect_file("/tmp/word", Some("ready")).await?;
        trial.stop().await?;
        trial.ok(trial.runtime.resize(trial.id(), &trial.spec.resources).await)?;
        let state = trial.ok(trial.runtime.inspect(trial.id()).await)?;
        trial.require(!state.is_running(), "a resize starts nothing")
    };
    let result = result.await;
    trial.finish(result).await
}

pub(super) async fn limits_hold(harness: &dyn Harness) -> Result<(), Violation> {
    hold(Trial::new("limits hold", harness, "limited")).await
}

/// Whether what a sandbox of this kind may not exceed stays so.
pub(super) async fn hold(mut trial: Trial<'_>) -> Result<(), Violation> {
    trial.spec.resources.cpu_limit_millis = Some(200);
    trial.spec.resources.memory_limit_bytes = Some(128 << 20);
    trial.spec.resources.pids_limit = 64;
    let result = async {
        trial.start().await?;
        trial.write("/tmp/word", "ready").await?;
        for limit in [Limit::Cpu, Limit::Memory, Limit::Pids] {
            if let Some(Err(beyond)) = trial.harness.exceed(trial.id(), limit).await {
                return trial.broken(format!("the limit on {limit:?} holds: {beyond}"));
            }
        }
        trial.expect_file("/tmp/word", Some("ready")).await
    };
    let result = result.await;
    trial.finish(result).await
}

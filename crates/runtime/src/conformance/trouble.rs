//! What goes wrong around a sandbox, and must not matter.

use super::{GRACE, Harness, PATIENCE, Trial, Violation};
use crate::error::RuntimeError;
use crate::runtime::Target;
use crate::state::SandboxState;

pub(super) async fn what_is_not_there(harness: &dyn Harness) -> Result<(), Violation> {
    let trial = Trial::new("what is not there", harness, "absent");
    let result = async {
        let (runtime, id) = (&trial.runtime, trial.id());
        trial.stop().await?;
        trial.require(
            runtime.remove(id).await.is_empty(),
            "removing what is not there succeeds",
        )?;
        let connected = runtime.connect(id, Target::Agent).await;
        trial.require(
            matches!(connected, Err(RuntimeError::Absent(_))),
            "connecting to nothing says so",
        )?;
        trial.require(runtime.usage(id).await.is_err(), "nothing uses nothing")?;
        trial.ok(runtime.create(&trial.spec).await)?;
        let connected = runtime.connect(id, Target::Agent).await;
        trial.require(
            matches!(connected, Err(RuntimeError::NotRunning(_))),
            "connecting to a stopped one says so",
        )
    };
    let result = result.await;
    trial.finish(result).await
}

pub(super) async fn death_of_the_first_process_is_seen(harness: &dyn Harness) -> Result<(), Violation> {
    let trial = Trial::new("death of the first process is seen", harness, "dies");
    let result = async {
        trial.start().await?;
        trial.write("/etc/before", "death").await?;
        harness.kill_init(trial.id()).await;
        let deadline = std::time::Instant::now() + PATIENCE;
        while trial.ok(trial.runtime.inspect(trial.id()).await)?.is_running() {
            trial.require(
                std::time::Instant::now() < deadline,
                "a dead first process is not running",
            )?;
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let state = trial.ok(trial.runtime.inspect(trial.id()).await)?;
        trial.require(
            matches!(&state, SandboxState::Exited(exit) if exit.started),
            &format!("it has exited, found {state:?}"),
        )?;
        let connected = trial.runtime.connect(trial.id(), Target::Agent).await;
        trial.require(connected.is_err(), "nobody answers for a dead one")?;
        trial.start().await?;
        trial.expect_file("/etc/before", Some("death")).await?;
        harness.kill_init(trial.id()).await;
        trial.stop().await?;
        let state = trial.ok(trial.runtime.inspect(trial.id()).await)?;
        trial.require(state == SandboxState::Prepared, "stop cleans up after a death")
    };
    let result = result.await;
    trial.finish(result).await
}

pub(super) async fn a_fresh_value_adopts_what_runs(harness: &dyn Harness) -> Result<(), Violation> {
    let mut trial = Trial::new("a fresh value adopts what runs", harness, "adopted");
    let result = async {
        trial.start().await?;
        trial.write("/run/alive", "since before").await?;
        let before = trial.ok(trial.runtime.inspect(trial.id()).await)?;
        trial.runtime = harness.runtime();
        trial.require(
            trial.ok(trial.runtime.list().await)?.contains(&trial.id()),
            "it is listed",
        )?;
        trial.require(
            trial.ok(trial.runtime.inspect(trial.id()).await)? == before,
            "it runs as before",
        )?;
        trial.start().await?;
        trial.expect_file("/run/alive", Some("since before")).await?;
        trial.stop().await
    };
    let result = result.await;
    trial.finish(result).await
}

pub(super) async fn a_reboot_keeps_what_is_durable(harness: &dyn Harness) -> Result<(), Violation> {
    let mut trial = Trial::new("a reboot keeps what is durable", harness, "rebooted");
    let result = async {
        trial.start().await?;
        trial.write("/etc/before", "the reboot").await?;
        harness.reboot(trial.id()).await;
        trial.runtime = harness.runtime();
        let state = trial.ok(trial.runtime.inspect(trial.id()).await)?;
        trial.require(
            state == SandboxState::Prepared,
            &format!("it is prepared, found {state:?}"),
        )?;
        trial.start().await?;
        trial.expect_file("/etc/before", Some("the reboot")).await
    };
    let result = result.await;
    trial.finish(result).await
}

pub(super) async fn remove_works_from_every_state(harness: &dyn Harness) -> Result<(), Violation> {
    for state in ["absent", "prepared", "running", "exited", "stopped"] {
        let trial = Trial::new("remove works from every state", harness, state);
        if state != "absent" {
            trial.ok(trial.runtime.create(&trial.spec).await)?;
        }
        if matches!(state, "running" | "exited" | "stopped") {
            trial.start().await?;
        }
        match state {
            "exited" => harness.kill_init(trial.id()).await,
            "stopped" => trial.ok(trial.runtime.stop(trial.id(), GRACE).await)?,
            _ => {}
        }
        trial.remove().await?;
    }
    Ok(())
}

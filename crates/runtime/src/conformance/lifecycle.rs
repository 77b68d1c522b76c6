//! The ordinary life of a sandbox.

use super::{Harness, Trial, Violation};
use crate::state::SandboxState;

pub(super) async fn whole_life(harness: &dyn Harness) -> Result<(), Violation> {
    let trial = Trial::new("whole life", harness, "life");
    let result = async {
        let (runtime, id) = (&trial.runtime, trial.id());
        trial.require(
            trial.ok(runtime.inspect(id).await)? == SandboxState::Absent,
            "it is absent before create",
        )?;
        trial.ok(runtime.create(&trial.spec).await)?;
        trial.require(
            trial.ok(runtime.inspect(id).await)? == SandboxState::Prepared,
            "create prepares",
        )?;
        trial.require(
            trial.ok(runtime.list().await)?.contains(&id),
            "what was created is listed",
        )?;
        trial.start().await?;
        trial.require(trial.ok(runtime.inspect(id).await)?.is_running(), "start runs it")?;
        trial.write("/tmp/word", "hello").await?;
        trial.expect_file("/tmp/word", Some("hello")).await?;
        trial.stop().await?;
        trial.require(
            trial.ok(runtime.inspect(id).await)? == SandboxState::Prepared,
            "stop leaves it prepared",
        )?;
        let left = runtime.remove(id).await;
        trial.require(left.is_empty(), &format!("removing succeeds, left are {left:?}"))?;
        trial.require(
            trial.ok(runtime.inspect(id).await)? == SandboxState::Absent,
            "remove makes it absent",
        )?;
        trial.require(
            !trial.ok(runtime.list().await)?.contains(&id),
            "what was removed is not listed",
        )
    };
    let result = result.await;
    trial.finish(result).await
}

pub(super) async fn everything_twice(harness: &dyn Harness) -> Result<(), Violation> {
    let trial = Trial::new("everything twice", harness, "twice");
    let result = async {
        for _ in 0..2 {
            trial.ok(trial.runtime.create(&trial.spec).await)?;
        }
        trial.start().await?;
        trial.write("/tmp/kept", "by the second start").await?;
        let before = trial.ok(trial.runtime.inspect(trial.id()).await)?;
        trial.start().await?;
        trial.ok(trial.runtime.create(&trial.spec).await)?;
        let after = trial.ok(trial.runtime.inspect(trial.id()).await)?;
        trial.require(before == after, "starting and creating what runs changes nothing")?;
        trial
            .expect_file("/tmp/kept", Some("by the second start"))
            .await?;
        for _ in 0..2 {
            trial.stop().await?;
        }
        trial.remove().await
    };
    let result = result.await;
    trial.finish(result).await
}

pub(super) async fn machine_and_home_survive_a_stop(harness: &dyn Harness) -> Result<(), Violation> {
    let mut trial = Trial::new("machine and home survive a stop", harness, "kept");
    trial.spec.keep_machine = true;
    let home = trial.spec.home.target.join("notes").display().to_string();
    let result = async {
        trial.start().await?;
        trial.write("/etc/installed", "by apt").await?;
        trial.write(&home, "mine").await?;
        trial.stop().await?;
        trial.start().await?;
        trial.expect_file("/etc/installed", Some("by apt")).await?;
        trial.expect_file(&home, Some("mine")).await
    };
    let result = result.await;
    trial.finish(result).await
}

pub(super) async fn a_machine_that_is_not_kept_is_fresh(harness: &dyn Harness) -> Result<(), Violation> {
    let mut trial = Trial::new("a machine that is not kept is fresh", harness, "fresh");
    trial.spec.keep_machine = false;
    let home = trial.spec.home.target.join("notes").display().to_string();
    let result = async {
        trial.start().await?;
        trial.write("/etc/installed", "by apt").await?;
        trial.write(&home, "mine").await?;
        trial.stop().await?;
        trial.start().await?;
        trial.expect_file("/etc/installed", None).await?;
        trial.expect_file(&home, Some("mine")).await
    };
    let result = result.await;
    trial.finish(result).await
}

pub(super) async fn neighbours_are_apart(harness: &dyn Harness) -> Result<(), Violation> {
    let one = Trial::new("neighbours are apart", harness, "one");
    let other = Trial::new("neighbours are apart", harness, "other");
    let result = async {
        one.start().await?;
        other.start().await?;
        one.write("/tmp/secret", "of one").await?;
        other.write("/tmp/own", "of the other").await?;
        other.expect_file("/tmp/secret", None).await?;
        one.stop().await?;
        other.expect_file("/tmp/own", Some("of the other")).await
    };
    let result = result.await;
    let first = one.finish(result).await;
    other.finish(first).await
}

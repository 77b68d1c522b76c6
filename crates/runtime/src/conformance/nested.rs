//! A sandbox in which containers can be run: a life and limits like any other's.

use super::{Harness, Limit, Trial, Violation};
use crate::spec::Nesting;

pub(super) async fn what_containers_keep_survives_a_stop(harness: &dyn Harness) -> Result<(), Violation> {
    let mut trial = Trial::new("what containers keep survives a stop", harness, "storage");
    trial.spec.nesting = Nesting::Docker;
    let result = async {
        trial.start().await?;
        trial.write("/var/lib/docker/kept", "an image").await?;
        trial.stop().await?;
        trial.start().await?;
        trial.expect_file("/var/lib/docker/kept", Some("an image")).await
    };
    let result = result.await;
    trial.finish(result).await
}

pub(super) async fn limits_hold_with_containers(harness: &dyn Harness) -> Result<(), Violation> {
    let mut trial = Trial::new("limits hold with containers", harness, "nested");
    trial.spec.nesting = Nesting::Docker;
    trial.spec.resources.cpu_limit_millis = Some(200);
    trial.spec.resources.memory_limit_bytes = Some(128 << 20);
    trial.spec.resources.pids_limit = 64;
    let result = async {
        trial.start().await?;
        trial.write("/tmp/word", "ready").await?;
        for limit in [Limit::Cpu, Limit::Memory, Limit::Pids] {
            if let Some(Err(beyond)) = harness.exceed(trial.id(), limit).await {
                return trial.broken(format!("the limit on {limit:?} holds: {beyond}"));
            }
        }
        trial.expect_file("/tmp/word", Some("ready")).await
    };
    let result = result.await;
    trial.finish(result).await
}

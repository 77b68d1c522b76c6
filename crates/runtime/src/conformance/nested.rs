//! A sandbox in which containers can be run: a life and limits like any other's.

use super::{Harness, Trial, Violation, limits};
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
    limits::hold(trial).await
}

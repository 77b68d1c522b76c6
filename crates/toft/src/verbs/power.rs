//! `toft start`, `stop` and `restart`: power is a change of the spec.

use clap::Args;
use serde_json::{Value, json};

use crate::client::Api;
use crate::failure::Outcome;
use crate::output;
use crate::target::Target;
use crate::verbs::wait::{self, Goal, Wait};

/// Arguments of `start`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  toft start dev --wait\n  toft start dev ada/site")]
pub struct Start {
    #[command(flatten)]
    which: Which,
}

/// Arguments of `stop`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  toft stop dev --wait\n  toft stop dev --force")]
pub struct Stop {
    #[command(flatten)]
    which: Which,
    /// Kill its processes at once instead of giving them time to end.
    #[arg(long)]
    force: bool,
}

/// Arguments of `restart`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  toft restart dev --wait\n  toft restart dev ada/site")]
pub struct Restart {
    #[command(flatten)]
    which: Which,
}

/// Which workspaces, and whether to wait.
#[derive(Debug, Args)]
struct Which {
    /// `[OWNER/]NAME` of each.
    #[arg(required = true)]
    names: Vec<Target>,
    #[command(flatten)]
    wait: Wait,
}

// === impl Start ===

impl Start {
    pub async fn run(self, api: &Api) -> Outcome<()> {
        self.which
            .patch(
                api,
                &json!({ "spec": { "running": true } }),
                Goal::Ready,
                "starting",
            )
            .await
    }
}

// === impl Stop ===

impl Stop {
    pub async fn run(self, api: &Api) -> Outcome<()> {
        let mut patch = json!({ "spec": { "running": false } });
        if self.force {
            patch["spec"]["lifecycle"]["stopGraceSeconds"] = json!(0);
        }
        self.which.patch(api, &patch, Goal::Stopped, "stopping").await
    }
}

// === impl Restart ===

impl Restart {
    pub async fn run(self, api: &Api) -> Outcome<()> {
        let now = jiff::Timestamp::now().to_string();
        let patch = json!({ "spec": { "running": true, "lifecycle": { "restartedAt": now } } });
        self.which.patch(api, &patch, Goal::Ready, "restarting").await
    }
}

// === impl Which ===

impl Which {
    /// All are asked before any is waited for, so that they move together.
    async fn patch(&self, api: &Api, patch: &Value, goal: Goal, verb: &str) -> Outcome<()> {
        let mut paths = Vec::new();
        for name in &self.names {
            let path = api.path_of(name).await?;
            let ask = async || api.patch(&path, patch).await;
            let asked = match self.wait.limit() {
                Some(_) => wait::answered(ask).await,
                None => ask().await,
            };
            asked.map_err(|failure| failure.if_unanswered(wait::again).while_doing(&name.to_string()))?;
            paths.push(path);
        }
        for (name, path) in self.names.iter().zip(&paths) {
            match self.wait.limit() {
                Some(limit) => {
                    wait::until(api, path, &name.to_string(), goal, limit)
                        .await
                        .map_err(|failure| failure.while_doing(&name.to_string()))?;
                }
                None => output::say(&format!("{name} is {verb}")),
            }
        }
        Ok(())
    }
}

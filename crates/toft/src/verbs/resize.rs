//! `toft resize`: other limits for a workspace, also for one that runs.

use clap::Args;
use serde_json::json;

use crate::client::Api;
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::target::Target;
use crate::verbs::limits::Limits;
use crate::verbs::snapshot::until;

/// Arguments of `resize`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  toft resize dev --memory 4Gi\n  toft resize dev --cpu 2 --disk 20Gi")]
pub struct Resize {
    /// `[OWNER/]NAME`.
    name: Target,
    #[command(flatten)]
    limits: Limits,
}

// === impl Resize ===

impl Resize {
    pub async fn run(self, api: &Api) -> Outcome<()> {
        let limits = self.limits.given();
        if limits.is_empty() {
            return Err(Failure::new("nothing is to be changed").hint("add --cpu, --memory or --disk"));
        }
        let path = api.path_of(&self.name).await?;
        let patch = json!({ "spec": { "resources": { "limits": limits } } });
        let changed = api.patch(&path, &patch).await?;
        let name = &self.name;
        if changed["spec"]["running"] != true {
            output::say(&format!("{name} has its new limits when it starts"));
            return Ok(());
        }
        let generation = changed["metadata"]["generation"].as_i64();
        let applied = until(api, &path, |found| {
            let status = &found["status"];
            let limits = limits
                .iter()
                .all(|(key, value)| status["resources"]["limits"][key] == *value);
            if limits {
                return Some(Ok(()));
            }
            // It was looked at, and said why not.
            let failed = status["phase"] == "Failed";
            let message = status["message"].as_str();
            let message = message.filter(|message| failed || message.contains("limits"));
            let seen = status["observedGeneration"].as_i64() >= generation;
            message.filter(|_| seen).map(|message| Err(message.to_owned()))
        });
        applied.await?;
        output::say(&format!("{name} has its new limits"));
        Ok(())
    }
}

//! `toft delete`: says what goes, asks where somebody can answer, and always ends.

use std::io::{BufRead, IsTerminal, Write};

use clap::Args;
use serde_json::Value;

use crate::client::Api;
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::target::Target;
use crate::verbs::wait::{self, Goal, Wait};

/// Arguments of `delete`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  toft delete dev --wait\n  toft ls -l course=rust -o name | xargs toft delete --yes"
)]
pub struct Delete {
    /// `[OWNER/]NAME` of each.
    #[arg(required = true)]
    names: Vec<Target>,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    /// Kill its processes at once instead of giving them time to end.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    wait: Wait,
}

// === impl Delete ===

impl Delete {
    pub async fn run(self, api: &Api) -> Outcome<()> {
        let mut paths = Vec::new();
        for name in &self.names {
            paths.push(api.path_of(name).await?);
        }
        if !self.yes && std::io::stdin().is_terminal() && !self.confirmed(api, &paths).await? {
            return Err(Failure::new("nothing was deleted"));
        }
        let query = if self.force { "?gracePeriodSeconds=0" } else { "" };
        for (name, path) in self.names.iter().zip(&paths) {
            api.delete(&format!("{path}{query}"))
                .await
                .map_err(|failure| failure.if_unanswered(wait::again).while_doing(&name.to_string()))?;
        }
        for (name, path) in self.names.iter().zip(&paths) {
            match self.wait.limit() {
                Some(limit) => {
                    wait::until(api, path, &name.to_string(), Goal::Gone, limit).await?;
                }
                None => output::say(&format!("{name} is being deleted")),
            }
        }
        Ok(())
    }

    async fn confirmed(&self, api: &Api, paths: &[String]) -> Outcome<bool> {
        for (name, path) in self.names.iter().zip(paths) {
            let object = api
                .get(path)
                .await
                .map_err(|failure| failure.while_doing(&name.to_string()))?;
            output::say(&format!(
                "{name}: {}, with its home and everything installed in it",
                phase(&object)
            ));
        }
        // The question belongs to the talk; the answer is read from the terminal.
        let _ = write!(
            anstream::stderr(),
            "Delete {}? [y/N] ",
            if paths.len() == 1 { "it" } else { "them" }
        );
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer);
        Ok(read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes"))
    }
}

fn phase(object: &Value) -> String {
    object["status"]["phase"]
        .as_str()
        .unwrap_or("Pending")
        .to_lowercase()
}

//! `toft doctor`: what Toft needs, what it found, and how to mend what is missing.

use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use crate::client::{Api, Settings, escape};
use crate::failure::Outcome;
use crate::output;
use crate::target::Target;

/// Arguments of `doctor`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  toft doctor\n  toft doctor dev\nEnds with 1 where something fails.")]
pub struct Doctor {
    /// Also look at this workspace.
    name: Option<Target>,
    /// Print the checks as JSON.
    #[arg(long)]
    json: bool,
}

// === impl Doctor ===

impl Doctor {
    pub async fn run(self, settings: &Settings) -> Outcome<ExitCode> {
        let checks = match &self.name {
            Some(name) => of_workspace(&Api::connect(settings)?, name).await?,
            None => match Api::connect(settings)?.get("/api/toft/v1/doctor").await {
                Ok(answer) => answer["checks"].clone(),
                // Without a daemon the host itself is looked at, which is when it matters most.
                Err(_) if settings.url.is_none() => {
                    output::say("no daemon answers; looking at this host");
                    serde_json::to_value(toft_server::compose::probe(&settings.data_dir()).await)
                        .unwrap_or_default()
                }
                Err(failure) => return Err(failure),
            },
        };
        if self.json {
            output::data(&output::json(&checks))?;
        } else {
            output::data(&page(&checks))?;
        }
        let failed = checks
            .as_array()
            .into_iter()
            .flatten()
            .any(|check| check["verdict"] == "fail");
        Ok(if failed {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }
}

async fn of_workspace(api: &Api, name: &Target) -> Outcome<Value> {
    let owner = match &name.owner {
        Some(owner) => owner.clone(),
        None => api.own_namespace().await?,
    };
    let wish = escape(&format!("{owner}/{}", name.name));
    Ok(api.get(&format!("/api/toft/v1/doctor?workspace={wish}")).await?["checks"].clone())
}

fn page(checks: &Value) -> String {
    let mut out = String::new();
    for check in checks.as_array().into_iter().flatten() {
        let text = |key: &str| {
            check[key]
                .as_str()
                .unwrap_or_default()
                .replace(char::is_control, " ")
        };
        let mark = match check["verdict"].as_str() {
            Some("ok") => "\x1b[32m✓\x1b[0m",
            Some("warn") => "\x1b[33m!\x1b[0m",
            _ => "\x1b[31m✗\x1b[0m",
        };
        out.push_str(&format!("{mark} {:<16} {}\n", text("name"), text("detail")));
        if !text("fix").is_empty() {
            out.push_str(&format!("  {:<16} \x1b[36m{}\x1b[0m\n", "", text("fix")));
        }
    }
    out
}

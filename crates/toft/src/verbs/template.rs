//! `toft template`: what workspaces are made of.

use clap::{Args, Subcommand};
use serde_json::Value;

use crate::client::{Api, GROUP, escape};
use crate::failure::Outcome;
use crate::output;
use crate::output::table::Table;

/// Arguments of `template`.
#[derive(Debug, Args)]
pub struct Template {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List them.
    #[command(after_help = "Examples:\n  toft template ls\n  toft get templates -o yaml")]
    Ls,
    /// Show one with its apps and parameters.
    #[command(after_help = "Examples:\n  toft template show shell\n  toft get template shell -o yaml")]
    Show {
        /// Its name.
        name: String,
    },
}

// === impl Template ===

impl Template {
    pub async fn run(self, api: &Api) -> Outcome<()> {
        match self.what {
            What::Ls => output::data(
                &Table::from_api(&api.table(&format!("{GROUP}/templates")).await?, false, false).render(),
            ),
            What::Show { name } => show(&api.get(&format!("{GROUP}/templates/{}", escape(&name))).await?),
        }
    }
}

fn show(template: &Value) -> Outcome<()> {
    let text = |value: &Value| value.as_str().unwrap_or_default().trim().to_owned();
    let spec = &template["spec"];
    let mut out = format!(
        "{} — {}\n{}\n\nimage: {}\n",
        text(&template["metadata"]["name"]),
        text(&spec["title"]),
        text(&spec["description"]),
        text(&spec["image"])
    );
    let rows = |list: &Value| list.as_array().cloned().unwrap_or_default();
    if !rows(&spec["apps"]).is_empty() {
        let mut table = Table::new(["APP", "TITLE", "PORT"]);
        for app in rows(&spec["apps"]) {
            table.row([
                text(&app["name"]),
                text(&app["title"]),
                app["port"]
                    .as_u64()
                    .map_or_else(String::new, |port| port.to_string()),
            ]);
        }
        out.push_str(&format!("\n{}", table.render()));
    }
    if !rows(&spec["parameters"]).is_empty() {
        let mut table = Table::new(["PARAMETER", "DEFAULT", "MEANING"]);
        for parameter in rows(&spec["parameters"]) {
            table.row([
                text(&parameter["name"]),
                text(&parameter["default"]),
                text(&parameter["title"]),
            ]);
        }
        out.push_str(&format!("\n{}", table.render()));
    }
    output::data(&out)
}

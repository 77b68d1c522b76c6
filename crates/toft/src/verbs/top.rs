//! `toft top`: what workspaces use just now.

use clap::Args;
use serde_json::Value;

use crate::client::Api;
use crate::failure::Outcome;
use crate::output::table::Table;
use crate::output::{self, Format, bytes};

/// Arguments of `top`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  toft top\n  toft top -o json")]
pub struct Top {
    /// How it is printed.
    #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

// === impl Top ===

impl Top {
    pub async fn run(self, api: &Api) -> Outcome<()> {
        let usage = api.get("/api/toft/v1/usage").await?;
        match self.output {
            Format::Json => return output::data(&output::json(&usage)),
            Format::Yaml => return output::data(&output::yaml(&usage)?),
            _ => {}
        }
        let items: Vec<&Value> = usage["items"].as_array().into_iter().flatten().collect();
        if items.is_empty() {
            output::say("no workspace runs");
            return Ok(());
        }
        let mut table = Table::new([
            "WORKSPACE",
            "CPU",
            "OF",
            "MEMORY",
            "OF",
            "PROCESSES",
            "DISK",
            "OF",
        ]);
        for item in items {
            let number = |key: &str| item[key].as_u64();
            let memory = |key: &str| number(key).map_or_else(|| "-".to_owned(), bytes);
            let cores = |key: &str| number(key).map_or_else(|| "-".to_owned(), |milli| format!("{milli}m"));
            table.row([
                format!(
                    "{}/{}",
                    item["namespace"].as_str().unwrap_or_default(),
                    item["name"].as_str().unwrap_or_default()
                ),
                cores("cpuMilli"),
                cores("cpuLimitMilli"),
                memory("memoryBytes"),
                memory("memoryLimitBytes"),
                number("pids").map_or_else(|| "-".to_owned(), |count| count.to_string()),
                memory("diskBytes"),
                memory("diskLimitBytes"),
            ]);
        }
        output::data(&table.render())
    }
}

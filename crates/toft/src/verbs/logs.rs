//! `toft logs`: what a workspace or one of its apps has written.

use clap::Args;

use crate::client::{Api, escape};
use crate::failure::Outcome;
use crate::output;
use crate::target::Target;

/// Arguments of `logs`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  toft logs dev\n  toft logs dev --app site -f")]
pub struct Logs {
    /// `[OWNER/]NAME`.
    name: Target,
    /// One of its apps instead of the workspace itself.
    #[arg(long)]
    app: Option<String>,
    /// Go on as more is written.
    #[arg(long, short)]
    follow: bool,
    /// Only the last lines.
    #[arg(long, value_name = "LINES")]
    tail: Option<u32>,
}

// === impl Logs ===

impl Logs {
    pub async fn run(self, api: &Api) -> Outcome<()> {
        let mut path = format!("{}/logs?follow={}", api.path_of(&self.name).await?, self.follow);
        if let Some(app) = &self.app {
            path.push_str(&format!("&app={}", escape(app)));
        }
        if let Some(tail) = self.tail {
            path.push_str(&format!("&tail={tail}"));
        }
        let mut lines = api.lines(&path).await?;
        while let Some(line) = lines.next().await? {
            output::foreign_line(&String::from_utf8_lossy(&line))?;
        }
        Ok(())
    }
}

//! `toft purge`: everything that this data directory's Toft made on the machine goes.

use std::io::{BufRead, IsTerminal, Write};

use clap::Args;

use crate::client::Settings;
use crate::failure::{Failure, Outcome};
use crate::output;

/// Arguments of `purge`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  toft purge\n  toft purge --yes --data-dir /srv/toft-test")]
pub struct Purge {
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

// === impl Purge ===

impl Purge {
    pub async fn run(self, settings: &Settings) -> Outcome<()> {
        let dir = settings.data_dir();
        if !dir.join("toft.db").exists() {
            return Err(
                Failure::new(format!("{} is not a data directory of Toft's", dir.display()))
                    .hint("name it: toft purge --data-dir DIR"),
            );
        }
        if !self.yes {
            confirm(&dir.display().to_string())?;
        }
        let left = toft_server::compose::purge(&dir).await.map_err(super::up::told)?;
        if left.is_empty() {
            output::say(&format!("everything of {} is gone", dir.display()));
            return Ok(());
        }
        Err(Failure::new(format!(
            "{} things could not be removed: {}",
            left.len(),
            left.join(", ")
        ))
        .hint("run `toft purge` again, or look who uses them"))
    }
}

fn confirm(dir: &str) -> Outcome<()> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new("nothing was removed: nobody can be asked here")
            .hint("toft purge --yes removes every workspace, home and image without asking"));
    }
    output::say(&format!(
        "Every workspace with its home, every image, user and certificate of {dir} goes, for good."
    ));
    let _ = write!(anstream::stderr(), "Type 'purge' to go on: ");
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    if read.is_ok() && answer.trim() == "purge" {
        Ok(())
    } else {
        Err(Failure::new("nothing was removed"))
    }
}

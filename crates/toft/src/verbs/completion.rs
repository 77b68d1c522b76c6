//! `toft completion` and `toft man`: both from the one definition of the command line.

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::args::Toft;
use crate::failure::{Context, Outcome};
use crate::output;

/// Arguments of `completion`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  toft completion bash > /etc/bash_completion.d/toft\n  toft completion zsh > ~/.zfunc/_toft"
)]
pub struct Completion {
    /// Which shell.
    shell: Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  toft man /usr/local/share/man/man1\n  toft man . && man ./toft.1")]
pub struct Man {
    /// Where the pages go.
    dir: PathBuf,
}

// === impl Completion ===

impl Completion {
    pub fn run(self) -> Outcome<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Toft::command(), "toft", &mut script);
        output::data(&String::from_utf8_lossy(&script))
    }
}

// === impl Man ===

impl Man {
    pub fn run(self) -> Outcome<()> {
        std::fs::create_dir_all(&self.dir).context(|| format!("make {}", self.dir.display()))?;
        clap_mangen::generate_to(Toft::command(), &self.dir)
            .context(|| format!("write the pages into {}", self.dir.display()))
    }
}

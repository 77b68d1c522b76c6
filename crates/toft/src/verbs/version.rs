//! `toft version`: of this program and of the daemon it talks to.

use clap::Args;

use crate::client::{Api, Settings};
use crate::failure::Outcome;
use crate::output;

/// Arguments of `version`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  toft version\n  toft version --url https://toft.example:8443")]
pub struct Version {}

// === impl Version ===

impl Version {
    pub async fn run(self, settings: &Settings) -> Outcome<()> {
        output::data(&format!("toft {}\n", env!("CARGO_PKG_VERSION")))?;
        let daemon = match Api::connect(settings) {
            Ok(api) => api.get("/version").await.ok(),
            Err(_) => None,
        };
        match daemon.as_ref().and_then(|version| version["gitVersion"].as_str()) {
            Some(version) => output::data(&format!("daemon {version}\n")),
            None => {
                output::say("no daemon answers");
                Ok(())
            }
        }
    }
}

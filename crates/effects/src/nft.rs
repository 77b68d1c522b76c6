//! The firewall: whole tables, replaced in one transaction by `nft`.

use std::time::Duration;

use crate::Door;
use crate::spawn::{Program, SpawnError};

/// How long one transaction may take; the kernel waits for readers of the old rules.
const LIMIT: Duration = Duration::from_secs(20);

// === impl Door ===

impl Door {
    /// Loads a ruleset: all of it or nothing. `subject` names what it is about, for the record.
    ///
    /// # Errors
    /// `nft` is not installed, or it refuses the text and says where.
    pub async fn nft_apply(&self, subject: &str, rules: String) -> Result<(), SpawnError> {
        tracing::trace!(subject, bytes = rules.len(), "loading firewall rules");
        let program = Program::new("nft.apply", "nft")
            .args(["-f", "-"])
            .stdin(rules)
            .timeout(LIMIT);
        self.run(program).await.map(|_| ())
    }

    /// Asks `nft` for a listing as JSON, such as `list chains`; `None` when it has nothing to show.
    pub async fn nft_list(&self, what: &[&str]) -> Result<Option<serde_json::Value>, SpawnError> {
        let program = Program::new("nft.list", "nft")
            .args(["-j", "list"])
            .args(what)
            .timeout(LIMIT);
        let finished = self.run_any(program).await?;
        Ok(if finished.status.success() {
            serde_json::from_slice(&finished.stdout).ok()
        } else {
            None
        })
    }
}

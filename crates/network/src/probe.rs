//! What `toft doctor` asks about the network: each check says what is, and what to do about it.

use serde::Serialize;
use toft_effects::Door;

use crate::forwarder::Forwarder;
use crate::plan::Plan;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Works, with less than promised.
    Warn,
    /// Workspaces' networks will not work.
    Fail,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// A stable name, such as `network.nft`.
    pub name: &'static str,
    /// How it came out.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do, when anything.
    pub hint: Option<String>,
}

/// All checks.
pub(crate) async fn all(_door: &Door, _plan: &Plan, _forwarder: &Forwarder) -> Vec<Check> {
    Vec::new()
}

//! What `create` and `resize` have in common: the most that a workspace may use.

use clap::Args;
use serde_json::{Map, Value};

/// Limits, as quantities.
#[derive(Debug, Args)]
pub struct Limits {
    /// Most cores it may use, as in `500m` or `2`.
    #[arg(long, value_name = "CORES")]
    cpu: Option<String>,
    /// Most memory it may use, as in `2Gi`.
    #[arg(long, value_name = "BYTES")]
    memory: Option<String>,
    /// Most disk that home, machine and logs may take together, as in `20Gi`.
    #[arg(long, value_name = "BYTES")]
    disk: Option<String>,
}

// === impl Limits ===

impl Limits {
    /// Those that were given, as `spec.resources.limits` has them.
    pub fn given(&self) -> Map<String, Value> {
        let all = [
            ("cpu", &self.cpu),
            ("memory", &self.memory),
            ("storage", &self.disk),
        ];
        all.into_iter()
            .filter_map(|(name, limit)| Some((name.to_owned(), limit.as_deref()?.into())))
            .collect()
    }
}

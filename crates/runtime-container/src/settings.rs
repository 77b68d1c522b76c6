//! What the agent is told at its start.

use serde_json::{Value, json};
use toft_runtime::SandboxSpec;

/// The agent's configuration.
pub(crate) fn agent(spec: &SandboxSpec) -> Value {
    json!({
        "user": {
            "name": spec.user.name,
            "uid": spec.user.uid,
            "gid": spec.user.gid,
            "home": spec.user.home,
            "shell": spec.user.shell,
        },
        "env": spec.env,
        "graceSeconds": spec.grace.as_secs(),
    })
}

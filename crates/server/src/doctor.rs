//! What `doctor` says about one workspace.

use toft_model::{ConditionStatus, Phase, Workspace};

use crate::site::Check;
use crate::state::App;

// === impl Check ===

impl Check {
    /// A check; `verdict` is `ok`, `warn` or `fail`.
    pub fn new(name: &str, verdict: &str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            verdict: verdict.to_owned(),
            detail: detail.into(),
            fix: fix.into(),
        }
    }
}

/// Looks at one workspace, from its conditions to its agent.
pub async fn workspace(app: &App, workspace: &Workspace) -> Vec<Check> {
    let status = workspace.status.clone().unwrap_or_default();
    let path = format!(
        "{}/{}",
        workspace.metadata.namespace.clone().unwrap_or_default(),
        workspace.metadata.name
    );
    let mut checks = vec![phase(&path, status.phase, &status.message)];
    for condition in &status.conditions {
        let verdict = match (condition.status, status.phase) {
            (ConditionStatus::True, _) | (_, Phase::Stopped) => "ok",
            (_, Phase::Failed) => "fail",
            _ => "warn",
        };
        let fix = if verdict == "fail" {
            format!("see 'toft logs {path}' and 'toft events'")
        } else {
            String::new()
        };
        checks.push(Check::new(
            &condition.kind,
            verdict,
            format!("{}: {}", condition.reason, condition.message),
            fix,
        ));
    }
    for leftover in &status.leftovers {
        checks.push(Check::new(
            "leftover",
            "warn",
            leftover.as_str(),
            "it is tried again by itself",
        ));
    }
    if matches!(status.phase, Phase::Running | Phase::Starting)
        && let Ok(agent) = app.agent(workspace)
    {
        checks.push(match agent.info().await {
            Ok(info) => Check::new(
                "agent",
                "ok",
                format!("answers: Toft {}, up {} s", info.version, info.uptime_s),
                "",
            ),
            Err(error) => Check::new("agent", "fail", error.to_string(), format!("toft restart {path}")),
        });
    }
    checks
}

fn phase(path: &str, phase: Phase, message: &str) -> Check {
    let (verdict, fix) = match phase {
        Phase::Failed => (
            "fail",
            format!("see 'toft events' and 'toft logs {path}'; 'toft restart {path}' tries again at once"),
        ),
        Phase::Queued => ("warn", "stop another workspace, or ask for less".to_owned()),
        _ => ("ok", String::new()),
    };
    Check::new("phase", verdict, format!("{phase:?}: {message}"), fix)
}

//! What a workspace uses, and has used in the last minutes.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde_json::{Value, json};
use toft_model::{Quantity, Workspace};

use crate::people::policy::{Act, Caller};
use crate::site::Sample;
use crate::state::App;
use crate::wire::asked::Path;
use crate::wire::status::ApiResult;

/// What the workspace uses now, and the last half hour of it.
pub async fn usage(
    State(app): State<App>,
    caller: Caller,
    Path((namespace, name)): Path<(String, String)>,
) -> ApiResult<Json<Value>> {
    let workspace = app.workspace(&caller, Act::Read, &namespace, &name).await?;
    let uid = workspace.metadata.uid.unwrap_or_default();
    let now = app.now();
    let sample = match app.runtime().usage(uid.into()).await {
        Ok(usage) => app.usages().push(uid, now, usage),
        // It does not run: it uses nothing but its home.
        Err(_) => Sample::default(),
    };
    let mut answer = describe(&workspace, now, sample);
    // How much a home takes is nice to know, and never a reason to tell nothing.
    let disk = app.site().disk_of(uid).await.ok();
    answer["diskBytes"] = disk.map(|disk| disk.bytes).into();
    answer["diskLimitBytes"] = disk.and_then(|disk| disk.limit_bytes).into();
    let history = app.usages().history(uid);
    answer["history"] = history
        .iter()
        .map(|(at, sample)| json!({ "at": at, "cpuMilli": sample.cpu_milli, "memoryBytes": sample.memory_bytes }))
        .collect();
    Ok(Json(answer))
}

/// What a workspace uses, beside what it may.
pub fn describe(workspace: &Workspace, at: Timestamp, sample: Sample) -> Value {
    let admitted = workspace.status.as_ref().map(|status| &status.resources.limits);
    let limits = admitted.unwrap_or(&workspace.spec.resources.limits);
    json!({
        "at": at,
        "cpuMilli": sample.cpu_milli,
        "cpuLimitMilli": limits.cpu.as_ref().map(Quantity::milli),
        "memoryBytes": sample.memory_bytes,
        "memoryLimitBytes": sample.memory_limit_bytes.or_else(|| limits.memory.as_ref().map(Quantity::units)),
        "pids": sample.pids,
        "pidsLimit": limits.pids.as_ref().map(Quantity::units),
    })
}

//! The machine: what it has, whether it is well, who uses it.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use toft_engine::admission::{self, Room};
use toft_model::{ConditionStatus, Kind, Phase, Workspace, condition};
use toft_store::{Page, Selection};

use crate::doctor;
use crate::people::policy::{Act, Caller, Subject, Verdict, decide};
use crate::resources::place::Place;
use crate::routes::workspaces::usage::describe;
use crate::site::{Amounts, Sample};
use crate::state::App;
use crate::wire::asked::Query;
use crate::wire::problem::ProblemResult;
use crate::wire::status::ApiError;

/// Which workspace is to be looked at, beside the host.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DoctorParams {
    workspace: Option<String>,
}

/// What this machine is, what it has, what of it is set aside, and what is free.
pub async fn host(State(app): State<App>, _: Caller) -> ProblemResult<Json<Value>> {
    let (total, free) = app
        .site()
        .disk()
        .map_err(|error| ApiError::internal("look at the disk", &error))?;
    let all = app.engine().capacity();
    let taken = reserved(&app).await?;
    let left = all.minus(taken);
    let amounts = |room: Room, disk_bytes: u64| Amounts {
        cpu_milli: room.cpu_milli,
        memory_bytes: room.memory_bytes,
        disk_bytes,
    };
    let mut answer = json!({
        "host": app.site().name(),
        "version": app.version(),
        "instance": app.store().instance_id(),
        "domain": app.site().domain(),
        "urls": app.site().urls(),
    });
    answer["capacity"] = json!(amounts(all, total));
    answer["reserved"] = json!(amounts(taken, total.saturating_sub(free)));
    answer["free"] = json!(amounts(left, free));
    Ok(Json(answer))
}

/// What is set aside for workspaces that were admitted.
async fn reserved(app: &App) -> ProblemResult<Room> {
    let list = app
        .store()
        .list(&Selection::all(Kind::Workspace), &Page::default())
        .await
        .map_err(ApiError::from)?;
    let mut sum = Room::default();
    // One that cannot be read reserves nothing.
    for workspace in list
        .items
        .into_iter()
        .filter_map(|object| app.read_workspace(object).ok())
    {
        let status = workspace.status.unwrap_or_default();
        let admitted = condition::find(&status.conditions, "Admitted");
        if admitted.is_some_and(|condition| condition.status == ConditionStatus::True) {
            let needs = admission::needs(&status.resources);
            sum.cpu_milli += needs.cpu_milli;
            sum.memory_bytes += needs.memory_bytes;
        }
    }
    Ok(sum)
}

/// Looks at everything that can be wrong with the host, or with one workspace, and says what to do.
pub async fn doctor(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<DoctorParams>,
) -> ProblemResult<Json<Value>> {
    if let Some(workspace) = &params.workspace {
        let (namespace, name) = workspace.split_once('/').unwrap_or((&caller.user, workspace));
        let workspace = app.workspace(&caller, Act::Read, namespace, name).await?;
        return Ok(Json(
            json!({ "checks": doctor::workspace(&app, &workspace).await }),
        ));
    }
    if decide(&caller, Act::Read, Subject::Site) != Verdict::Allow {
        return Err(ApiError::forbidden(
            "only an admin may look at the host; '?workspace=OWNER/NAME' looks at one of your own",
        )
        .into());
    }
    Ok(Json(json!({ "checks": app.site().doctor().await })))
}

/// What every running workspace uses, as far as the caller may see them.
pub async fn usage(State(app): State<App>, caller: Caller) -> ProblemResult<Json<Value>> {
    let selection: Selection = Place::default().authorize(&caller, Act::Read, Kind::Workspace)?;
    let list = app
        .store()
        .list(&selection, &Page::default())
        .await
        .map_err(ApiError::from)?;
    let mut items = Vec::new();
    // One that cannot be read must not hide the others.
    for workspace in list
        .items
        .into_iter()
        .filter_map(|object| app.read_workspace(object).ok())
    {
        let Some((at, sample)) = latest_sample(&app, &workspace).await else {
            continue;
        };
        let mut item = describe(&workspace, at, sample);
        let disk = app
            .site()
            .disk_counted(workspace.metadata.uid.unwrap_or_default());
        item["diskBytes"] = disk.map(|disk| disk.bytes).into();
        item["diskLimitBytes"] = disk.and_then(|disk| disk.limit_bytes).into();
        item["namespace"] = workspace.metadata.namespace.clone().into();
        item["name"] = workspace.metadata.name.clone().into();
        items.push(item);
    }
    Ok(Json(json!({ "items": items })))
}

/// What was observed last; observed now where nothing was yet. Nothing of what does not run.
async fn latest_sample(app: &App, workspace: &Workspace) -> Option<(Timestamp, Sample)> {
    let uid = workspace.metadata.uid?;
    let phase = workspace
        .status
        .as_ref()
        .map(|status| status.phase)
        .unwrap_or_default();
    if !matches!(phase, Phase::Running | Phase::Starting) {
        return None;
    }
    if let Some(last) = app.usages().last(uid) {
        return Some(last);
    }
    let now = app.now();
    let usage = app.runtime().usage(uid.into()).await.ok()?;
    Some((now, app.usages().push(uid, now, usage)))
}

/// The certificate of Toft's own authority, to be trusted. Needs no sign-in.
pub async fn ca(State(app): State<App>) -> Response {
    let mut response = app.site().ca_pem().into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-pem-file"),
    );
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"toft-ca.pem\""),
    );
    response
}

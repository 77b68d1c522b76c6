//! The terminals of a workspace.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use toft_agent::wire::TerminalInfo;

use super::bridge::refusal;
use crate::people::policy::{Act, Caller};
use crate::state::App;
use crate::wire::asked::Path;
use crate::wire::status::ApiResult;

/// Lists the terminals that live in the workspace, attached or not.
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Path((namespace, name)): Path<(String, String)>,
) -> ApiResult<Json<Value>> {
    let workspace = app.workspace(&caller, Act::Read, &namespace, &name).await?;
    let terminals = app
        .agent(&workspace)?
        .terminals()
        .await
        .map_err(|error| refusal(&error))?;
    let items: Vec<Value> = terminals
        .iter()
        .map(|terminal| entry(terminal, Timestamp::now()))
        .collect();
    Ok(Json(json!({ "items": items })))
}

/// Ends a terminal and what runs in it.
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path((namespace, name, session)): Path<(String, String, String)>,
) -> ApiResult<StatusCode> {
    let workspace = app.workspace(&caller, Act::Write, &namespace, &name).await?;
    app.agent(&workspace)?
        .close_terminal(&session)
        .await
        .map_err(|error| refusal(&error))?;
    Ok(StatusCode::NO_CONTENT)
}

fn entry(terminal: &TerminalInfo, now: Timestamp) -> Value {
    let before = |seconds: u64| {
        let age = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        now.checked_sub(age).unwrap_or(Timestamp::UNIX_EPOCH)
    };
    json!({
        "session": terminal.session,
        "title": terminal.title,
        "command": terminal.command,
        "cols": terminal.cols,
        "rows": terminal.rows,
        "attached": terminal.clients,
        "alive": terminal.exit_code.is_none(),
        "createdAt": before(terminal.age_s),
        "lastOutputAt": before(terminal.idle_s),
    })
}

//! The browsers that one is signed in with.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::login::broken;
use crate::people::policy::Caller;
use crate::state::App;
use crate::wire::asked::Path;
use crate::wire::problem::ProblemResult;
use crate::wire::status::ApiError;

/// A browser that is signed in.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    id: String,
    agent: String,
    address: String,
    #[schemars(with = "String")]
    created_at: Timestamp,
    #[schemars(with = "String")]
    last_seen_at: Timestamp,
    #[schemars(with = "String")]
    expires_at: Timestamp,
    /// Whether it is the one that asks.
    current: bool,
}

/// A list of sessions.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Sessions {
    /// Newest first.
    items: Vec<Session>,
}

/// Lists the browsers that the caller is signed in with.
pub async fn list(State(app): State<App>, caller: Caller) -> ProblemResult<Json<Sessions>> {
    let sessions = app.store().sessions(&caller.user).await.map_err(ApiError::from)?;
    let time = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let items = sessions.into_iter().map(|session| Session {
        current: *session.id == *caller.credential,
        id: session.id,
        agent: session.agent,
        address: session.address,
        created_at: time(session.created_ms),
        last_seen_at: time(session.seen_ms),
        expires_at: time(session.expires_ms),
    });
    Ok(Json(Sessions {
        items: items.collect(),
    }))
}

/// Signs one of the caller's browsers out.
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> ProblemResult<StatusCode> {
    if caller.read_only {
        return Err(ApiError::forbidden("this token is for reading only").into());
    }
    if app.accounts().sign_out(&caller.user, &id).await.map_err(broken)? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::new(StatusCode::NOT_FOUND, "NotFound", "there is no such session").into())
}

//! Who did what.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::people::policy::{Act, Caller, Subject, Verdict, decide};
use crate::state::App;
use crate::wire::asked::Query;
use crate::wire::problem::ProblemResult;
use crate::wire::status::ApiError;

/// Most entries of one answer.
const LIMIT_MAX: i64 = 1_000;

/// Which entries.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Params {
    before: Option<i64>,
    limit: Option<i64>,
    user: Option<String>,
}

/// Something that somebody did.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Entry {
    id: i64,
    #[schemars(with = "String")]
    at: Timestamp,
    actor: String,
    /// An address, or `local`.
    from: String,
    action: String,
    subject: String,
    /// `ok`, or why not.
    outcome: String,
}

/// A part of the log.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Entries {
    /// Newest first.
    items: Vec<Entry>,
}

/// Reads the audit log, newest first: an admin all of it, others what they did themselves.
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<Params>,
) -> ProblemResult<Json<Entries>> {
    let whose = match decide(&caller, Act::Read, Subject::Site) {
        Verdict::Allow => params.user.as_deref(),
        _ => Some(&*caller.user),
    };
    let limit = params.limit.unwrap_or(200).clamp(1, LIMIT_MAX);
    let entries = app
        .store()
        .audit(whose, params.before, limit)
        .await
        .map_err(ApiError::from)?;
    let items = entries.into_iter().map(|entry| Entry {
        id: entry.id,
        at: Timestamp::from_millisecond(entry.at_ms).unwrap_or(Timestamp::UNIX_EPOCH),
        actor: entry.actor,
        from: entry.source,
        action: entry.verb,
        subject: entry.object,
        outcome: entry.outcome,
    });
    Ok(Json(Entries {
        items: items.collect(),
    }))
}

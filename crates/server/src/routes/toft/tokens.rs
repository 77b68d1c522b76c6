//! API tokens.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::login::broken;
use crate::people::policy::{Act, Caller, Role, Subject, Verdict, decide};
use crate::state::App;
use crate::wire::asked::Path;
use crate::wire::problem::ProblemResult;
use crate::wire::sent::Sent;
use crate::wire::status::ApiError;

/// Longest name of a token.
const NAME_MAX: usize = 60;
/// Longest life of one that ends, in seconds: ten years.
const LIFE_MAX: u64 = 10 * 365 * 24 * 3600;

/// A token, without its secret.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    id: String,
    name: String,
    user: String,
    read_only: bool,
    #[schemars(with = "String")]
    created_at: Timestamp,
    #[schemars(with = "Option<String>")]
    expires_at: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    last_used_at: Option<Timestamp>,
}

/// A list of tokens.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Tokens {
    /// Newest first.
    items: Vec<Token>,
}

/// A token to make.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewToken {
    /// What its owner calls it.
    name: String,
    /// For whom; the caller, where nobody is named.
    #[serde(default)]
    user: Option<String>,
    /// How long it is good; for ever where nothing is said.
    #[serde(default)]
    expires_in_seconds: Option<u64>,
    /// Whether it is for reading only.
    #[serde(default)]
    read_only: bool,
}

/// A token that was just made.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CreatedToken {
    id: String,
    name: String,
    /// Shown this once; kept nowhere.
    token: String,
}

/// Lists the caller's tokens; an admin's list has everybody's.
pub async fn list(State(app): State<App>, caller: Caller) -> ProblemResult<Json<Tokens>> {
    let whose = (caller.role != Role::Admin).then_some(&*caller.user);
    let tokens = app.store().tokens(whose).await.map_err(ApiError::from)?;
    let time = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let items = tokens.into_iter().map(|token| Token {
        id: token.id,
        name: token.name,
        user: token.user,
        read_only: token.scopes == "read",
        created_at: time(token.created_ms),
        expires_at: token.expires_ms.map(time),
        last_used_at: token.used_ms.map(time),
    });
    Ok(Json(Tokens {
        items: items.collect(),
    }))
}

/// Makes a token. It is shown this once.
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Sent(new): Sent<NewToken>,
) -> ProblemResult<Response> {
    let user = new.user.unwrap_or_else(|| caller.user.to_string());
    allow(&app, &caller, &user).await?;
    let name = new.name.trim();
    let fits = !name.is_empty() && name.chars().count() <= NAME_MAX && !name.chars().any(char::is_control);
    let life = new.expires_in_seconds;
    if !fits || life.is_some_and(|seconds| seconds == 0 || seconds > LIFE_MAX) {
        let message = format!(
            "name: must have 1 to {NAME_MAX} characters, for example 'ci'; expiresInSeconds: must be between 1 and {LIFE_MAX}"
        );
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message).into());
    }
    let life = life.map(Duration::from_secs);
    let (id, token) = app
        .accounts()
        .create_token(&user, name, new.read_only, life)
        .await
        .map_err(broken)?;
    Ok((
        StatusCode::CREATED,
        Json(CreatedToken {
            id,
            name: name.to_owned(),
            token,
        }),
    )
        .into_response())
}

/// Takes a token back; it is of no use from the next request on.
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> ProblemResult<StatusCode> {
    if caller.read_only {
        return Err(ApiError::forbidden("this token is for reading only").into());
    }
    let whose = (caller.role != Role::Admin).then_some(&*caller.user);
    if app.accounts().remove_token(whose, &id).await.map_err(broken)? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::new(StatusCode::NOT_FOUND, "NotFound", "there is no such token").into())
}

async fn allow(app: &App, caller: &Caller, user: &str) -> Result<(), ApiError> {
    match decide(caller, Act::Write, Subject::OfUser(user)) {
        Verdict::Allow if app.store().user(user).await?.is_some() => Ok(()),
        Verdict::Forbidden => Err(ApiError::forbidden("a token for reading only cannot make others")),
        _ => {
            let message = format!("there is no user '{}'", crate::wire::status::clip(user));
            Err(ApiError::new(StatusCode::NOT_FOUND, "NotFound", message))
        }
    }
}

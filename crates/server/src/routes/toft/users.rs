//! People.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use toft_model::name::{self, RESERVED_OWNERS};
use toft_store::people;

use super::login::login_links;
use crate::people::policy::{Act, Caller, Role, Subject, Verdict, decide};
use crate::state::App;
use crate::wire::problem::ProblemResult;
use crate::wire::sent::Sent;
use crate::wire::status::ApiError;

/// A person.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The name, which is the namespace too.
    name: String,
    /// `admin` or `member`.
    role: String,
    /// Since when.
    #[schemars(with = "String")]
    created_at: Timestamp,
}

/// A person to add.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// A DNS label of at most 19 characters.
    name: String,
    /// `member` where nothing is said.
    #[serde(default = "member")]
    role: Role,
}

/// A list of people.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Users {
    /// By name.
    items: Vec<User>,
}

const fn member() -> Role {
    Role::Member
}

/// Lists the people that the caller may see.
pub async fn list(State(app): State<App>, caller: Caller) -> ProblemResult<Json<Users>> {
    let mut users = app.store().users().await.map_err(ApiError::from)?;
    if decide(&caller, Act::Read, Subject::People) != Verdict::Allow {
        users.retain(|user| *user.name == *caller.user);
    }
    Ok(Json(Users {
        items: users.into_iter().map(describe).collect(),
    }))
}

/// Adds a person, with a namespace of the same name, and makes their first login link.
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Sent(new): Sent<NewUser>,
) -> ProblemResult<Response> {
    if decide(&caller, Act::Write, Subject::People) != Verdict::Allow {
        return Err(ApiError::forbidden("only an admin may add people").into());
    }
    check_name(&new.name)?;
    let role = if new.role == Role::Admin {
        "admin"
    } else {
        "member"
    };
    if !app
        .store()
        .add_user(&new.name, role)
        .await
        .map_err(ApiError::from)?
    {
        let message = format!("there is a user '{}' already; choose another name", new.name);
        return Err(ApiError::new(StatusCode::CONFLICT, "AlreadyExists", message).into());
    }
    let links = login_links(&app, &new.name).await?;
    let body = json!({ "name": new.name, "role": role, "links": links.links, "expiresAt": links.expires_at });
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

fn check_name(name: &str) -> Result<(), ApiError> {
    let invalid = |why: String| {
        let message = format!("name: '{}' {why}", crate::wire::status::clip(name));
        ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message)
    };
    name::check(name, name::OWNER_MAX).map_err(|error| invalid(error.to_string()))?;
    if RESERVED_OWNERS.contains(&name) {
        return Err(invalid(
            "is reserved; choose another name, for example 'ada'".to_owned(),
        ));
    }
    Ok(())
}

fn describe(user: people::User) -> User {
    let created_at = Timestamp::from_millisecond(user.created_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    User {
        name: user.name,
        role: user.role,
        created_at,
    }
}

//! What terminals and commands have in common: how a broken way to the agent is told.

use axum::http::StatusCode;
use serde::Serialize;
use toft_agent::Error;
use toft_agent::wire::Code;

use crate::wire::socket::{Close, Gone, Outlet};
use crate::wire::status::ApiError;

/// A sentence for the person at the other end.
#[derive(Debug, Serialize)]
pub struct Notice {
    #[serde(rename = "type")]
    kind: &'static str,
    message: String,
    /// Why the agent refused, in a word for programs: `not_found` is a command that is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code>,
}

// === impl Notice ===

impl Notice {
    /// Says what went wrong on the way.
    pub fn of(error: &Error) -> Self {
        Self {
            kind: "notice",
            message: error.to_string(),
            code: None,
        }
    }

    /// Says why there is nothing to be connected to.
    fn refusal(error: &Error) -> Self {
        Self {
            kind: "error",
            message: error.to_string(),
            code: match error {
                Error::Refused(refusal) => Some(refusal.code),
                _ => None,
            },
        }
    }
}

/// Says why there is no session, and closes.
pub async fn refuse(mut outlet: Outlet, error: &Error) {
    let close = match error {
        Error::Refused(refusal) if refusal.code == Code::NotFound => Close::UnknownSession,
        Error::Refused(_) | Error::TooLarge { .. } => Close::Nonsense,
        Error::Dial(_) => Close::NotRunning,
        _ => Close::Reconnect,
    };
    if outlet.json(&Notice::refusal(error)).await.is_ok() {
        outlet.close(close, "").await;
    }
}

/// How a connection to the agent that broke in the middle ends the client's.
pub fn broken(error: &Error) -> Close {
    match error {
        Error::Refused(_) | Error::Protocol { .. } | Error::TooLarge { .. } => Close::Nonsense,
        // The daemon's way to the agent is gone; whether the workspace is, too, the next try tells.
        _ => Close::Reconnect,
    }
}

/// Closes as it has ended.
pub async fn finish(outlet: Outlet, ended: Result<Close, Gone>) {
    match ended {
        Ok(close) => outlet.close(close, "").await,
        Err(Gone::TooSlow) => outlet.close(Close::TooSlow, "").await,
        Err(Gone::Closed) => {}
    }
}

/// An agent's refusal as one of the API's.
pub fn refusal(error: &Error) -> ApiError {
    let message = error.to_string();
    match error {
        Error::Dial(_) => ApiError::new(
            StatusCode::CONFLICT,
            "Conflict",
            format!("the workspace does not answer: {message}"),
        )
        .hint("is it running? start it, or wait until it is ready"),
        Error::TimedOut { .. } => ApiError::new(StatusCode::GATEWAY_TIMEOUT, "Timeout", message),
        Error::TooLarge { .. } => ApiError::bad_request(message),
        Error::Refused(refusal) => match refusal.code {
            Code::NotFound => ApiError::new(StatusCode::NOT_FOUND, "NotFound", message),
            Code::Invalid | Code::Unsupported => ApiError::bad_request(message),
            Code::Denied => ApiError::forbidden(message),
            Code::Exists => ApiError::new(StatusCode::CONFLICT, "AlreadyExists", message),
            Code::Exhausted => ApiError::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message),
            Code::Refused | Code::Failed => ApiError::new(StatusCode::BAD_GATEWAY, "BadGateway", message),
        },
        Error::Stream { .. } | Error::Ended { .. } | Error::Protocol { .. } => {
            ApiError::new(StatusCode::BAD_GATEWAY, "BadGateway", message)
        }
    }
}

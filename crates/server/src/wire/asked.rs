//! What an address, or the head of a request, says: read as axum reads it, refused as Toft refuses.

use std::convert::Infallible;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Path as AxumPath, Query as AxumQuery};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use super::socket::MESSAGE_MAX;
use super::status::ApiError;
use crate::people::identify::RefusedAs;

/// The names in a path.
#[derive(Clone, Debug)]
pub struct Path<T>(pub T);

/// What stands behind the question mark.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

/// A request to speak WebSocket from now on, or why it is none. Taken after the caller is known
/// and let in, so that who may not enter learns nothing else.
#[derive(Debug)]
pub struct Upgrade(Result<WebSocketUpgrade, String>);

/// A refusal in the form that belongs to its address.
#[derive(Debug)]
pub struct Refusal {
    error: ApiError,
    form: RefusedAs,
}

// === impl Upgrade ===

impl Upgrade {
    /// The upgrade, with Toft's bounds.
    ///
    /// # Errors
    /// It is an ordinary request.
    pub fn accept(self) -> Result<WebSocketUpgrade, ApiError> {
        let upgrade = self.0.map_err(|why| {
            ApiError::new(
                StatusCode::UPGRADE_REQUIRED,
                "UpgradeRequired",
                format!("this is a WebSocket: {why}"),
            )
        })?;
        Ok(upgrade.max_message_size(MESSAGE_MAX).max_frame_size(MESSAGE_MAX))
    }
}

// === impl Refusal ===

impl Refusal {
    fn new(parts: &Parts, message: &str) -> Self {
        Self {
            error: ApiError::bad_request(format!("the address cannot be read: {message}")),
            form: RefusedAs::of(&parts.extensions),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.form.answer(self.error)
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        match AxumPath::from_request_parts(parts, state).await {
            Ok(AxumPath(value)) => Ok(Self(value)),
            Err(rejection) => Err(Refusal::new(parts, &rejection.body_text())),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        match AxumQuery::from_request_parts(parts, state).await {
            Ok(AxumQuery(value)) => Ok(Self(value)),
            Err(rejection) => Err(Refusal::new(parts, &rejection.body_text())),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let upgrade = WebSocketUpgrade::from_request_parts(parts, state).await;
        Ok(Self(upgrade.map_err(|rejection| rejection.body_text())))
    }
}

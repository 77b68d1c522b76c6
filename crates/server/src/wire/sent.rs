//! The body of a request to Toft's own API, read strictly.

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::decode::{self, SMALL_BODY_MAX};
use super::problem::Problem;
use super::status::ApiError;

/// A body of JSON or YAML; an empty one is `{}`.
#[derive(Debug)]
pub struct Sent<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let body = decode::read(body, SMALL_BODY_MAX).await?;
        let value: Value = if body.is_empty() {
            json!({})
        } else {
            decode::parse(&parts.headers, &body)?
        };
        decode::from_value(value).map(Self).map_err(|invalid| {
            Problem(ApiError::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "Invalid",
                invalid.to_string(),
            ))
        })
    }
}

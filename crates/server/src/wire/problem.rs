//! Errors as `application/problem+json` (RFC 9457), for what is no resource.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::status::{ApiError, add_headers};

/// A refusal of `/api/toft/v1`.
#[derive(Debug)]
pub struct Problem(pub ApiError);

/// The result of a handler of `/api/toft/v1`.
pub type ProblemResult<T> = Result<T, Problem>;

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let code = self.0.code();
        let mut body = json!({
            "type": format!("urn:toft:problem:{}", self.0.reason()),
            "title": code.canonical_reason().unwrap_or("Error"),
            "status": code.as_u16(),
            "detail": self.0.message(),
        });
        if let Some(hint) = self.0.hint_text() {
            body["hint"] = hint.into();
        }
        let mut response = (code, body.to_string()).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        add_headers(&self.0, &mut response);
        response
    }
}

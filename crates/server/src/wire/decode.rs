//! Bodies: JSON or YAML in, typed objects out, with the path of whatever does not fit.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;
use toft_model::{Invalid, Kind};

use super::status::{ApiError, ApiResult};

/// Most bytes of a resource, as in Kubernetes.
pub const BODY_MAX: usize = 3 << 20;
/// Most bytes of any other request.
pub const SMALL_BODY_MAX: usize = 64 << 10;

/// Reads a whole body of at most `limit` bytes.
///
/// # Errors
/// It is longer, or ends early.
pub async fn read(body: Body, limit: usize) -> ApiResult<Bytes> {
    to_bytes(body, limit).await.map_err(|error| {
        let too_large =
            std::error::Error::source(&error).is_some_and(|cause| cause.to_string().contains("limit"));
        if too_large {
            let message = format!("the request is larger than the {limit} bytes that are allowed");
            ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", message)
        } else {
            ApiError::bad_request("the request ended before its body was complete")
        }
    })
}

/// The media type of a body, without parameters and in lower case.
pub fn media_type(headers: &HeaderMap) -> String {
    let text = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    text.split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

/// Parses a body as JSON or YAML, by its media type; without one, YAML, which JSON is part of.
///
/// # Errors
/// Another media type, or text that does not parse.
pub fn parse(headers: &HeaderMap, body: &[u8]) -> ApiResult<Value> {
    match media_type(headers).as_str() {
        "application/json" | "text/json" => serde_json::from_slice(body)
            .map_err(|error| ApiError::bad_request(format!("the body is not valid JSON: {error}"))),
        "" | "application/yaml" | "application/x-yaml" | "text/yaml" => yaml(body),
        other => Err(ApiError::unsupported_media_type(format!(
            "the body of the request is of type '{}'; send application/json or application/yaml",
            super::status::clip(other)
        ))),
    }
}

/// Parses YAML, bounded against aliases that unfold without end by the parser's own budget.
///
/// # Errors
/// Text that does not parse.
pub fn yaml(body: &[u8]) -> ApiResult<Value> {
    let text = std::str::from_utf8(body).map_err(|_| ApiError::bad_request("the body is not UTF-8"))?;
    serde_saphyr::from_str(text)
        .map_err(|error| ApiError::bad_request(format!("the body is not valid YAML: {error}")))
}

/// Reads `value` as an object of this kind; an unknown or ill-typed field is refused with its path.
///
/// # Errors
/// `Invalid`, with the field.
pub fn typed<T: DeserializeOwned>(kind: Kind, value: Value) -> ApiResult<T> {
    let name = value
        .pointer("/metadata/name")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    from_value(value).map_err(|invalid| ApiError::invalid(kind, &name, &invalid))
}

/// Reads `value` as any type.
///
/// # Errors
/// The first field that does not fit.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Invalid> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let message = error.inner().to_string();
        let field = match quoted(&message) {
            // The path ends at the object that has the stranger in it.
            Some(name) if message.starts_with("unknown field") || message.starts_with("missing field") => {
                join(&path, name)
            }
            _ => path,
        };
        let mut invalid = Invalid::field(field, explain(&message));
        if message.starts_with("missing field") {
            invalid.causes[0].reason = "FieldValueRequired";
        }
        invalid
    })
}

fn join(path: &str, name: &str) -> String {
    match path {
        "." | "" => name.to_owned(),
        path if path.ends_with(&format!(".{name}")) || path == name => path.to_owned(),
        path => format!("{}.{name}", path.trim_end_matches(".?")),
    }
}

/// The word between the first backquotes.
fn quoted(message: &str) -> Option<&str> {
    message.split('`').nth(1)
}

/// serde's messages, in the words of this API.
fn explain(message: &str) -> String {
    if message.starts_with("unknown field") {
        let known: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
        return if known.is_empty() {
            "unknown field: there are no fields here".to_owned()
        } else {
            format!("unknown field; known here are {}", known.join(", "))
        };
    }
    if message.starts_with("missing field") {
        return "is required".to_owned();
    }
    message.replace('`', "'")
}

#[cfg(test)]
mod tests;

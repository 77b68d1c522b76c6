//! Versions of files (RFC 9110, entity tags and `If-Match`): whoever saves what they have read does
//! not overwrite what came in between.
//!
//! A tag is the time of the last change, in milliseconds, and the size: two changes within one
//! millisecond that leave the size alone are not told apart.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use toft_agent::wire::{Code, FileEntry};
use toft_agent::{Client, Error};

use super::super::bridge::refusal;
use crate::wire::status::{ApiError, ApiResult};

/// The version that a write replaces, if the client demands one.
pub struct Demanded(Option<String>);

/// The tag of a file as it is.
pub fn tag(entry: &FileEntry) -> String {
    format!("\"{:x}-{:x}\"", entry.modified_ms, entry.size)
}

/// Adds the tag to an answer.
pub fn mark(headers: &mut HeaderMap, entry: &FileEntry) {
    if let Ok(value) = HeaderValue::from_str(&tag(entry)) {
        headers.insert(header::ETAG, value);
    }
}

// === impl Demanded ===

impl Demanded {
    /// What the request says.
    pub fn of(headers: &HeaderMap) -> ApiResult<Self> {
        let Some(value) = headers.get(header::IF_MATCH) else {
            return Ok(Self(None));
        };
        match value.to_str() {
            Ok(tag) if tag.starts_with('"') && !tag.contains(',') => Ok(Self(Some(tag.to_owned()))),
            _ => Err(ApiError::bad_request(
                "'If-Match' must be one ETag that a read answered, with its quotation marks",
            )),
        }
    }

    /// Refuses when the file is another version, or gone.
    pub async fn check(&self, client: &Client, path: &str, user: Option<&str>) -> ApiResult<()> {
        let Some(wanted) = &self.0 else {
            return Ok(());
        };
        let why = match client.stat(path, user).await {
            Ok(entry) if tag(&entry) == *wanted => return Ok(()),
            Ok(_) => "was changed since it was read",
            Err(Error::Refused(refusal)) if refusal.code == Code::NotFound => "is not there any more",
            Err(error) => return Err(refusal(&error)),
        };
        let message = format!("'{path}' {why}; nothing was written");
        Err(
            ApiError::new(StatusCode::PRECONDITION_FAILED, "Conflict", message)
                .hint("read it again, or write without 'If-Match' to replace it"),
        )
    }
}

//! Patches: merge patch (RFC 7386) and JSON patch (RFC 6902).

use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::decode::media_type;
use super::status::{ApiError, ApiResult, clip};

/// Most operations of one JSON patch.
const OPERATIONS_MAX: usize = 1_000;

/// A patch that has been read and not yet applied.
#[derive(Clone, Debug)]
pub enum Patch {
    /// What it names is set, what it sets to null is removed.
    Merge(Value),
    /// Operations, in order, all or none.
    Json(json_patch::Patch),
}

// === impl Patch ===

impl Patch {
    /// Reads a patch by its media type.
    ///
    /// # Errors
    /// Another media type, or a body that is no such patch.
    pub fn read(headers: &HeaderMap, body: &[u8]) -> ApiResult<Self> {
        let not_json =
            |error: serde_json::Error| ApiError::bad_request(format!("the patch cannot be read: {error}"));
        match media_type(headers).as_str() {
            "application/merge-patch+json" | "application/json" => {
                let patch: Value = serde_json::from_slice(body).map_err(not_json)?;
                if patch.is_object() {
                    Ok(Self::Merge(patch))
                } else {
                    Err(ApiError::bad_request("a merge patch is an object"))
                }
            }
            "application/json-patch+json" => {
                let patch: json_patch::Patch = serde_json::from_slice(body).map_err(not_json)?;
                if patch.0.len() > OPERATIONS_MAX {
                    let message = format!("a JSON patch has at most {OPERATIONS_MAX} operations");
                    return Err(ApiError::new(
                        StatusCode::PAYLOAD_TOO_LARGE,
                        "RequestEntityTooLarge",
                        message,
                    ));
                }
                Ok(Self::Json(patch))
            }
            "application/apply-patch+yaml" | "application/apply-patch+cbor" => {
                Err(ApiError::unsupported_media_type(
                    "server-side apply is not supported by this server; use client-side apply ('kubectl apply' without --server-side) or 'toft apply'",
                ))
            }
            "application/strategic-merge-patch+json" => Err(ApiError::unsupported_media_type(
                "strategic merge patches are not supported for these kinds; use --type=merge or --type=json",
            )),
            other => Err(ApiError::unsupported_media_type(format!(
                "a patch of type '{}' is not supported; send application/merge-patch+json or application/json-patch+json",
                clip(other)
            ))),
        }
    }

    /// Applies it to a copy of `object`.
    ///
    /// # Errors
    /// An operation or test of a JSON patch that fails.
    pub fn apply(&self, object: &Value) -> ApiResult<Value> {
        let mut patched = object.clone();
        match self {
            Self::Merge(patch) => json_patch::merge(&mut patched, patch),
            Self::Json(patch) => json_patch::patch(&mut patched, patch).map_err(|error| {
                let message = format!("the patch does not apply to the object as it is: {error}");
                ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message)
            })?,
        }
        Ok(patched)
    }
}

#[cfg(test)]
mod tests;

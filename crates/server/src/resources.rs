//! What happens to an object between the wire and the store: server-kept fields, validation,
//! immutability. Everything here but the store's errors is pure.

pub mod metadata;
pub mod params;
pub mod place;

use serde_json::Value;
use toft_model::{Image, Kind, Resource, Snapshot, Template, Workspace};
use toft_store::StoreError;

use crate::wire::decode;
use crate::wire::status::{ApiError, ApiResult};

/// The label that marks what came with Toft and follows its version.
pub const BUILT_IN: &str = "toft.dev/built-in";

/// Reads an object of this kind, checks all that can be told from it alone, and writes it anew:
/// with defaults filled in and without what is not kept.
///
/// # Errors
/// `Invalid`, with every field that is wrong.
pub fn normalize(kind: Kind, object: Value) -> ApiResult<Value> {
    match kind {
        Kind::Workspace => checked::<Workspace>(object),
        Kind::Template => checked::<Template>(object),
        Kind::Image => checked::<Image>(object),
        Kind::Snapshot => checked::<Snapshot>(object),
        Kind::Event => Err(ApiError::bad_request("events are written by the server only")),
    }
}

fn checked<T: Resource>(object: Value) -> ApiResult<Value> {
    let object: T = decode::typed(T::KIND, object)?;
    object
        .validate()
        .map_err(|invalid| ApiError::invalid(T::KIND, &object.meta().name, &invalid))?;
    serde_json::to_value(&object).map_err(|error| ApiError::internal("write an object", &error))
}

/// A failure of the store as a refusal.
pub fn refused(error: StoreError) -> ApiError {
    match error {
        StoreError::AlreadyExists(key) => ApiError::already_exists(key.kind, &key.name),
        StoreError::NotFound(key) => ApiError::not_found(key.kind, &key.name),
        StoreError::Conflict { key, .. } => ApiError::conflict(
            key.kind,
            &key.name,
            "the object has been modified; please apply your changes to the latest version and try again",
        ),
        error @ StoreError::Expired { .. } => ApiError::expired(error.to_string()),
        error @ StoreError::DiskFull { .. } => ApiError::new(
            axum::http::StatusCode::INSUFFICIENT_STORAGE,
            "InsufficientStorage",
            error.to_string(),
        ),
        StoreError::Malformed(message) => ApiError::bad_request(message),
        error => ApiError::internal("use the store", &error),
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        refused(error)
    }
}

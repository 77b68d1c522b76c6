//! Who one is.

use axum::Json;
use schemars::JsonSchema;
use serde::Serialize;

use crate::people::policy::{Caller, Role, Via};

/// Somebody who is signed in.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// The name.
    user: String,
    /// `admin` or `member`.
    role: Role,
    /// The namespace of one's own.
    namespace: String,
    /// How that is known: `socket`, `session` or `token`.
    via: Via,
    /// Whether the credential is for reading only.
    read_only: bool,
}

// === impl Me ===

impl From<&Caller> for Me {
    fn from(caller: &Caller) -> Self {
        Self {
            user: caller.user.to_string(),
            role: caller.role,
            namespace: caller.user.to_string(),
            via: caller.via,
            read_only: caller.read_only,
        }
    }
}

/// Says who is signed in, and how.
pub async fn me(caller: Caller) -> Json<Me> {
    Json(Me::from(&caller))
}

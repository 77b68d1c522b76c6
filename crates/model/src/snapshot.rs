//! `Snapshot`: what a workspace's disk held at one instant.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::meta::resource;
use crate::name;
use crate::validate::Checks;
use crate::workspace::Resources;

/// Keeps a snapshot until what it holds is removed.
pub const FINALIZER: &str = "toft.dev/snapshot";

resource!(
    /// What a workspace's disk (home, machine and logs) held at one instant, kept beside it. It
    /// outlives the workspace, and is in the same namespace.
    Snapshot,
    SnapshotSpec,
    SnapshotStatus
);

/// What a snapshot is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SnapshotSpec {
    /// Name of the workspace. Cannot be changed.
    pub workspace: String,
    /// When it removes itself; never without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub expires_at: Option<Timestamp>,
}

/// Where a snapshot stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum SnapshotPhase {
    /// Not taken yet.
    #[default]
    Pending,
    /// It can be restored.
    Ready,
    /// It could not be taken, and is not tried again.
    Failed,
}

/// What a snapshot is, as Toft saw it last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SnapshotStatus {
    /// Where it stands.
    #[serde(default)]
    pub phase: SnapshotPhase,
    /// Why it could not be taken.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// When it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub taken_at: Option<Timestamp>,
    /// Bytes that it held then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// Digest of the image that its machine lies over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_digest: Option<String>,
    /// What the workspace was then, so that another one can be made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SnapshotSource>,
}

/// A workspace as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SnapshotSource {
    /// Its template.
    pub template: String,
    /// Its parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Its image, where it was not the template's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// What its own specification said of resources.
    #[serde(default, skip_serializing_if = "Resources::is_empty")]
    pub resources: Resources,
}

// === impl SnapshotSpec ===

impl SnapshotSpec {
    pub(crate) fn check(&self, checks: &mut Checks) {
        checks.name("spec.workspace", &self.workspace, name::WORKSPACE_MAX);
    }
}

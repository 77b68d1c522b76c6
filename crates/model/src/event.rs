//! `Event`: what happened to an object, as Kubernetes' core group has it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::meta::{Kind, ObjectMeta};

/// What happened to an object, told once and counted when it happens again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Event {
    /// Always `v1`.
    pub api_version: String,
    /// Always `Event`.
    pub kind: String,
    /// Its own name; the namespace is that of the object.
    pub metadata: ObjectMeta,
    /// The object that it happened to.
    pub involved_object: ObjectReference,
    /// One word in CamelCase for programs: `Started`.
    pub reason: String,
    /// A sentence for people.
    pub message: String,
    /// `Normal` or `Warning`.
    #[serde(rename = "type")]
    pub severity: Severity,
    /// When it happened first.
    #[schemars(with = "String")]
    pub first_timestamp: Timestamp,
    /// When it happened last.
    #[schemars(with = "String")]
    pub last_timestamp: Timestamp,
    /// How often.
    pub count: u32,
    /// Who tells.
    #[serde(default)]
    pub source: EventSource,
}

/// Whether people should look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Severity {
    /// As it should be.
    Normal,
    /// Not as it should be.
    Warning,
}

/// Which object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObjectReference {
    /// Its `apiVersion`.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// Its uid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<Uuid>,
}

/// Who tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventSource {
    /// The part of Toft.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub component: String,
}

// === impl ObjectReference ===

impl ObjectReference {
    /// A reference to an object of this kind.
    pub fn to(kind: Kind, meta: &ObjectMeta) -> Self {
        Self {
            api_version: kind.api_version().to_owned(),
            kind: kind.as_str().to_owned(),
            namespace: meta.namespace.clone(),
            name: meta.name.clone(),
            uid: meta.uid,
        }
    }
}

// === impl Event ===

impl Event {
    /// A first event about `about`, told at `now`. Its name is the object's with `suffix`,
    /// which the caller makes unique.
    pub fn new(
        about: ObjectReference,
        severity: Severity,
        reason: &str,
        message: &str,
        now: Timestamp,
        suffix: &str,
    ) -> Self {
        let metadata = ObjectMeta {
            name: format!("{}.{suffix}", about.name),
            // Kubernetes keeps events of site-wide objects in this namespace.
            namespace: Some(about.namespace.clone().unwrap_or_else(|| "default".to_owned())),
            ..ObjectMeta::default()
        };
        Self {
            api_version: Kind::Event.api_version().to_owned(),
            kind: Kind::Event.as_str().to_owned(),
            metadata,
            involved_object: about,
            reason: reason.to_owned(),
            message: message.to_owned(),
            severity,
            first_timestamp: now,
            last_timestamp: now,
            count: 1,
            source: EventSource {
                component: "toft".to_owned(),
            },
        }
    }
}

#[cfg(test)]
mod tests;

//! What every object has: its kind, its metadata, and the trait that the kinds share.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::validate::Invalid;

/// The kinds that the API serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// One person's machine; its namespace is its owner.
    Workspace,
    /// What a workspace is made of.
    Template,
    /// A root file system.
    Image,
    /// What a workspace's disk held at one instant.
    Snapshot,
    /// What happened to an object (core group).
    Event,
}

/// Metadata of an object, named and meant as in Kubernetes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObjectMeta {
    /// The object's name: a DNS label, unique among its kind in its namespace.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// A prefix from which the server makes a name when `name` is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generate_name: Option<String>,
    /// The owner. Empty for kinds that belong to the whole site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Set by the server: a `UUIDv7` that never changes and is never used again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<Uuid>,
    /// Set by the server: names this state of the object; send it back to refuse a stale write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_version: Option<String>,
    /// Set by the server: counts the changes of the spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<i64>,
    /// Set by the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub creation_timestamp: Option<Timestamp>,
    /// Set by the server when deletion was asked for; the object goes when its finalizers are gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub deletion_timestamp: Option<Timestamp>,
    /// Set by the server: seconds that a running workspace gets to end by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_grace_period_seconds: Option<i64>,
    /// Who must still clean up before the object goes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub finalizers: Vec<String>,
    /// Words to select objects by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Notes of people and programs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// Accepted from Kubernetes' tools and kept as it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owner_references: Vec<serde_json::Value>,
    /// Accepted from Kubernetes' tools and not kept: this server tracks no field managers.
    #[serde(default, skip_serializing)]
    pub managed_fields: Vec<serde_json::Value>,
    /// Accepted from old tools and not kept.
    #[serde(default, skip_serializing)]
    pub self_link: Option<String>,
}

/// What the kinds of Toft's own group have in common.
pub trait Resource: Serialize + DeserializeOwned + JsonSchema + Clone + Send + Sync + 'static {
    /// The kind.
    const KIND: Kind;

    /// The metadata.
    fn meta(&self) -> &ObjectMeta;
    /// The metadata, to change.
    fn meta_mut(&mut self) -> &mut ObjectMeta;
    /// Checks everything that can be told from the object alone.
    ///
    /// # Errors
    /// Every field that is wrong, each with its path and what it should be.
    fn validate(&self) -> Result<(), Invalid>;
}

// === impl Kind ===

impl Kind {
    /// All kinds that are served.
    pub const ALL: [Self; 5] = [
        Self::Workspace,
        Self::Template,
        Self::Image,
        Self::Snapshot,
        Self::Event,
    ];

    /// As written in `kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Workspace => "Workspace",
            Self::Template => "Template",
            Self::Image => "Image",
            Self::Snapshot => "Snapshot",
            Self::Event => "Event",
        }
    }

    /// As written in a URL.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Workspace => "workspaces",
            Self::Template => "templates",
            Self::Image => "images",
            Self::Snapshot => "snapshots",
            Self::Event => "events",
        }
    }

    /// As written for one object on a command line.
    pub const fn singular(self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::Template => "template",
            Self::Image => "image",
            Self::Snapshot => "snapshot",
            Self::Event => "event",
        }
    }

    /// Short forms that command lines accept.
    pub const fn short_names(self) -> &'static [&'static str] {
        match self {
            Self::Workspace => &["ws"],
            Self::Template => &["tpl"],
            Self::Image => &["img"],
            Self::Snapshot => &["snap"],
            Self::Event => &["ev"],
        }
    }

    /// Whether objects of this kind belong to an owner.
    pub const fn namespaced(self) -> bool {
        matches!(self, Self::Workspace | Self::Snapshot | Self::Event)
    }

    /// The `apiVersion` of objects of this kind.
    pub const fn api_version(self) -> &'static str {
        match self {
            Self::Event => "v1",
            _ => crate::API_VERSION,
        }
    }

    /// Finds a kind by any of its names, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        Self::ALL.into_iter().find(|kind| {
            kind.plural() == word || kind.singular() == word || kind.short_names().contains(&word.as_str())
        })
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Declares a kind's object: `apiVersion`, `kind`, `metadata`, `spec` and `status`, with
/// unknown fields refused and the first two checked on reading.
macro_rules! resource {
    ($(#[$doc:meta])* $name:ident, $spec:ty, $status:ty) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $name {
            /// Always `toft.dev/v1alpha1`.
            pub api_version: String,
            /// The kind's name.
            pub kind: String,
            /// Name, owner, labels and what the server keeps about the object.
            pub metadata: $crate::meta::ObjectMeta,
            /// What is wanted.
            pub spec: $spec,
            /// What is, as the server saw it last. What a client sends here is ignored.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub status: Option<$status>,
        }

        impl $name {
            /// A new object of this kind.
            pub fn new(metadata: $crate::meta::ObjectMeta, spec: $spec) -> Self {
                Self {
                    api_version: $crate::API_VERSION.to_owned(),
                    kind: $crate::meta::Kind::$name.as_str().to_owned(),
                    metadata,
                    spec,
                    status: None,
                }
            }
        }

        impl $crate::meta::Resource for $name {
            const KIND: $crate::meta::Kind = $crate::meta::Kind::$name;

            fn meta(&self) -> &$crate::meta::ObjectMeta {
                &self.metadata
            }

            fn meta_mut(&mut self) -> &mut $crate::meta::ObjectMeta {
                &mut self.metadata
            }

            fn validate(&self) -> Result<(), $crate::validate::Invalid> {
                let mut checks = $crate::validate::Checks::default();
                checks.identity(&self.api_version, &self.kind, Self::KIND);
                checks.metadata(&self.metadata, Self::KIND);
                self.spec.check(&mut checks);
                checks.finish()
            }
        }
    };
}
pub(crate) use resource;

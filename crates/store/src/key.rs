//! How an object is named, and what the store hands out for one.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;
use toft_model::Kind;
use uuid::Uuid;

use crate::error::StoreError;

/// What names one object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Its kind.
    pub kind: Kind,
    /// Its owner; none for kinds that belong to the whole site.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

/// An object as it was at one revision.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Its name.
    pub key: Key,
    /// The revision of this state; `metadata.resourceVersion` holds it as text.
    pub revision: i64,
    /// The whole object.
    pub body: Value,
}

// === impl Key ===

impl Key {
    /// The key of an object that belongs to an owner.
    pub fn namespaced(kind: Kind, namespace: &str, name: &str) -> Self {
        Self::new(kind, Some(namespace), name)
    }

    /// The key of an object that belongs to the whole site.
    pub fn site(kind: Kind, name: &str) -> Self {
        Self::new(kind, None, name)
    }

    /// A key.
    pub fn new(kind: Kind, namespace: Option<&str>, name: &str) -> Self {
        Self {
            kind,
            namespace: namespace.filter(|namespace| !namespace.is_empty()).map(str::to_owned),
            name: name.to_owned(),
        }
    }

    /// The key that an object's own metadata give.
    pub fn of(kind: Kind, body: &Value) -> Self {
        let text = |field: &str| body["metadata"][field].as_str();
        Self::new(kind, text("namespace"), text("name").unwrap_or_default())
    }

    /// The namespace as it stands in the database, where there is no NULL.
    pub(crate) fn space(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.singular();
        match &self.namespace {
            Some(namespace) => write!(f, "{kind} {namespace}/{}", self.name),
            None => write!(f, "{kind} {}", self.name),
        }
    }
}

// === impl Object ===

impl Object {
    /// The object as the type of its kind.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        T::deserialize(&self.body).map_err(|source| StoreError::Malformed {
            what: self.key.to_string(),
            source,
        })
    }

    /// Its uid.
    pub fn uid(&self) -> Option<Uuid> {
        self.body["metadata"]["uid"].as_str()?.parse().ok()
    }

    /// Whether its deletion was asked for.
    pub fn is_deleting(&self) -> bool {
        self.body["metadata"]["deletionTimestamp"].is_string()
    }

    pub(crate) fn from_row(kind: Kind, row: Row) -> Result<Self, StoreError> {
        let key = Key::new(kind, Some(&row.0), &row.1);
        let body = parse(&key, &row.3)?;
        Ok(Self { key, revision: row.2, body })
    }
}

/// Namespace, name, revision, body.
pub(crate) type Row = (String, String, i64, String);

/// Reads a body as it lies in the database.
pub(crate) fn parse(key: &Key, body: &str) -> Result<Value, StoreError> {
    serde_json::from_str(body).map_err(|source| StoreError::Malformed {
        what: key.to_string(),
        source,
    })
}

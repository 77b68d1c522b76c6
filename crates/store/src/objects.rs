//! Objects by kind, namespace and name, and the changes of each.

use std::fmt;

use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnection;
use toft_model::Kind;
use uuid::Uuid;

use crate::error::{Doing, Result, StoreError};
use crate::tx::now_ms;
use crate::{Store, Tx};

/// Names one object. The namespace is empty for kinds that have none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The kind.
    pub kind: Kind,
    /// The owner, or empty.
    pub namespace: String,
    /// The name.
    pub name: String,
}

/// Which objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Of this kind.
    pub kind: Kind,
    /// Of this namespace, or of all.
    pub namespace: Option<String>,
}

/// A part of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Most objects; all where 0.
    pub limit: usize,
    /// [`List::next`] of the part before.
    pub after: Option<String>,
}

/// Objects as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// The objects by namespace and name.
    pub items: Vec<Value>,
    /// A watch from here continues the list. Later parts repeat the first one's: what changed
    /// between the parts comes again with the watch.
    pub version: i64,
    /// Names the next part, if there is one.
    pub next: Option<String>,
    /// How many objects the next parts hold.
    pub remaining: Option<usize>,
}

// === impl Key ===

impl Key {
    /// Names an object; `namespace` is ignored for kinds that have none.
    pub fn new(kind: Kind, namespace: &str, name: &str) -> Self {
        let namespace = if kind.namespaced() {
            namespace.to_owned()
        } else {
            String::new()
        };
        Self {
            kind,
            namespace,
            name: name.to_owned(),
        }
    }

    /// The key of a workspace.
    pub fn workspace(owner: &str, name: &str) -> Self {
        Self::new(Kind::Workspace, owner, name)
    }

    /// The key of an object.
    ///
    /// # Errors
    /// It has no known kind or no name.
    pub fn of(object: &Value) -> Result<Self> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let kind = text(&object["kind"]);
        let kind = Kind::parse(&kind).ok_or_else(|| StoreError::Malformed(format!("'{kind}' is no kind")))?;
        let name = text(&object["metadata"]["name"]);
        if name.is_empty() {
            return Err(StoreError::Malformed(format!(
                "a {} has no name",
                kind.singular()
            )));
        }
        Ok(Self::new(kind, &text(&object["metadata"]["namespace"]), &name))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} \"{}\"", self.kind.singular(), self.name)
    }
}

// === impl Selection ===

impl Selection {
    /// All objects of a kind.
    pub fn all(kind: Kind) -> Self {
        Self {
            kind,
            namespace: None,
        }
    }

    /// Those of one namespace.
    pub fn of(kind: Kind, namespace: &str) -> Self {
        Self {
            kind,
            namespace: Some(namespace.to_owned()),
        }
    }
}

// === impl Store ===

impl Store {
    /// The object, if it exists.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn get(&self, key: &Key) -> Result<Option<Value>> {
        let mut connection = self.inner.readers.acquire().await.doing("read")?;
        read(&mut connection, key).await
    }

    /// A part of the objects that are selected.
    ///
    /// # Errors
    /// The database cannot be read, or the list was begun too long ago.
    pub async fn list(&self, selection: &Selection, page: &Page) -> Result<List> {
        let mut tx = self.inner.readers.begin().await.doing("read")?;
        list(&mut tx, selection, page).await
    }

    /// Creates an object, as [`Tx::create`].
    ///
    /// # Errors
    /// As [`Tx::create`].
    pub async fn create(&self, object: Value) -> Result<Value> {
        let mut tx = self.begin().await?;
        let created = tx.create(object).await?;
        tx.commit().await?;
        Ok(created)
    }

    /// Changes an object, as [`Tx::update`].
    ///
    /// # Errors
    /// As [`Tx::update`], and what `change` returns.
    pub async fn update<E: From<StoreError>>(
        &self,
        key: &Key,
        expected: Option<i64>,
        change: impl FnOnce(Value) -> std::result::Result<Value, E>,
    ) -> std::result::Result<Value, E> {
        let mut tx = self.begin().await?;
        let updated = tx.update(key, expected, change).await?;
        tx.commit().await?;
        Ok(updated)
    }

    /// Removes an object, as [`Tx::delete`].
    ///
    /// # Errors
    /// As [`Tx::delete`].
    pub async fn delete(&self, key: &Key, expected: Option<i64>) -> Result<Value> {
        let mut tx = self.begin_removal().await?;
        let deleted = tx.delete(key, expected).await?;
        tx.commit().await?;
        Ok(deleted)
    }
}

// === impl Tx ===

impl Tx {
    /// The object as this write sees it.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn get(&mut self, key: &Key) -> Result<Option<Value>> {
        read(self.connection(), key).await
    }

    /// All objects that are selected, as this write sees them.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn list(&mut self, selection: &Selection) -> Result<Vec<Value>> {
        list(self.connection(), selection, &Page::default())
            .await
            .map(|list| list.items)
    }

    /// Adds an object. Fills in its uid, creation time, generation and version; a uid and a
    /// creation time that are there already stay.
    ///
    /// # Errors
    /// One of its name exists, or it is no object.
    pub async fn create(&mut self, mut object: Value) -> Result<Value> {
        let key = Key::of(&object)?;
        if self.get(&key).await?.is_some() {
            return Err(StoreError::AlreadyExists(key));
        }
        let version = self.next_version().await?;
        let meta = &mut object["metadata"];
        if !meta["uid"].is_string() {
            meta["uid"] = json!(Uuid::now_v7());
        }
        if !meta["creationTimestamp"].is_string() {
            // Kubernetes' times have whole seconds.
            let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH);
            meta["creationTimestamp"] = json!(now);
        }
        meta["generation"] = json!(1);
        self.write(&key, version, "ADDED", object).await
    }

    /// Replaces an object by what `change` makes of it. Where its spec differs afterwards the
    /// generation is counted up. An object whose deletion was asked for and that has no
    /// finalizer left is removed. Where `change` changes nothing, nothing is written.
    ///
    /// # Errors
    /// It does not exist, was changed since `expected`, or what `change` returns.
    pub async fn update<E: From<StoreError>>(
        &mut self,
        key: &Key,
        expected: Option<i64>,
        change: impl FnOnce(Value) -> std::result::Result<Value, E>,
    ) -> std::result::Result<Value, E> {
        let before = self.current(key, expected).await?;
        let mut after = change(before.clone())?;
        for field in [
            "uid",
            "creationTimestamp",
            "resourceVersion",
            "generation",
            "name",
            "namespace",
        ] {
            keep(&mut after, &before, field);
        }
        if after == before {
            return Ok(before);
        }
        if after["spec"] != before["spec"] {
            after["metadata"]["generation"] =
                json!(before["metadata"]["generation"].as_i64().unwrap_or(0) + 1);
        }
        let gone = after["metadata"]["deletionTimestamp"].is_string()
            && after["metadata"]["finalizers"]
                .as_array()
                .is_none_or(Vec::is_empty);
        let version = self.next_version().await?;
        Ok(self
            .write(key, version, if gone { "DELETED" } else { "MODIFIED" }, after)
            .await?)
    }

    /// Removes an object whatever its finalizers say, and returns its last state.
    ///
    /// # Errors
    /// It does not exist, or was changed since `expected`.
    pub async fn delete(&mut self, key: &Key, expected: Option<i64>) -> Result<Value> {
        let object = self.current(key, expected).await?;
        let version = self.next_version().await?;
        self.write(key, version, "DELETED", object).await
    }

    async fn current(&mut self, key: &Key, expected: Option<i64>) -> Result<Value> {
        let object = self
            .get(key)
            .await?
            .ok_or_else(|| StoreError::NotFound(key.clone()))?;
        let found = version_of(&object);
        match expected {
            Some(expected) if expected != found => Err(StoreError::Conflict {
                key: key.clone(),
                expected,
                found,
            }),
            _ => Ok(object),
        }
    }

    /// Stores or removes the object and logs the change.
    async fn write(
        &mut self,
        key: &Key,
        version: i64,
        change: &'static str,
        mut object: Value,
    ) -> Result<Value> {
        object["metadata"]["resourceVersion"] = json!(version.to_string());
        let text = object.to_string();
        let (kind, namespace, name) = (key.kind.as_str(), key.namespace.as_str(), key.name.as_str());
        if change == "DELETED" {
            let delete = sqlx::query("DELETE FROM objects WHERE kind = $1 AND namespace = $2 AND name = $3");
            delete
                .bind(kind)
                .bind(namespace)
                .bind(name)
                .execute(self.connection())
                .await
                .doing("remove an object")?;
        } else {
            let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
            let put = sqlx::query(
                "INSERT INTO objects (kind, namespace, name, uid, rv, object) VALUES ($1, $2, $3, $4, $5, $6) \
                 ON CONFLICT (kind, namespace, name) DO UPDATE SET rv = excluded.rv, object = excluded.object",
            );
            let put = put
                .bind(kind)
                .bind(namespace)
                .bind(name)
                .bind(uid)
                .bind(version)
                .bind(&text);
            put.execute(self.connection()).await.doing("store an object")?;
        }
        let log = sqlx::query(
            "INSERT INTO changes (rv, kind, namespace, name, change, object, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        );
        let log = log
            .bind(version)
            .bind(kind)
            .bind(namespace)
            .bind(name)
            .bind(change)
            .bind(&text)
            .bind(now_ms());
        log.execute(self.connection()).await.doing("log a change")?;
        Ok(object)
    }
}

/// The resource version of an object.
pub fn version_of(object: &Value) -> i64 {
    object["metadata"]["resourceVersion"]
        .as_str()
        .and_then(|version| version.parse().ok())
        .unwrap_or(0)
}

/// What the server owns stays as it was, whatever a writer made of it.
fn keep(after: &mut Value, before: &Value, field: &str) {
    let Some(meta) = after["metadata"].as_object_mut() else {
        return;
    };
    match before["metadata"].get(field) {
        Some(value) => {
            meta.insert(field.to_owned(), value.clone());
        }
        None => {
            meta.shift_remove(field);
        }
    }
}

fn parse(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| StoreError::Malformed(error.to_string()))
}

async fn read(connection: &mut SqliteConnection, key: &Key) -> Result<Option<Value>> {
    let found = sqlx::query_scalar::<_, String>(
        "SELECT object FROM objects WHERE kind = $1 AND namespace = $2 AND name = $3",
    );
    let found = found
        .bind(key.kind.as_str())
        .bind(&key.namespace)
        .bind(&key.name)
        .fetch_optional(connection)
        .await;
    found.doing("read an object")?.as_deref().map(parse).transpose()
}

async fn list(connection: &mut SqliteConnection, selection: &Selection, page: &Page) -> Result<List> {
    let counter = |name: &'static str| {
        sqlx::query_scalar::<_, i64>("SELECT value FROM counters WHERE name = $1").bind(name)
    };
    let mut version = counter("rv")
        .fetch_one(&mut *connection)
        .await
        .doing("read the latest version")?;
    let mut after = (String::new(), String::new());
    if let Some(token) = &page.after {
        let (begun, namespace, name) = token_parts(token)?;
        let floor = counter("floor")
            .fetch_one(&mut *connection)
            .await
            .doing("read the oldest version")?;
        if begun < floor {
            return Err(StoreError::Expired { from: begun, floor });
        }
        version = begun;
        after = (namespace, name);
    }
    let query = sqlx::query_as::<_, (String, String, String)>(
        "SELECT namespace, name, object FROM objects WHERE kind = $1 AND ($2 = '' OR namespace = $2) \
         AND (namespace > $3 OR (namespace = $3 AND name > $4)) ORDER BY namespace, name",
    );
    let query = query
        .bind(selection.kind.as_str())
        .bind(selection.namespace.as_deref().unwrap_or(""));
    let mut rows = query
        .bind(after.0)
        .bind(after.1)
        .fetch_all(connection)
        .await
        .doing("list objects")?;
    let remaining = (page.limit > 0 && rows.len() > page.limit).then(|| rows.len() - page.limit);
    let mut next = None;
    if remaining.is_some() {
        rows.truncate(page.limit);
        next = rows
            .last()
            .map(|(namespace, name, _)| format!("{version}/{namespace}/{name}"));
    }
    let items = rows
        .iter()
        .map(|(_, _, text)| parse(text))
        .collect::<Result<_>>()?;
    Ok(List {
        items,
        version,
        next,
        remaining,
    })
}

fn token_parts(token: &str) -> Result<(i64, String, String)> {
    let mut parts = token.splitn(3, '/');
    let mut part = || {
        parts
            .next()
            .ok_or_else(|| StoreError::Malformed("the continue token is not one of this server's".to_owned()))
    };
    let version = part()?
        .parse()
        .map_err(|_| StoreError::Malformed("the continue token is not one of this server's".to_owned()))?;
    Ok((version, part()?.to_owned(), part()?.to_owned()))
}

#[cfg(test)]
mod tests;

//! Where apps are: kept in memory for the gateway, which asks with every request, and kept up to
//! date by the store's watch.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value;
use toft_model::{Kind, Phase, Workspace};
use toft_runtime::SandboxId;
use toft_store::{Change, Page, Selection, Store, StoreError};

/// A workspace as the gateway sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// Its sandbox.
    pub id: SandboxId,
    /// Its uid, as text.
    pub uid: Arc<str>,
    /// Whose it is.
    pub owner: Arc<str>,
    /// Changes with every start.
    pub generation: u64,
    /// The ports of its apps.
    pub apps: HashMap<String, u16>,
    /// Whether it runs or is about to.
    pub comes: bool,
}

// === impl Known ===

impl Known {
    /// A workspace as it was stored, with its name; nothing where it cannot be read.
    pub(super) fn read(object: Value) -> Option<(String, Self)> {
        let workspace = serde_json::from_value::<Workspace>(object).ok()?;
        let (uid, owner) = (workspace.metadata.uid?, workspace.metadata.namespace?);
        let status = workspace.status.unwrap_or_default();
        let started = status
            .started_at
            .map_or(0, |at| at.as_millisecond().unsigned_abs());
        let known = Self {
            id: uid.into(),
            uid: uid.to_string().into(),
            owner: owner.as_str().into(),
            generation: started,
            apps: status
                .apps
                .into_iter()
                .filter_map(|app| Some((app.name, app.port?)))
                .collect(),
            comes: workspace.spec.running && !matches!(status.phase, Phase::Stopped | Phase::Deleting),
        };
        Some((workspace.metadata.name, known))
    }
}

/// Workspaces by owner and name, and the same by uid: every request of every page asks for both.
#[derive(Debug, Default)]
struct Maps {
    by_name: HashMap<(String, String), Arc<Known>>,
    by_uid: HashMap<Arc<str>, Arc<Known>>,
}

/// All workspaces. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Routes {
    known: Arc<RwLock<Maps>>,
}

// === impl Maps ===

impl Maps {
    fn insert(&mut self, name: (String, String), known: Known) {
        let known = Arc::new(known);
        // The name may have been another's, who is gone.
        self.remove(&name);
        self.by_uid.insert(Arc::clone(&known.uid), Arc::clone(&known));
        self.by_name.insert(name, known);
    }

    fn remove(&mut self, name: &(String, String)) {
        if let Some(known) = self.by_name.remove(name) {
            self.by_uid.remove(&known.uid);
        }
    }
}

// === impl Routes ===

impl Routes {
    /// The workspace of this name.
    pub(super) fn get(&self, owner: &str, name: &str) -> Option<Arc<Known>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.by_name.get(&(owner.to_owned(), name.to_owned())).cloned()
    }

    /// The workspace of this uid.
    pub(super) fn by_uid(&self, uid: &str) -> Option<Arc<Known>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.by_uid.get(uid).cloned()
    }

    /// Follows the store; tells `stopped` the uid of each workspace whose connections are void.
    pub(super) async fn follow(&self, store: &Store, stopped: impl Fn(&str)) -> Result<(), StoreError> {
        let list = store
            .list(&Selection::all(Kind::Workspace), &Page::default())
            .await?;
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Maps::default();
        for object in list.items {
            self.put(object);
        }
        let mut watch = store.watch(Selection::all(Kind::Workspace), list.version).await?;
        loop {
            let event = watch.next().await?;
            let before = self.find(&event.object);
            match event.change {
                Change::Deleted => self.remove(&event.object),
                Change::Added | Change::Modified => self.put(event.object.clone()),
            }
            let after = self.find(&event.object);
            let void = |before: &Known| {
                after
                    .as_ref()
                    .is_none_or(|after| after.generation != before.generation || !after.comes)
            };
            if let Some(before) = before.filter(|before| void(before)) {
                stopped(&before.uid);
            }
        }
    }

    /// Adds or replaces a workspace as it was stored.
    pub(super) fn put(&self, object: Value) {
        // One that cannot be read has no address.
        let Some((name, known)) = Known::read(object) else {
            return;
        };
        let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
        all.insert((known.owner.to_string(), name), known);
    }

    fn find(&self, object: &Value) -> Option<Arc<Known>> {
        let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
        self.get(&text("namespace"), &text("name"))
    }

    fn remove(&self, object: &Value) {
        let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
        self.known
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&(text("namespace"), text("name")));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_workspace_is_found_by_name_and_uid_with_its_ports() {
        let routes = Routes::default();
        let uid = uuid::Uuid::now_v7();
        routes.put(json!({
            "apiVersion": "toft.dev/v1alpha1", "kind": "Workspace",
            "metadata": { "name": "dev", "namespace": "ada", "uid": uid },
            "spec": {},
            "status": { "phase": "Running", "startedAt": "1970-01-01T00:00:07Z",
                "apps": [{ "name": "web", "title": "Web", "kind": "web", "port": 8080, "ready": true }] },
        }));
        let known = routes.get("ada", "dev").unwrap();
        assert_eq!(
            (known.generation, known.apps["web"], known.comes),
            (7000, 8080, true)
        );
        assert_eq!(routes.by_uid(&uid.to_string()).unwrap(), known);
        assert!(routes.get("bob", "dev").is_none());
        routes.put(json!({ "kind": "Workspace", "metadata": {} }));
    }

    #[test]
    fn another_of_the_same_name_takes_its_place_and_one_that_goes_is_gone() {
        let routes = Routes::default();
        let object = |uid: uuid::Uuid| {
            json!({ "apiVersion": "toft.dev/v1alpha1", "kind": "Workspace",
                "metadata": { "name": "dev", "namespace": "ada", "uid": uid }, "spec": {} })
        };
        let (first, second) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
        routes.put(object(first));
        routes.put(object(second));
        assert!(routes.by_uid(&first.to_string()).is_none());
        assert_eq!(routes.by_uid(&second.to_string()), routes.get("ada", "dev"));
        routes.remove(&object(second));
        assert!(routes.by_uid(&second.to_string()).is_none());
        assert!(routes.get("ada", "dev").is_none());
    }
}

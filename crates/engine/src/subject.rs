//! A workspace with what it refers to, as read for one step.

use toft_model::event::ObjectReference;
use toft_model::workspace::{Resources, WorkspaceStatus};
use toft_model::{ConditionStatus, Image, Kind, Template, Workspace, condition};
use toft_runtime::{Provides, SandboxId};
use toft_store::{Key, Store};

use crate::admission::{Room, never_fits};
use crate::plan::Wanted;
use crate::ports::Cause;
use crate::resolve::{Resolved, resolve};

/// A workspace with what it refers to, as read for one step.
pub(crate) struct Subject {
    pub(crate) key: Key,
    pub(crate) id: SandboxId,
    pub(crate) about: ObjectReference,
    pub(crate) workspace: Workspace,
    pub(crate) resolved: Option<Resolved>,
    pub(crate) image: Option<Image>,
    /// Why it cannot be resolved.
    pub(crate) refused: Option<String>,
}

// === impl Subject ===

impl Subject {
    pub(crate) fn resolved(&self) -> Result<&Resolved, Cause> {
        self.resolved
            .as_ref()
            .ok_or_else(|| self.refused.clone().unwrap_or_default().into())
    }

    pub(crate) fn image(&self) -> Result<&Image, Cause> {
        self.image
            .as_ref()
            .ok_or_else(|| "the image does not exist".into())
    }

    /// What was reserved for it when it was admitted.
    pub(crate) fn reserved(&self) -> Resources {
        self.workspace
            .status
            .as_ref()
            .map(|status| status.resources.clone())
            .unwrap_or_default()
    }

    /// Digest of the image that its machine was begun on.
    pub(crate) fn begun_on(&self) -> Option<&str> {
        self.workspace.status.as_ref()?.image_digest.as_deref()
    }

    pub(crate) fn status(&self) -> WorkspaceStatus {
        self.workspace.status.clone().unwrap_or_default()
    }

    /// The workspace with its template and image. One that cannot be read is reported and left.
    pub(crate) async fn read(store: &Store, room: Room, key: &Key) -> Result<Option<Self>, Cause> {
        let Some(object) = store.get(key).await? else {
            return Ok(None);
        };
        let workspace: Workspace = serde_json::from_value(object)?;
        let template = store
            .get(&Key::new(Kind::Template, "", &workspace.spec.template))
            .await?;
        let template = template.and_then(|object| serde_json::from_value::<Template>(object).ok());
        let resolved = match &template {
            Some(template) => resolve(&workspace, template).map_err(|invalid| invalid.to_string()),
            None => Err(format!(
                "the template '{}' does not exist any more",
                workspace.spec.template
            )),
        };
        let (resolved, mut refused) = match resolved {
            Ok(resolved) => (Some(resolved), None),
            Err(why) => (None, Some(why)),
        };
        let mut image = None;
        if let Some(resolved) = &resolved {
            let found = store.get(&Key::new(Kind::Image, "", &resolved.image)).await?;
            image = found.and_then(|object| serde_json::from_value(object).ok());
            if image.is_none() {
                refused = Some(format!("the image '{}' does not exist", resolved.image));
            }
            // The host may have lost room since it was created, or its template may ask for more.
            if !admitted(&workspace)
                && let Err(invalid) = never_fits(room, &resolved.resources)
            {
                refused = Some(invalid.to_string());
            }
        }
        let about = ObjectReference::to(Kind::Workspace, &workspace.metadata);
        Ok(Some(Self {
            key: key.clone(),
            id: sandbox_of(&workspace).ok_or("the workspace has no uid")?,
            about,
            workspace,
            resolved,
            image,
            refused,
        }))
    }

    pub(crate) fn wanted(&self, provides: Provides) -> Wanted {
        Wanted {
            gone: self.workspace.metadata.deletion_timestamp.is_some(),
            running: self.workspace.spec.running,
            restart: self.workspace.spec.lifecycle.restarted_at,
            restart_observed: self
                .workspace
                .status
                .as_ref()
                .and_then(|status| status.restart_observed),
            own_network: provides.network,
            own_volume: provides.volume,
            copied: self.workspace.spec.data_source.is_some(),
        }
    }
}

/// Whether room is reserved for it: a decision, so it is kept and not observed.
pub(crate) fn admitted(workspace: &Workspace) -> bool {
    let conditions = workspace
        .status
        .as_ref()
        .map_or(&[][..], |status| &status.conditions);
    condition::find(conditions, "Admitted").is_some_and(|condition| condition.status == ConditionStatus::True)
}

/// The sandbox of a workspace.
pub fn sandbox_of(workspace: &Workspace) -> Option<SandboxId> {
    workspace.metadata.uid.map(SandboxId::from)
}

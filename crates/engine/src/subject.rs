//! A workspace with what it refers to, as read for one step.

use toft_model::event::ObjectReference;
use toft_model::workspace::{Resources, WorkspaceStatus};
use toft_model::{Image, Kind, Template, Workspace};
use toft_runtime::SandboxId;
use toft_store::Key;

use crate::admission::never_fits;
use crate::driver::Driver;
use crate::observe::{admitted, id_of};
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
}

// === impl Driver ===

impl Driver {
    /// The workspace with its template and image. One that cannot be read is reported and left.
    pub(crate) async fn read(&self, key: &Key) -> Result<Option<Subject>, Cause> {
        let Some(object) = self.store.get(key).await? else {
            return Ok(None);
        };
        let workspace: Workspace = serde_json::from_value(object)?;
        let template = self
            .store
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
            let found = self
                .store
                .get(&Key::new(Kind::Image, "", &resolved.image))
                .await?;
            image = found.and_then(|object| serde_json::from_value(object).ok());
            if image.is_none() {
                refused = Some(format!("the image '{}' does not exist", resolved.image));
            }
            // The host may have lost room since it was created, or its template may ask for more.
            if !admitted(&workspace)
                && let Err(invalid) = never_fits(self.capacity(), &resolved.resources)
            {
                refused = Some(invalid.to_string());
            }
        }
        let about = ObjectReference::to(Kind::Workspace, &workspace.metadata);
        Ok(Some(Subject {
            key: key.clone(),
            id: id_of(&workspace)?,
            about,
            workspace,
            resolved,
            image,
            refused,
        }))
    }

    pub(crate) fn wanted(&self, subject: &Subject) -> Wanted {
        let provides = self.ports.runtime.provides();
        Wanted {
            gone: subject.workspace.metadata.deletion_timestamp.is_some(),
            running: subject.workspace.spec.running,
            restarted_at: subject.workspace.spec.lifecycle.restarted_at,
            own_network: provides.network,
            own_volume: provides.volume,
        }
    }
}

//! Looking at the world for one workspace. Only what the next step depends on is asked.

use jiff::Timestamp;
use toft_agent::wire::{AppState, Apps};
use toft_model::cause::chain;
use toft_model::template::{App, AppKind};
use toft_model::workspace::AppStatus;
use toft_model::{Image, Workspace};
use toft_runtime::SandboxState;
use toft_store::StoreError;

use crate::driver::Driver;
use crate::observed::{AppsView, ImageView, Observed, SandboxView};
use crate::ports::Cause;
use crate::resolve::Resolved;
use crate::subject::{Subject, admitted};

// === impl Driver ===

impl Driver {
    pub(crate) async fn observe(&self, subject: &Subject, now: Timestamp) -> Result<Observed, Cause> {
        let id = subject.id;
        let sandbox = sandbox_view(self.ports.runtime.inspect(id).await?);
        let runs = matches!(sandbox, SandboxView::Running { .. });
        let place = self.place_of(&subject.workspace).await?;
        let mut observed = Observed {
            admitted: admitted(&subject.workspace),
            image: self.image_view(subject.image.as_ref(), now),
            volume: self.ports.volumes.exists(id),
            network: place.is_some_and(|place| self.ports.networks.attached(id, place)),
            network_traces: place.is_some() && self.ports.networks.traces(id),
            sandbox,
            allocated: place.is_some(),
            fitted: !runs || fitted(subject),
            restored: restored(&subject.workspace),
            failed: self.attempts.get(id),
            ..Observed::default()
        };
        if runs && let Some(resolved) = &subject.resolved {
            let apps = self.ports.agents.apps(id).await;
            observed.agent = apps.is_ok();
            observed.apps = apps.map_or(AppsView::Unconfigured, |apps| apps_view(resolved, &apps));
        }
        Ok(observed)
    }

    fn image_view(&self, image: Option<&Image>, now: Timestamp) -> ImageView {
        match image {
            Some(_) if self.ports.runtime.provides().image => ImageView::Ready,
            Some(image) => self.images.view(image, now),
            None => ImageView::Absent,
        }
    }

    /// Where the workspace sits in its owner's network, once that is allocated.
    async fn place_of(&self, workspace: &Workspace) -> Result<Option<crate::ports::Place>, StoreError> {
        self.allocated(workspace)
            .await
            .map(|found| found.map(|allocated| allocated.place))
    }
}

/// Whether its limits are those that were applied last. What cannot be resolved keeps what it has.
fn fitted(subject: &Subject) -> bool {
    let resolved = subject.resolved.as_ref();
    resolved.is_none_or(|resolved| resolved.resources == subject.reserved())
}

/// Whether a restore that was asked for was done.
fn restored(workspace: &Workspace) -> bool {
    let asked = workspace.spec.lifecycle.restore.as_ref();
    let done = workspace.status.as_ref().and_then(|status| status.restored);
    asked.is_none_or(|asked| Some(asked.requested_at) == done)
}

fn sandbox_view(state: SandboxState) -> SandboxView {
    match state {
        SandboxState::Absent => SandboxView::Absent,
        SandboxState::Prepared => SandboxView::Stopped,
        SandboxState::Running { started_at, .. } => SandboxView::Running {
            started_at: Timestamp::try_from(started_at).unwrap_or(Timestamp::UNIX_EPOCH),
        },
        SandboxState::Exited(exit) => SandboxView::Exited {
            message: exit.message,
            started: exit.started,
        },
    }
}

/// The template's apps with what the agent says of them. They count as configured when the
/// agent supervises exactly those that have a command.
pub(crate) fn apps_view(resolved: &Resolved, apps: &Apps) -> AppsView {
    let same = apps.apps.len() == resolved.supervised.len()
        && resolved
            .supervised
            .iter()
            .all(|app| apps.apps.iter().any(|known| known.name == app.name));
    if !same {
        return AppsView::Unconfigured;
    }
    let mut failed = None;
    let told = resolved.apps.iter().map(|app| {
        let known = apps.apps.iter().find(|known| known.name == app.name);
        if let Some(known) = known.filter(|known| matches!(known.state, AppState::Failed | AppState::Exited))
        {
            failed.get_or_insert_with(|| (app.name.clone(), known.reason.clone()));
        }
        told(app, known)
    });
    AppsView::Configured {
        apps: told.collect(),
        revision: apps.revision,
        failed,
    }
}

fn told(app: &App, known: Option<&toft_agent::wire::AppStatus>) -> AppStatus {
    let ready = match (app.kind, known) {
        (AppKind::Terminal, _) | (AppKind::Web | AppKind::Service, None) => true,
        (AppKind::Web | AppKind::Service, Some(known)) => known.state == AppState::Ready,
    };
    AppStatus {
        name: app.name.clone(),
        title: app.title.clone(),
        kind: app.kind,
        port: app.port,
        ready,
        message: known.map(|known| known.reason.clone()).unwrap_or_default(),
    }
}

/// A cause as one line for people.
pub(crate) fn line(cause: &Cause) -> String {
    chain(cause.as_ref())
}

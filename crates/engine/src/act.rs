//! Carrying a step out. No decisions: the planner has made them.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use toft_agent::wire::AppSpec;
use toft_model::Kind;
use toft_model::workspace::FINALIZER;
use toft_store::{Selection, StoreError};

use crate::driver::Driver;
use crate::observed::{AppsView, Observed, SandboxView};
use crate::plan::{GIVE_UP, Step};
use crate::ports::Cause;
use crate::resolve;
use crate::subject::Subject;

/// How long one wait for an agent or app lasts before what is wanted is looked at again.
const WAIT: Duration = Duration::from_secs(1);
/// How long an agent may take to answer after the start.
const AGENT_LIMIT: Duration = Duration::from_secs(30);

// === impl Driver ===

impl Driver {
    pub(crate) async fn act(&self, step: Step, subject: &Subject, observed: &Observed) -> Result<(), Cause> {
        let (id, ports) = (subject.id, &self.ports);
        match step {
            Step::Admit => self.admit(&subject.key).await,
            Step::EnsureImage => {
                self.images
                    .prepare(subject.image.clone().ok_or("the image does not exist")?);
                Ok(())
            }
            Step::EnsureVolume => self.home(subject).await.map(|_| ()),
            Step::AttachNetwork => self.attach(subject).await.map(|_| ()),
            Step::StartSandbox => self.start(subject).await,
            Step::AwaitAgent => match ports.agents.wait(id, WAIT).await {
                Err(cause) if overdue(observed) => Err(cause),
                _ => Ok(()),
            },
            Step::Resize => self.resize(subject).await,
            Step::RestoreVolume => self.restore(subject).await,
            Step::ConfigureApps => {
                let apps: Vec<AppSpec> = subject.resolved()?.supervised.clone();
                ports.agents.configure(id, apps).await.map(|_| ())
            }
            Step::AwaitApps => {
                let AppsView::Configured { revision, .. } = observed.apps else {
                    return Ok(());
                };
                ports.agents.apps_changed(id, revision, WAIT).await.map(|_| ())
            }
            Step::StopSandbox => Ok(ports.runtime.stop(id, resolve::grace(&subject.workspace)).await?),
            Step::DetachNetwork => match self.allocated(&subject.workspace).await? {
                Some(allocated) => ports.networks.detach(id, allocated.place).await,
                None => Ok(()),
            },
            Step::GiveBack => self.give_back(subject).await,
            Step::RemoveSandbox => {
                let left = ports.runtime.remove(id).await;
                match left.first() {
                    None => Ok(()),
                    Some(first) => Err(format!(
                        "{} of {} remain: {}",
                        left.len(),
                        first.path.display(),
                        first.reason
                    )
                    .into()),
                }
            }
            Step::RemoveVolume => ports.volumes.remove(id).await,
            Step::Release => Ok(self.store.release_all(&id.to_string()).await?),
            Step::DropFinalizer => self.let_go(subject, observed).await,
        }
    }

    /// Gives the owner's subnet back with their last workspace. The object is still there, so a
    /// daemon that dies in here is followed by one that does it again.
    async fn leave_subnet(&self, subject: &Subject) -> Result<(), Cause> {
        let owner = &subject.key.namespace;
        let Some(subnet) = self.store.allocation("subnet", owner).await? else {
            return Ok(());
        };
        if !self
            .store
            .allocations(&format!("host-{subnet}"))
            .await?
            .is_empty()
        {
            return Ok(());
        }
        // Whoever gets the number next makes the bridge anew, so it may go at any time.
        let released = self.ports.networks.release(subnet.parse()?).await;
        let tries = self
            .attempts
            .get(subject.id)
            .filter(|known| known.step == Step::DropFinalizer)
            .map_or(0, |known| known.count);
        if tries + 1 < GIVE_UP {
            released?;
        }
        let mut tx = self.store.begin_removal().await?;
        let others = tx.list(&Selection::of(Kind::Workspace, owner)).await?;
        // One that stays may have been given a place in it a moment ago.
        if others
            .iter()
            .all(|other| other["metadata"]["deletionTimestamp"].is_string())
        {
            tx.release("subnet", owner).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Takes our finalizer away, with which the object goes.
    async fn let_go(&self, subject: &Subject, observed: &Observed) -> Result<(), Cause> {
        self.leave_subnet(subject).await?;
        let left = leftovers(observed);
        if left.is_empty() {
            self.events
                .normal(&subject.about, "Deleted", "deleted with its home");
        } else {
            let message = format!(
                "deleted, but could not remove {}; tried again by itself",
                left.join(", ")
            );
            self.events.warning(&subject.about, "Leftovers", &message);
        }
        let change = |mut object: Value| -> Result<Value, StoreError> {
            if let Some(finalizers) = object["metadata"]["finalizers"].as_array_mut() {
                finalizers.retain(|finalizer| finalizer != FINALIZER);
            }
            Ok(object)
        };
        let mut tx = self.store.begin_removal().await?;
        tx.update(&subject.key, None, change).await?;
        tx.commit().await?;
        self.wake_waiting().await?;
        Ok(())
    }
}

/// What a delete gave up, in words.
pub(crate) fn leftovers(observed: &Observed) -> Vec<String> {
    let parts = [
        (observed.sandbox != SandboxView::Absent, "its sandbox"),
        (observed.volume, "its home"),
        (observed.network || observed.network_traces, "its network"),
    ];
    parts
        .into_iter()
        .filter(|(there, _)| *there)
        .map(|(_, part)| part.to_owned())
        .collect()
}

/// Whether the agent has had its time.
fn overdue(observed: &Observed) -> bool {
    let SandboxView::Running { started_at } = observed.sandbox else {
        return false;
    };
    Timestamp::now().duration_since(started_at).unsigned_abs() > AGENT_LIMIT
}

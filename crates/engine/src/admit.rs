//! Admission carried out: room and numbers for everybody who waits, in one transaction.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use toft_model::condition::{self, Condition, ConditionStatus};
use toft_model::workspace::WorkspaceStatus;
use toft_model::{Kind, Template, Workspace};
use toft_runtime::IdRange;
use toft_store::{Key, Selection, StoreError, Tx};

use crate::admission::{self, Candidate, Decision};
use crate::driver::{Allocated, Driver};
use crate::ports::{Cause, Place};
use crate::resolve;
use crate::subject::{Subject, admitted};

// === impl Driver ===

impl Driver {
    /// Decides about everybody who waits, in one transaction, so that room is never promised
    /// twice. What was decided about others reaches them through the watch. Who cannot be given
    /// addresses or ids is passed over, so that their trouble stays theirs; `asking` is told.
    pub(crate) async fn admit(&self, asking: &Key) -> Result<(), Cause> {
        let mut tx = self.store.begin().await?;
        let templates = read_all::<Template>(&mut tx, Kind::Template).await?;
        let templates: BTreeMap<&str, &Template> =
            templates.iter().map(|t| (t.metadata.name.as_str(), t)).collect();
        let workspaces = read_all::<Workspace>(&mut tx, Kind::Workspace).await?;
        let mut candidates = Vec::new();
        for workspace in &workspaces {
            let Some(resources) = self.reserves(workspace, &templates) else {
                continue;
            };
            candidates.push(Candidate {
                key: Key::workspace(
                    workspace.metadata.namespace.as_deref().unwrap_or_default(),
                    &workspace.metadata.name,
                ),
                needs: admission::needs(&resources),
                admitted: admitted(workspace),
                since: waits_since(workspace),
            });
        }
        let mut trouble = None;
        let decisions = loop {
            let decisions = admission::decide(self.capacity(), &candidates);
            let Some((key, error)) = self.allocate_all(&mut tx, &workspaces, &decisions).await? else {
                break decisions;
            };
            candidates.retain(|candidate| candidate.key != key);
            trouble = trouble.or((key == *asking).then_some(error));
        };
        for (key, decision) in decisions {
            let Some(workspace) = find(&workspaces, &key) else {
                continue;
            };
            let resources = self.reserves(workspace, &templates).unwrap_or_default();
            let generation = workspace.metadata.generation;
            tx.update(&key, None, |object| {
                Ok::<_, StoreError>(decided(object, &decision, &resources, generation))
            })
            .await?;
        }
        // Adopted from before addresses were given back: admitted, but with none.
        if let Some(workspace) = find(&workspaces, asking).filter(|workspace| admitted(workspace)) {
            self.allocate(&mut tx, workspace).await?;
        }
        tx.commit().await?;
        trouble.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Allocates for everybody who is admitted, up to the first one for whom nothing is left.
    async fn allocate_all(
        &self,
        tx: &mut Tx,
        workspaces: &[Workspace],
        decisions: &[(Key, Decision)],
    ) -> Result<Option<(Key, StoreError)>, StoreError> {
        for (key, _) in decisions
            .iter()
            .filter(|(_, decision)| *decision == Decision::Admitted)
        {
            let Some(workspace) = find(workspaces, key) else {
                continue;
            };
            match self.allocate(tx, workspace).await {
                Err(error @ StoreError::Exhausted { .. }) => return Ok(Some((key.clone(), error))),
                other => other?,
            }
        }
        Ok(None)
    }

    /// What a workspace reserves, or wants to: nothing where it is not to run and does not.
    fn reserves(
        &self,
        workspace: &Workspace,
        templates: &BTreeMap<&str, &Template>,
    ) -> Option<toft_model::workspace::Resources> {
        if admitted(workspace) {
            return Some(
                workspace
                    .status
                    .as_ref()
                    .map(|status| status.resources.clone())
                    .unwrap_or_default(),
            );
        }
        if !workspace.spec.running || workspace.metadata.deletion_timestamp.is_some() {
            return None;
        }
        let template = templates.get(workspace.spec.template.as_str())?;
        let resources = resolve::resolve(workspace, template).ok()?.resources;
        // One that can never fit (the host lost memory) must not hold up those behind it.
        admission::never_fits(self.capacity(), &resources)
            .ok()
            .map(|()| resources)
    }

    async fn allocate(&self, tx: &mut Tx, workspace: &Workspace) -> Result<(), StoreError> {
        let Some(uid) = workspace.metadata.uid else {
            return Ok(());
        };
        let (uid, owner) = (
            uid.to_string(),
            workspace.metadata.namespace.as_deref().unwrap_or_default(),
        );
        let numbers = |range: std::ops::Range<u32>| range.map(|number| number.to_string());
        let subnet = tx
            .allocate("subnet", owner, numbers(0..self.ports.networks.subnets()))
            .await?;
        let host = format!("host-{subnet}");
        tx.allocate(&host, &uid, numbers(self.ports.networks.hosts()))
            .await?;
        let range = tx.allocate("idrange", &uid, numbers(0..IdRange::count())).await;
        if range.is_err() {
            // All or nothing: half of it would be given back by nobody.
            tx.release(&host, &uid).await?;
        }
        range.map(|_| ())
    }

    /// What is allocated to a workspace, if everything is.
    pub(crate) async fn allocated(&self, workspace: &Workspace) -> Result<Option<Allocated>, StoreError> {
        let uid = workspace
            .metadata
            .uid
            .map(|uid| uid.to_string())
            .unwrap_or_default();
        let number = async |kind: &str, owner: &str| -> Result<Option<u32>, StoreError> {
            Ok(self
                .store
                .allocation(kind, owner)
                .await?
                .and_then(|value| value.parse().ok()))
        };
        let Some(range) = number("idrange", &uid).await? else {
            return Ok(None);
        };
        let owner = workspace.metadata.namespace.as_deref().unwrap_or_default();
        let Some(subnet) = number("subnet", owner).await? else {
            return Ok(None);
        };
        let Some(host) = number(&format!("host-{subnet}"), &uid).await? else {
            return Ok(None);
        };
        let place = Place { subnet, host };
        Ok(IdRange::nth(self.config.instance, range).map(|id_range| Allocated { id_range, place }))
    }

    /// Gives the room back; whoever waits for room is then looked at again.
    pub(crate) async fn give_back(&self, subject: &Subject) -> Result<(), Cause> {
        let change = |object| {
            Ok(with_status(object, |status| {
                set_admitted(status, false, "Stopped", String::new())
            }))
        };
        let mut tx = self.store.begin_removal().await?;
        tx.update::<StoreError>(&subject.key, None, change).await?;
        tx.commit().await?;
        self.wake_waiting().await?;
        Ok(())
    }
}

/// The workspace of this key.
fn find<'a>(workspaces: &'a [Workspace], key: &Key) -> Option<&'a Workspace> {
    workspaces.iter().find(|workspace| {
        workspace.metadata.name == key.name && workspace.metadata.namespace.as_deref() == Some(&key.namespace)
    })
}

/// Since when a workspace wants room: since it was queued; since it was made, where nobody has
/// looked at it yet; or else now.
fn waits_since(workspace: &Workspace) -> Timestamp {
    if workspace
        .status
        .as_ref()
        .is_none_or(|status| status.observed_generation.is_none())
        && let Some(made) = workspace.metadata.uid.and_then(|uid| uid.get_timestamp())
    {
        let (seconds, nanoseconds) = made.to_unix();
        let made = i64::try_from(seconds).ok().zip(i32::try_from(nanoseconds).ok());
        if let Some(made) = made.and_then(|(seconds, nanoseconds)| Timestamp::new(seconds, nanoseconds).ok())
        {
            return made;
        }
    }
    let conditions = workspace
        .status
        .as_ref()
        .map_or(&[][..], |status| &status.conditions);
    let queued = condition::find(conditions, "Admitted").filter(|condition| condition.reason == "Queued");
    queued.map_or_else(Timestamp::now, |condition| condition.last_transition_time)
}

fn decided(
    object: Value,
    decision: &Decision,
    resources: &toft_model::workspace::Resources,
    generation: Option<i64>,
) -> Value {
    with_status(object, |status| match decision {
        Decision::Admitted => {
            status.resources = resources.clone();
            status.queue = None;
            set_admitted(status, true, "Reserved", String::new());
        }
        Decision::Queued(place) => {
            status.queue = Some(place.clone());
            status.observed_generation = generation;
            set_admitted(status, false, "Queued", format!("needs {}", place.needs));
        }
    })
}

/// Sets the condition. A place in the queue keeps the time at which it was taken, even where the
/// condition did not hold before for another reason.
fn set_admitted(status: &mut WorkspaceStatus, held: bool, reason: &str, message: String) {
    let now = Timestamp::now();
    let newly_queued = reason == "Queued"
        && condition::find(&status.conditions, "Admitted").is_none_or(|known| known.reason != "Queued");
    if newly_queued {
        status.conditions.retain(|known| known.kind != "Admitted");
    }
    let next = Condition {
        kind: "Admitted".to_owned(),
        status: if held {
            ConditionStatus::True
        } else {
            ConditionStatus::False
        },
        reason: reason.to_owned(),
        message,
        last_transition_time: now,
        observed_generation: None,
    };
    condition::set(&mut status.conditions, next);
}

fn with_status(mut object: Value, change: impl FnOnce(&mut WorkspaceStatus)) -> Value {
    let mut status: WorkspaceStatus = serde_json::from_value(object["status"].clone()).unwrap_or_default();
    change(&mut status);
    object["status"] = json!(status);
    object
}

async fn read_all<T: serde::de::DeserializeOwned>(tx: &mut Tx, kind: Kind) -> Result<Vec<T>, StoreError> {
    // One that cannot be read is its own trouble, not everybody's.
    let objects = tx.list(&Selection::all(kind)).await?;
    Ok(objects
        .into_iter()
        .filter_map(|object| serde_json::from_value(object).ok())
        .collect())
}

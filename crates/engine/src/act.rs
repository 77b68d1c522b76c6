//! Carrying a step out. No decisions: the planner has made them.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use toft_agent::wire::AppSpec;
use toft_model::condition::{self, Condition, ConditionStatus};
use toft_model::workspace::{FINALIZER, WorkspaceStatus};
use toft_model::{Kind, Template, Workspace};
use toft_runtime::{HomeSource, IdRange, Mounted, NetworkView, Root, SandboxSpec};
use toft_store::{Key, Selection, StoreError, Tx};

use crate::admission::{self, Candidate, Decision};
use crate::driver::{Allocated, Driver, Subject};
use crate::observe::admitted;
use crate::observed::{AppsView, Observed, SandboxView};
use crate::plan::{GIVE_UP, Step};
use crate::ports::{Attachment, Cause, Place};
use crate::resolve::{self, Resolved};

/// How wide a range of ids is.
const RANGE: u32 = 65_536;
/// How long one wait for an agent or app lasts before what is wanted is looked at again.
const WAIT: Duration = Duration::from_secs(1);
/// How long an agent may take to answer after the start.
const AGENT_LIMIT: Duration = Duration::from_secs(30);
/// What a home provided by the runtime may hold, in bytes.
const PROVIDED_HOME: u64 = 10 << 30;

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

    /// Decides about everybody who waits, in one transaction, so that room is never promised
    /// twice. What was decided about others reaches them through the watch. Who cannot be given
    /// addresses or ids is passed over, so that their trouble stays theirs; `asking` is told.
    async fn admit(&self, asking: &Key) -> Result<(), Cause> {
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
        let range = tx
            .allocate("idrange", &uid, numbers(0..self.config.id_ranges))
            .await;
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
        let id_range = IdRange {
            start: self.config.first_id + range * RANGE,
            len: RANGE,
        };
        Ok(Some(Allocated {
            id_range,
            place: Place { subnet, host },
        }))
    }

    async fn home(&self, subject: &Subject) -> Result<HomeSource, Cause> {
        if self.ports.runtime.provides().volume {
            return Ok(HomeSource::Provided { bytes: PROVIDED_HOME });
        }
        let image = self
            .images
            .find(subject.image()?)
            .ok_or("the image is not there any more")?;
        self.ports
            .volumes
            .ensure(subject.id, &image, &subject.resolved()?.user)
            .await
    }

    async fn attach(&self, subject: &Subject) -> Result<Option<NetworkView>, Cause> {
        if self.ports.runtime.provides().network {
            return Ok(None);
        }
        let allocated = self
            .allocated(&subject.workspace)
            .await?
            .ok_or("no address is allocated")?;
        let attachment = Attachment {
            id: subject.id,
            owner: subject.key.namespace.clone(),
            name: subject.key.name.clone(),
            place: allocated.place,
            id_range: allocated.id_range,
            rules: subject.resolved()?.network.clone(),
        };
        self.ports.networks.attach(&attachment).await.map(Some)
    }

    async fn start(&self, subject: &Subject) -> Result<(), Cause> {
        let resolved = subject.resolved()?;
        let allocated = self
            .allocated(&subject.workspace)
            .await?
            .ok_or("no ids are allocated")?;
        // Attaching again changes nothing, and says what the inside must see.
        let network = self.attach(subject).await?;
        let address = network.as_ref().map(|view| view.address.to_string());
        let home = self.home(subject).await?;
        let (spec, digest) = self.sandbox_spec(subject, resolved, allocated, network, home)?;
        self.ports.runtime.start(&spec).await?;
        let host = self.ports.runtime.host();
        self.amend(subject, |status| {
            status.host = Some(host);
            status.address = address;
            status.image_digest = digest;
        });
        self.events.normal(
            &subject.about,
            "Started",
            &format!("started on {}", self.ports.runtime.host()),
        );
        Ok(())
    }

    fn sandbox_spec(
        &self,
        subject: &Subject,
        resolved: &Resolved,
        allocated: Allocated,
        network: Option<NetworkView>,
        home: HomeSource,
    ) -> Result<(SandboxSpec, Option<String>), Cause> {
        let mut env = BTreeMap::new();
        let (root, digest) = if self.ports.runtime.provides().image {
            (Root::Image(resolved.image.clone()), None)
        } else {
            // A machine layer belongs to the image that it was begun on: a newer one under the same
            // name is for new workspaces.
            let begun_on = subject
                .begun_on()
                .and_then(|digest| self.ports.images.get(digest));
            let image = match begun_on {
                Some(image) => image,
                None => self
                    .images
                    .find(subject.image()?)
                    .ok_or("the image is not there any more")?,
            };
            env.extend(image.env);
            (image.root, Some(image.digest))
        };
        env.extend(resolved.env.clone());
        env.insert("TOFT_WORKSPACE".to_owned(), subject.key.name.clone());
        env.insert("TOFT_OWNER".to_owned(), subject.key.namespace.clone());
        let spec = SandboxSpec {
            id: subject.id,
            owner: subject.key.namespace.clone(),
            name: subject.key.name.clone(),
            hostname: subject.key.name.clone(),
            root,
            keep_machine: true,
            home: Mounted {
                source: home,
                target: resolved.user.home.clone(),
            },
            user: resolved.user.clone(),
            resources: resolve::runtime_resources(&subject.reserved()),
            env,
            network,
            id_range: allocated.id_range,
            agent_binary: self.config.host.agent_binary.clone(),
            grace: resolve::grace(&subject.workspace),
        };
        Ok((spec, digest))
    }

    /// Gives the room back; whoever waits for room is then looked at again.
    async fn give_back(&self, subject: &Subject) -> Result<(), Cause> {
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
            .attempt(subject.id)
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
        (observed.network, "its network"),
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

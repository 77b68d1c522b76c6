//! The owners' networks as the engine sees them, and their return after a start.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ipnet::Ipv4Net;
use toft_effects::Door;
use toft_engine::ports::{Attachment, Cause, Networks, Place};
use toft_engine::subject::sandbox_of;
use toft_model::template::{Egress as ModelEgress, Network as Rules};
use toft_model::{Kind, Template, Workspace};
use toft_network::plan::SEATS;
use toft_network::{Attach, Egress, Network, NetworkConfig, Seat, claim_pool};
use toft_runtime::{NetworkView, SandboxId};
use toft_runtime_container::ContainerRuntime;
use toft_store::{Key, Page, Selection, Store};

use super::ServeError;

/// Where the instance's addresses are kept in the store.
const POOL: &str = "network.pool";
/// How often the networks are compared with what should be attached.
const AGAIN: Duration = Duration::from_mins(5);

/// The networks of this host.
pub(super) struct NetworkPort {
    network: Network,
    door: Door,
    runtime: Arc<ContainerRuntime>,
}

/// Opens the networks, with the addresses that this instance chose at its first start.
pub(super) async fn open(
    door: &Door,
    store: &Store,
    data: &Path,
    binary: &Path,
) -> Result<Network, ServeError> {
    let kept = store
        .meta(POOL)
        .await?
        .and_then(|text| text.parse::<Ipv4Net>().ok());
    let pool = match kept {
        Some(pool) => pool,
        None => {
            let keep = async |pool: Ipv4Net| Ok(store.set_meta(POOL, &pool.to_string()).await?);
            claim_pool::<ServeError>(door, store.instance_id(), keep).await?
        }
    };
    let config = NetworkConfig {
        instance: store.instance_id().to_owned(),
        pool,
        dir: data.join("run/network"),
        forwarder: vec![binary.into(), "dns".into()],
    };
    Ok(Network::new(door.clone(), config)?)
}

/// Brings firewall, bridges and names back for everything that is allocated, before the engine
/// looks at workspaces one by one. A failure is told by every workspace that needs the network.
pub(super) async fn resume(network: &Network, store: &Store, runtime: &ContainerRuntime) {
    let wanted = match wanted(store, network, runtime).await {
        Ok(wanted) => wanted,
        Err(error) => return tracing::error!(%error, "cannot tell who should be on the network"),
    };
    match network.reconcile(&wanted).await {
        Ok(reconciled) if reconciled.removed.is_empty() => {}
        Ok(reconciled) => {
            tracing::info!(removed = ?reconciled.removed, "removed interfaces that nothing needs")
        }
        Err(error) => {
            tracing::error!(error = %toft_model::cause::chain(&error), "failed to bring the networks back; 'toft doctor' says more")
        }
    }
}

/// Does the same again now and then: what a crash of something else left does not stay for ever.
pub(super) async fn keep(network: Network, store: Store, runtime: Arc<ContainerRuntime>) {
    loop {
        tokio::time::sleep(AGAIN).await;
        resume(&network, &store, &runtime).await;
    }
}

async fn wanted(
    store: &Store,
    network: &Network,
    runtime: &ContainerRuntime,
) -> Result<Vec<Attach>, toft_store::StoreError> {
    let mut wanted = Vec::new();
    for object in store
        .list(&Selection::all(Kind::Workspace), &Page::default())
        .await?
        .items
    {
        // One bad record must not take the others off the network.
        let Ok(workspace) = serde_json::from_value::<Workspace>(object) else {
            continue;
        };
        let Some(id) = sandbox_of(&workspace) else {
            continue;
        };
        let owner = workspace.metadata.namespace.clone().unwrap_or_default();
        let number = async |kind: &str, owner: &str| -> Result<Option<u32>, toft_store::StoreError> {
            Ok(store
                .allocation(kind, owner)
                .await?
                .and_then(|value| value.parse().ok()))
        };
        let Some(subnet) = number("subnet", &owner).await? else {
            continue;
        };
        let Some(host) = number(&format!("host-{subnet}"), &id.to_string()).await? else {
            continue;
        };
        let seat = Seat { subnet, host };
        let runs = workspace.spec.running && workspace.metadata.deletion_timestamp.is_none();
        if !runs && !is_plugged(network, seat) {
            continue;
        }
        let template = store
            .get(&Key::new(Kind::Template, "", &workspace.spec.template))
            .await?;
        let template = template.and_then(|template| serde_json::from_value::<Template>(template).ok());
        wanted.push(Attach {
            uid: id.to_string(),
            owner,
            name: workspace.metadata.name.clone(),
            netns: runtime.namespaces(id).join("net"),
            seat,
            egress: template.map_or(Egress::None, |template| egress(&template.spec.network)),
        });
    }
    Ok(wanted)
}

// === impl NetworkPort ===

impl NetworkPort {
    pub(super) fn new(network: Network, door: Door, runtime: Arc<ContainerRuntime>) -> Self {
        Self {
            network,
            door,
            runtime,
        }
    }
}

#[async_trait]
impl Networks for NetworkPort {
    fn subnets(&self) -> u32 {
        self.network.plan().subnets()
    }

    fn hosts(&self) -> std::ops::Range<u32> {
        0..SEATS
    }

    fn attached(&self, id: SandboxId, place: Place) -> bool {
        // The kernel removes a cable with either end's namespace.
        is_plugged(&self.network, seat(place)) && self.runtime.namespaces(id).join("net").exists()
    }

    fn traces(&self, id: SandboxId) -> bool {
        self.network.intends(&id.to_string())
    }

    async fn attach(&self, attachment: &Attachment) -> Result<NetworkView, Cause> {
        let namespaces = self.runtime.namespaces(attachment.id);
        let (door, dir, range) = (self.door.clone(), namespaces.clone(), attachment.id_range);
        let pins = tokio::task::spawn_blocking(move || door.ensure_namespaces(&dir, range)).await??;
        let attach = Attach {
            uid: attachment.id.to_string(),
            owner: attachment.owner.clone(),
            name: attachment.name.clone(),
            netns: pins.net,
            seat: seat(attachment.place),
            egress: egress(&attachment.rules),
        };
        let attached = self.network.attach(&attach).await?;
        Ok(NetworkView {
            namespaces,
            address: attached.address.into(),
            gateway: Some(attached.gateway.into()),
            dns: Some(attached.dns.into()),
            search: Some(attached.search),
            hosts: Vec::new(),
        })
    }

    async fn detach(&self, id: SandboxId, place: Place) -> Result<(), Cause> {
        Ok(self.network.detach(&id.to_string(), seat(place)).await?)
    }

    async fn release(&self, subnet: u32) -> Result<(), Cause> {
        Ok(self.network.release_owner(subnet).await.map(|_| ())?)
    }
}

fn seat(place: Place) -> Seat {
    Seat {
        subnet: place.subnet,
        host: place.host,
    }
}

/// Whether the host's end of a workspace's cable is there.
fn is_plugged(network: &Network, seat: Seat) -> bool {
    Path::new("/sys/class/net")
        .join(network.plan().veth(seat))
        .exists()
}

/// A template's rules as the network has them. A network that cannot be read opens nothing.
fn egress(rules: &Rules) -> Egress {
    match rules.egress {
        ModelEgress::None => Egress::None,
        ModelEgress::Internet => Egress::Internet,
        ModelEgress::Lan => Egress::Lan(rules.lan.iter().filter_map(|net| net.parse().ok()).collect()),
    }
}

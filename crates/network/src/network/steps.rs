//! The steps behind the door: each is idempotent, each may be the last before a crash.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicU64, Ordering};

use ipnet::Ipv4Net;
use toft_effects::Door;
use toft_effects::link::{Bridge, Inside, Veth};
use tokio::sync::{Mutex, RwLock};

use super::{Attach, Attachment, NetworkConfig};
use crate::dns::zone;
use crate::error::NetworkError;
use crate::forwarder::Forwarder;
use crate::intent::Intents;
use crate::plan::{self, Mac, Plan};
use crate::rules::{self, Change, Firewall, Ruleset};
use crate::{foreign, probe, uplink};

/// Name of a workspace's interface, inside.
const INNER: &str = "eth0";

/// Settings of every workspace's namespace. IPv6 stays on the loopback only; any user may ping
/// and listen on low ports, as on a machine that is theirs.
const SETTINGS: [(&str, &str); 4] = [
    ("net/ipv6/conf/default/disable_ipv6", "1"),
    ("net/ipv6/conf/eth0/disable_ipv6", "1"),
    ("net/ipv4/ip_unprivileged_port_start", "0"),
    ("net/ipv4/ping_group_range", "0 2147483647"),
];

/// What an instance's network consists of.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) door: Door,
    pub(super) plan: Plan,
    pub(super) config: NetworkConfig,
    pub(super) intents: Intents,
    pub(super) forwarder: Forwarder,
    /// Shared by those who attach and detach; those who remove what these need come alone.
    pub(super) turns: RwLock<()>,
    /// How many publications were asked for.
    asked: AtomicU64,
    published: Mutex<Published>,
    /// What this process attached to the end, by the namespace that it led into: to attach it
    /// again changes nothing.
    finished: std::sync::Mutex<Finished>,
}

/// What was published.
#[derive(Debug, Default)]
struct Published {
    /// Up to which of those that were asked for one has been carried out.
    ticket: u64,
    /// What is in the kernel, as far as this process loaded it and nobody is known to have removed it.
    loaded: Option<Firewall>,
}

/// By uid: what was attached, and the device and number of the namespace that the pin stood for.
type Finished = HashMap<String, (Attach, (u64, u64))>;

// === impl Inner ===

impl Inner {
    pub(super) fn new(door: Door, plan: Plan, config: NetworkConfig) -> Self {
        let intents = Intents::at(&config.dir);
        let forwarder = Forwarder::new(door.clone(), &config);
        let (asked, published, turns) = (AtomicU64::new(0), Mutex::default(), RwLock::new(()));
        Self {
            door,
            plan,
            config,
            intents,
            forwarder,
            turns,
            asked,
            published,
            finished: std::sync::Mutex::default(),
        }
    }

    /// Whether this process attached exactly this to the end, and its cable is still there: the
    /// kernel removes it with the namespace. One that a crash cut short is not known here.
    pub(super) fn is_finished(&self, attach: &Attach) -> bool {
        let known = self.finished().get(&attach.uid).cloned();
        known.is_some_and(|(known, namespace)| {
            known == *attach && namespace_of(attach) == Some(namespace) && self.is_plugged(attach)
        })
    }

    pub(super) fn finish(&self, attach: &Attach) {
        if let Some(namespace) = namespace_of(attach) {
            self.finished()
                .insert(attach.uid.clone(), (attach.clone(), namespace));
        }
    }

    /// What is attached next of these is looked at from the beginning.
    pub(super) fn reopen(&self, which: impl Fn(&str) -> bool) {
        self.finished().retain(|uid, _| !which(uid));
    }

    fn finished(&self) -> std::sync::MutexGuard<'_, Finished> {
        self.finished
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn is_plugged(&self, attach: &Attach) -> bool {
        let cable = self.plan.veth(attach.seat);
        std::path::Path::new("/sys/class/net").join(cable).exists()
    }

    pub(super) fn attachment(&self, attach: &Attach) -> Result<Attachment, NetworkError> {
        let gateway = self.plan.gateway(attach.seat.subnet)?;
        for name in [&attach.owner, &attach.name] {
            if !zone::is_label(name) {
                return Err(NetworkError::Name(name.clone()));
            }
        }
        Ok(Attachment {
            address: self.plan.address(attach.seat)?,
            prefix: plan::SUBNET_PREFIX,
            gateway,
            dns: gateway,
            search: zone::domain(&attach.owner),
        })
    }

    /// Writes down that somebody should be attached, before anything is done about it.
    pub(super) fn intend(&self, attach: &Attach) -> Result<(), NetworkError> {
        let write = || self.intents.put(attach);
        self.door.pass("network.intend", &attach.uid, write)
    }

    /// Loads firewall and zone as all intents together want them. Callers that wait for each
    /// other share one load: the one that comes first after their intents were written.
    pub(super) async fn publish(&self) -> Result<(), NetworkError> {
        let ticket = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut published = self.published.lock().await;
        if published.ticket >= ticket {
            return Ok(());
        }
        let covered = self.asked.load(Ordering::SeqCst);
        self.carry_out(&mut published.loaded).await?;
        if published.ticket == 0 {
            foreign::open(&self.door, &self.plan).await?;
        }
        published.ticket = covered;
        Ok(())
    }

    /// One publication; the caller holds the lock of `published`.
    async fn carry_out(&self, loaded: &mut Option<Firewall>) -> Result<(), NetworkError> {
        let attached = self.intents.all()?;
        let routes = self.door.link_routes().await?;
        let neighbours = uplink::neighbours(&self.plan, &routes);
        let ruleset = Ruleset {
            plan: &self.plan,
            attached: &attached,
            neighbours: &neighbours,
        };
        self.load(ruleset.render()?, loaded).await?;
        self.door.route_reserve(self.plan.pool()).await?;
        for device in uplink::exits(&self.plan, &routes, attached.iter().map(|attach| &attach.egress)) {
            self.door
                .sysctl(&format!("net/ipv4/conf/{device}/forwarding"), "1")?;
        }
        let zone = zone::Zone::of(&self.plan, &attached)?;
        let write = || self.forwarder.write_zone(&zone);
        self.door.pass("network.zone", self.plan.instance(), write)
    }

    /// Publishes again when a table is missing; not before the first time nor after a purge.
    pub(super) async fn restore(&self) -> Result<(), NetworkError> {
        let mut published = self.published.lock().await;
        let tables = self
            .door
            .nft_list(&["tables"])
            .await
            .ok()
            .flatten()
            .unwrap_or_default();
        if published.ticket == 0 || probe::has_tables(&tables, &self.plan.table()) {
            return Ok(());
        }
        tracing::warn!(
            table = self.plan.table(),
            "the firewall was removed from outside; putting it back"
        );
        published.loaded = None;
        self.carry_out(&mut published.loaded).await?;
        foreign::open(&self.door, &self.plan).await
    }

    /// Starts the name forwarder again when it should run and does not.
    pub(super) async fn revive(&self) -> Result<(), NetworkError> {
        let _shared = self.turns.read().await;
        if self.forwarder.runs() || self.published.lock().await.ticket == 0 || self.intents.all()?.is_empty()
        {
            return Ok(());
        }
        // Also so while a first attachment is about to start it, which is no trouble.
        tracing::info!("the name forwarder does not run; starting it");
        self.forwarder.ensure(None).await
    }

    /// Takes the firewall away; from now on nobody puts it back.
    pub(super) async fn unpublish(&self) -> Result<(), NetworkError> {
        let mut published = self.published.lock().await;
        self.load_text(rules::removal(&self.plan)).await?;
        *published = Published::default();
        Ok(())
    }

    /// The next publication loads all, whatever is there.
    pub(super) async fn doubt(&self) {
        self.published.lock().await.loaded = None;
    }

    /// Changes what is loaded into what is wanted; loads all of that where it takes more than
    /// elements of sets, or the kernel does not have what it should.
    async fn load(&self, wanted: Firewall, loaded: &mut Option<Firewall>) -> Result<(), NetworkError> {
        let change = loaded.take().and_then(|before| wanted.change_from(&before));
        let mut changed = false;
        if let Some(Change { take, put }) = change {
            let done = self.door.nft_elements(self.plan.instance(), take, put).await;
            changed = done.is_ok();
            if let Err(error) = done {
                tracing::info!(%error, "the firewall is not as it was left; loading all of it");
            }
        }
        if !changed {
            self.load_text(wanted.text.clone()).await?;
        }
        *loaded = Some(wanted);
        Ok(())
    }

    async fn load_text(&self, rules: String) -> Result<(), NetworkError> {
        let instance = self.plan.instance();
        let failed = |source| NetworkError::Firewall {
            instance: instance.to_owned(),
            source,
        };
        self.door.nft_apply(instance, rules).await.map_err(failed)
    }

    pub(super) async fn ensure_bridge(&self, subnet: u32) -> Result<(), NetworkError> {
        let (network, gateway) = (self.plan.subnet(subnet)?, self.plan.gateway(subnet)?);
        let name = self.plan.bridge(subnet);
        let routes = self.door.link_routes().await?;
        if let Some(device) = uplink::taken_by(network, &name, &routes) {
            return Err(NetworkError::Taken {
                subnet: network,
                device,
            });
        }
        let mtu = uplink::mtu(&routes, &self.door.link_list().await?);
        let address = Ipv4Net::new_assert(gateway, plan::SUBNET_PREFIX);
        self.door
            .link_bridge(&Bridge {
                name: name.clone(),
                mac: Mac::of(gateway).0,
                address,
                mtu,
            })
            .await?;
        Ok(self
            .door
            .sysctl(&format!("net/ipv4/conf/{name}/forwarding"), "1")?)
    }

    /// The cable: made switched off, set up inside, and switched on last.
    pub(super) async fn plug(&self, attach: &Attach) -> Result<(), NetworkError> {
        let (name, address) = (self.plan.veth(attach.seat), self.plan.address(attach.seat)?);
        let (mac, gateway) = (Mac::of(address).0, self.plan.gateway(attach.seat.subnet)?);
        let bridge = self.plan.bridge(attach.seat.subnet);
        let mtu = uplink::mtu(&self.door.link_routes().await?, &self.door.link_list().await?);
        let (netns, inner) = (attach.netns.clone(), INNER.to_owned());
        let veth = Veth {
            name: name.clone(),
            netns: netns.clone(),
            inner: inner.clone(),
            mac,
            bridge,
            mtu,
        };
        self.door.link_veth(&veth).await?;
        let address = Ipv4Net::new_assert(address, plan::SUBNET_PREFIX);
        let settings = SETTINGS
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        self.door
            .link_inside(&Inside {
                netns,
                name: inner,
                mac,
                address,
                gateway,
                settings,
            })
            .await?;
        self.door.link_up(&name).await?;
        Ok(self.door.link_settled(&veth).await?)
    }

    /// Removes the interfaces of this instance that are not to be kept, ports before bridges.
    pub(super) async fn remove_links(
        &self,
        keep: impl Fn(&Plan, &str) -> bool,
    ) -> Result<Vec<String>, NetworkError> {
        let (port, bridge) = (self.plan.veth_prefix(), self.plan.bridge_prefix());
        let mut names: Vec<String> = self
            .door
            .link_list()
            .await?
            .into_iter()
            .map(|link| link.name)
            .collect();
        names
            .retain(|name| (name.starts_with(&port) || name.starts_with(&bridge)) && !keep(&self.plan, name));
        names.sort_by_key(|name| !name.starts_with(&port));
        for name in &names {
            self.door.link_delete(name).await?;
        }
        Ok(names)
    }
}

/// Which namespace the pin stands for; nothing when there is none.
fn namespace_of(attach: &Attach) -> Option<(u64, u64)> {
    let pin = std::fs::metadata(&attach.netns).ok()?;
    Some((pin.dev(), pin.ino()))
}

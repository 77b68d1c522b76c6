//! The real machine below the API.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use toft_gateway::names::lan_addresses;
use toft_gateway::{Certificates, Directory, Way};
use toft_image::Digest;
use toft_model::cause::chain;
use toft_model::{ImageSource, Kind, Workspace};
use toft_network::Network;
use toft_runtime::{Runtime, SandboxId};
use toft_runtime_container::ContainerRuntime;
use toft_store::{Page, Selection, Store};
use toft_volume::{State, Usage, Volumes};
use uuid::Uuid;

use super::images::{ImagePort, convert};
use super::names::Names;
use super::ports::{self, AppPorts};
use crate::site::{Check, Disk, Removed, Site, SiteError};

/// Where Debian's programs look for authorities.
const SYSTEM_STORE: &str = "/etc/ssl/certs/ca-certificates.crt";
/// Less free disk than this is told by `doctor`.
const DISK_LOW: u64 = 5 << 30;

/// What the daemon runs on and holds open.
pub(super) struct Host {
    pub directory: Arc<Directory>,
    pub certificates: Arc<Certificates>,
    pub addresses: Vec<SocketAddr>,
    pub data: PathBuf,
    pub store: Store,
    pub runtime: Arc<ContainerRuntime>,
    pub network: Network,
    pub volumes: Volumes,
    pub images: ImagePort,
    pub names: Names,
    pub ports: AppPorts,
}

/// What this host calls itself.
pub(super) fn name() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() {
        "localhost".to_owned()
    } else {
        name.to_owned()
    }
}

/// What workspaces can reserve: all cores, in thousandths, and nine tenths of the memory. The rest
/// is for the host and for Toft itself.
pub(super) fn capacity() -> (u64, u64) {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let info = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = info.lines().find_map(|line| {
        line.strip_prefix("MemTotal:")?
            .trim()
            .strip_suffix("kB")?
            .trim()
            .parse::<u64>()
            .ok()
    });
    let memory = total.unwrap_or(1 << 20).saturating_mul(1024) / 10 * 9;
    (u64::try_from(cores).unwrap_or(1) * 1000, memory)
}

/// A runtime's check as the API tells it.
pub(super) fn runtime_check(check: toft_runtime::Check) -> Check {
    Check::new(check.name, &check.verdict.to_string(), check.detail, check.fix)
}

// === impl Host ===

impl Host {
    fn port(&self) -> String {
        match self.directory.ui_port() {
            443 => String::new(),
            port => format!(":{port}"),
        }
    }

    /// The UI's authority for whoever came by `visited`; where nothing of ours was named, the
    /// first one that leads here.
    fn visited(&self, visited: Option<&str>) -> String {
        if let Some(visited) = visited.filter(|visited| self.directory.is_ui(visited)) {
            return visited.to_owned();
        }
        let home = if self.names.domain_works() {
            None
        } else {
            self.lan_hosts().into_iter().next()
        };
        let home = home.unwrap_or_else(|| self.directory.domain().to_string());
        format!("{home}{}", self.port())
    }

    fn has_every_address(&self) -> bool {
        self.addresses.iter().any(|address| address.ip().is_unspecified())
    }

    fn lan_hosts(&self) -> Vec<String> {
        let ips = if self.has_every_address() {
            lan_addresses().unwrap_or_default()
        } else {
            self.addresses
                .iter()
                .map(SocketAddr::ip)
                .filter(|ip| !ip.is_loopback())
                .collect()
        };
        let mut hosts: Vec<String> = ips
            .iter()
            .filter(|ip| ip.is_ipv4())
            .map(ToString::to_string)
            .collect();
        hosts.extend(ips.iter().filter(|ip| ip.is_ipv6()).map(|ip| format!("[{ip}]")));
        hosts
    }

    fn check_ports(&self) -> Check {
        let Some(range) = self.ports.range() else {
            return Check::new(
                "app-ports",
                "ok",
                "apps have no ports of their own: they are reached by their names only",
                "",
            );
        };
        let trouble = self.ports.trouble();
        if trouble.is_empty() {
            let detail = format!(
                "whoever comes by address or by a bare host name reaches apps at ports {range} of it"
            );
            return Check::new("app-ports", "ok", detail, "");
        }
        Check::new(
            "app-ports",
            "warn",
            format!("apps without a port of their own: {}", trouble.join("; ")),
            "stop the program that has the port, or serve with another '--app-ports FIRST-LAST'",
        )
    }

    fn check_names(&self) -> Check {
        let domain = self.directory.domain().to_string();
        let lan = self.lan_hosts().into_iter().next();
        match lan {
            None => Check::new(
                "names",
                "ok",
                format!("{domain} is for this machine; no LAN address is served"),
                "",
            ),
            Some(lan) if self.directory.domain().is_local() => Check::new(
                "names",
                if self.ports.range().is_some() {
                    "ok"
                } else {
                    "warn"
                },
                format!(
                    "{domain} means this machine on every machine: on the LAN Toft is at https://{lan}{}, and apps {}",
                    self.port(),
                    self.ports.range().map_or_else(
                        || "cannot be reached".to_owned(),
                        |range| format!("are at ports {range} there"),
                    ),
                ),
                format!(
                    "for names on the LAN, serve with '--domain toft.lan' (or a name of yours) and set the one DNS record '*.toft.lan. A {lan}' in your router; beside it 'toft.lan. A {lan}'"
                ),
            ),
            Some(lan) => Check::new(
                "names",
                "ok",
                format!(
                    "the one DNS record for the LAN: '*.{domain}. A {lan}' (and '{domain}. A {lan}' for the UI itself)"
                ),
                "",
            ),
        }
    }

    fn check_trust(&self) -> Check {
        let body: String = pem_body(self.certificates.ca_pem());
        let store = fs::read_to_string(SYSTEM_STORE).unwrap_or_default();
        let known = !body.is_empty() && pem_body(&store).contains(&body);
        if known {
            Check::new(
                "authority",
                "ok",
                "this machine trusts Toft's certificate authority",
                "",
            )
        } else {
            Check::new(
                "authority",
                "warn",
                "this machine does not trust Toft's certificate authority: browsers warn",
                "toft trust",
            )
        }
    }

    fn check_disk(&self) -> Check {
        let gib = |bytes: u64| bytes >> 30;
        match self.disk() {
            Ok((total, free)) if free < DISK_LOW => Check::new(
                "disk",
                "warn",
                format!(
                    "{} of {} GiB are free in {}",
                    gib(free),
                    gib(total),
                    self.data.display()
                ),
                "toft image gc; delete workspaces; or give it more",
            ),
            Ok((total, free)) => Check::new(
                "disk",
                "ok",
                format!("{} of {} GiB are free", gib(free), gib(total)),
                "",
            ),
            Err(error) => Check::new("disk", "fail", error.to_string(), "look at the data directory"),
        }
    }

    fn check_volumes(&self) -> Check {
        let mib = |bytes: u64| bytes >> 20;
        let health = match self.volumes.health() {
            Ok(health) => health,
            Err(error) => {
                return Check::new("volumes", "fail", error.to_string(), "look at the data directory");
            }
        };
        if health.read_only {
            let fix = "look at `dmesg` for what its disk says; stop the workspaces and start Toft again";
            return Check::new(
                "volumes",
                "fail",
                "homes cannot be written: btrfs has turned read-only",
                fix,
            );
        }
        match health.state {
            State::Pool { file_bytes, cramped } => {
                let pool = self.data.join("pool.img");
                let detail = format!(
                    "homes are btrfs subvolumes with limits and snapshots, in the pool {} of {} MiB; {} MiB more can be written",
                    pool.display(),
                    mib(file_bytes),
                    mib(health.free_bytes)
                );
                let fix = "the pool cannot grow: give the host's disk more room, or delete workspaces and snapshots";
                if cramped {
                    Check::new("volumes", "warn", detail, fix)
                } else {
                    Check::new("volumes", "ok", detail, "")
                }
            }
            State::Subvolumes => Check::new(
                "volumes",
                "ok",
                "homes are subvolumes of the btrfs that the data directory is on, with limits and snapshots",
                "",
            ),
            State::Directories { reason } => Check::new(
                "volumes",
                "warn",
                format!("homes are plain directories without limits and snapshots: {reason}"),
                "a data directory without homes gets a pool where btrfs, loop devices and some GiB of disk are there (apt install btrfs-progs); `--volumes btrfs` insists",
            ),
        }
    }

    fn check_leftovers(&self) -> Option<Check> {
        let left = self.volumes.leftovers().ok().filter(|left| !left.is_empty())?;
        let first = left
            .first()
            .map(|left| left.path.display().to_string())
            .unwrap_or_default();
        Some(Check::new(
            "leftovers",
            "warn",
            format!(
                "{} removed homes could not be deleted wholly, the first is {first}",
                left.len()
            ),
            "it is tried again by itself; 'rm -rf' there is safe",
        ))
    }

    /// Digests that machines lie on, or that an image in use stands for.
    async fn images_in_use(&self) -> Result<BTreeSet<Digest>, SiteError> {
        let list = async |kind: Kind| {
            let list = self.store.list(&Selection::all(kind), &Page::default()).await;
            list.map(|list| list.items)
                .map_err(|error| SiteError(error.to_string()))
        };
        // Read before what they may be copied to.
        let mut objects = list(Kind::Snapshot).await?;
        objects.extend(list(Kind::Workspace).await?);
        let told = objects
            .iter()
            .filter_map(|object| object["status"]["imageDigest"].as_str()?.parse().ok());
        let mut used: BTreeSet<Digest> = told.collect();
        // A copy, or what was put back, lies over another image than its workspace has told of.
        let volumes = self
            .volumes
            .list()
            .map_err(|error| SiteError(error.to_string()))?;
        let written = volumes
            .iter()
            .filter_map(|volume| self.volumes.begun_on(&volume.uid)?.parse::<Digest>().ok());
        used.extend(written);
        for image in list(Kind::Image).await? {
            let source: Option<ImageSource> = serde_json::from_value(image["spec"]["source"].clone()).ok();
            let found = source.and_then(|source| self.images.store().find(&convert(&source)?));
            used.extend(found.map(|image| image.digest));
        }
        Ok(used)
    }
}

#[async_trait]
impl Site for Host {
    fn name(&self) -> String {
        name()
    }

    fn urls(&self) -> Vec<String> {
        let port = self.port();
        let domain = self.directory.domain().to_string();
        let own = std::iter::once(domain).chain(self.lan_hosts());
        own.map(|host| format!("https://{host}{port}")).collect()
    }

    fn domain(&self) -> String {
        self.directory.domain().to_string()
    }

    fn ca_pem(&self) -> String {
        self.certificates.ca_pem().to_owned()
    }

    fn ui_url(&self, visited: Option<&str>) -> String {
        format!("https://{}", self.visited(visited))
    }

    async fn app_url(
        &self,
        visited: Option<&str>,
        app: &str,
        workspace: &Workspace,
    ) -> Result<String, SiteError> {
        let name = &workspace.metadata.name;
        let owner = workspace.metadata.namespace.as_deref().unwrap_or_default();
        match self.directory.way(&self.visited(visited)) {
            Way::Name(rest) => {
                let label = toft_model::name::host_label(app, name, owner);
                Ok(format!("https://{label}.{rest}"))
            }
            Way::Port(at) => {
                let known = workspace.metadata.uid.zip(ports::host(app, name, owner));
                let (uid, host) = known.ok_or_else(|| SiteError(format!("'{app}' names no app")))?;
                let port = self.ports.ensure(uid, &host).await;
                let port = port.map_err(|error| SiteError(chain(&error)))?;
                Ok(format!("https://{at}:{port}"))
            }
        }
    }

    fn is_app_authority(&self, authority: &str) -> bool {
        self.directory.app_at(authority).is_some()
    }

    fn disk(&self) -> Result<(u64, u64), SiteError> {
        let health = self
            .volumes
            .health()
            .map_err(|error| SiteError(error.to_string()))?;
        Ok((health.total_bytes, health.free_bytes))
    }

    async fn doctor(&self) -> Vec<Check> {
        let mut checks: Vec<Check> = self
            .runtime
            .probe()
            .await
            .into_iter()
            .map(runtime_check)
            .collect();
        for check in self.network.probe().await {
            let verdict = format!("{:?}", check.verdict).to_ascii_lowercase();
            checks.push(Check::new(
                check.name,
                &verdict,
                check.found,
                check.hint.unwrap_or_default(),
            ));
        }
        checks.extend([
            self.check_disk(),
            self.check_volumes(),
            self.check_trust(),
            self.check_names(),
            self.check_ports(),
        ]);
        checks.extend(self.check_leftovers());
        checks
    }

    fn renew(&self, source: &ImageSource) {
        self.images.renew(source);
    }

    async fn collect_images(&self) -> Result<Vec<Removed>, SiteError> {
        let used = self.images_in_use().await?;
        let sizes: BTreeMap<String, u64> = self
            .images
            .store()
            .list()
            .into_iter()
            .map(|image| (image.digest.to_string(), image.size_bytes))
            .collect();
        let collected = self
            .images
            .store()
            .gc(&used)
            .await
            .map_err(|error| SiteError(error.to_string()))?;
        let digests = collected.images.iter().map(ToString::to_string);
        Ok(digests
            .map(|digest| Removed {
                bytes: sizes.get(&digest).copied().unwrap_or(0),
                digest,
            })
            .collect())
    }

    fn console(&self, workspace: Uuid) -> Option<PathBuf> {
        let path = self
            .volumes
            .dir()
            .join(SandboxId(workspace).to_string())
            .join("console.log");
        path.exists().then_some(path)
    }

    fn disk_counted(&self, workspace: Uuid) -> Option<Disk> {
        self.volumes.counted(&workspace.to_string()).map(disk)
    }

    async fn disk_of(&self, workspace: Uuid) -> Result<Disk, SiteError> {
        let usage = self.volumes.usage(&workspace.to_string()).await;
        usage.map(disk).map_err(|error| SiteError(error.to_string()))
    }
}

fn disk(usage: Usage) -> Disk {
    Disk {
        bytes: usage.bytes,
        limit_bytes: usage.limit_bytes,
    }
}

/// What stands between the lines of PEM, without line breaks.
fn pem_body(pem: &str) -> String {
    pem.lines()
        .filter(|line| !line.starts_with("-----"))
        .map(str::trim)
        .collect()
}

//! Create, start, stop and remove.
//!
//! What is **durable** lies in the sandbox's volume, which others make, limit and remove: the
//! writable layer. Everything else is **volatile** and made at every start, in this order:
//!
//! ```text
//!   control group → namespaces pinned → files of /etc, bundle → stage → socket → launched
//! ```
//!
//! The control group comes first and goes last: a sandbox that has one is, or was, running, so
//! whatever a crash left behind is found through it. Stopping goes the other way round; `start`
//! begins with a stop when it finds anything volatile that does not run.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use toft_agent::{Client, UnixDialer};
use toft_effects::Door;
use toft_effects::cgroup::{Hierarchies, Limits};
use toft_effects::namespaces::NamespacePins;
use toft_runtime::{Leftover, Resources, SandboxId, SandboxSpec};

use crate::error::{Error, file};
use crate::etc::{self, Layer};
use crate::oci::{Launch, Oci};
use crate::paths::Paths;
use crate::powers::Powers;
use crate::rootfs::{self, Sources};
use crate::{console, probe, socket, spec, state};

/// How long an agent may take to agree to its end.
const ANSWER: Duration = Duration::from_secs(2);

/// How long the first process may take to become the agent, on a host with much else to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// Makes what is durable.
pub(crate) fn create(paths: &Paths, spec: &SandboxSpec, sources: Sources<'_>) -> Result<(), Error> {
    let dir = paths.sandbox(spec.id);
    private_directory(&dir)?;
    private_directory(&paths.volume(spec.id))?;
    rootfs::adopt_layer(&paths.former_layer(spec.id), &paths.layer(spec.id))?;
    if Powers::of(spec).storage {
        rootfs::ensure_storage(paths, spec.id)?;
    }
    rootfs::ensure_layer(&paths.layer(spec.id), sources.root)
}

/// Starts what does not run.
pub(crate) async fn start(
    door: &Door,
    paths: &Arc<Paths>,
    oci: &Oci,
    spec: &SandboxSpec,
) -> Result<(), Error> {
    let group = paths.cgroup(spec.id);
    let hierarchies = Hierarchies::detect()?;
    if state::running(paths, &hierarchies, spec.id).is_some() {
        // It may have been given more or less meanwhile; what it already holds beyond that stays.
        if let Err(error) = door.ensure_cgroup(&group, &limits(&spec.resources)) {
            tracing::warn!(sandbox = %spec.id, %error, "it runs on with its former limits");
        }
        return Ok(());
    }
    if !hierarchies.directories(&group).is_empty() {
        give_back(door, paths, spec.id).await?;
    }
    let missing = door.ensure_cgroup(&group, &limits(&spec.resources))?;
    if !missing.is_empty() {
        tracing::warn!(sandbox = %spec.id, ?missing, "limits that this host cannot enforce");
    }
    if Powers::of(spec).groups {
        door.delegate_cgroup(&group, spec.id_range)?;
    }
    let launched = launch(door, paths, oci, spec).await;
    if launched.is_err()
        && let Err(error) = give_back(door, paths, spec.id).await
    {
        tracing::warn!(sandbox = %spec.id, %error, "leftovers of a failed start stay until the next");
    }
    launched
}

/// Gives what runs other limits.
pub(crate) fn resize(door: &Door, paths: &Paths, id: SandboxId, resources: &Resources) -> Result<(), Error> {
    let group = paths.cgroup(id);
    if state::init(&Hierarchies::detect()?, &group).is_some() {
        door.ensure_cgroup(&group, &limits(resources))?;
    }
    Ok(())
}

async fn launch(door: &Door, paths: &Arc<Paths>, oci: &Oci, spec: &SandboxSpec) -> Result<(), Error> {
    let prepared = {
        let (door, paths, oci, spec) = (door.clone(), Arc::clone(paths), oci.clone(), spec.clone());
        tokio::task::spawn_blocking(move || prepare(&door, &paths, &oci, &spec)).await??
    };
    let launch = Launch {
        id: spec.id,
        state: &paths.oci_state(),
        bundle: &paths.bundle(spec.id),
        mounts: prepared.mounts,
        socket: prepared.socket,
        console: prepared.console,
    };
    oci.run(door, launch).await?;
    await_agent(paths, oci, spec.id).await
}

/// The launcher returns a moment before its half-made first process becomes the agent.
async fn await_agent(paths: &Paths, oci: &Oci, id: SandboxId) -> Result<(), Error> {
    let (hierarchies, group) = (Hierarchies::detect()?, paths.cgroup(id));
    let deadline = Instant::now() + PATIENCE;
    while state::init(&hierarchies, &group).is_none() {
        if hierarchies.processes(&group).is_empty() || Instant::now() > deadline {
            return Err(Error::Launch {
                program: oci.program,
                said: console::tail(&paths.console(id)),
            });
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

/// What a launch needs beside files.
struct Prepared {
    mounts: std::os::fd::OwnedFd,
    socket: std::os::fd::OwnedFd,
    console: fs::File,
}

fn prepare(door: &Door, paths: &Paths, oci: &Oci, spec: &SandboxSpec) -> Result<Prepared, Error> {
    let sources = Sources::of(spec).map_err(|error| Error::Refused(error.to_string()))?;
    if !spec.keep_machine {
        rootfs::set_aside(&paths.layer(spec.id))?;
        rootfs::set_aside(&paths.storages(spec.id))?;
    }
    let name = spec.id.to_string();
    door.pass("sandbox.layer", &name, || create(paths, spec, sources))?;
    let pins = ensure_pins(door, paths, spec)?;
    let layer = Layer::open(&paths.layer(spec.id).join("upper"), sources.root)?;
    door.pass("sandbox.etc", &name, || etc::write(&layer, spec))?;
    door.pass("sandbox.bundle", &name, || write_bundle(paths, oci, spec, &pins))?;
    private_directory(&paths.oci_state())?;
    // One left by a reboot, of which nothing else is left.
    rootfs::remove_tree(&paths.oci_state().join(&name))?;
    let mounts = door.stage(&rootfs::stage(paths, spec, sources, pins.user))?;
    let listen = || socket::listen(&paths.sandbox(spec.id));
    let socket = door.pass("sandbox.socket", &name, listen)?;
    Ok(Prepared {
        mounts,
        socket,
        console: console::fresh(&paths.console(spec.id))?,
    })
}

/// The namespaces that the network has plumbed, or ones with nothing but a loopback.
fn ensure_pins(door: &Door, paths: &Paths, spec: &SandboxSpec) -> Result<NamespacePins, Error> {
    let own = paths.namespaces(spec.id);
    let dir = spec
        .network
        .as_ref()
        .map_or(own.as_path(), |network| network.namespaces.as_path());
    Ok(door.ensure_namespaces(dir, spec.id_range)?)
}

fn write_bundle(paths: &Paths, oci: &Oci, spec: &SandboxSpec, pins: &NamespacePins) -> Result<(), Error> {
    let host = spec::Host {
        stage: paths.stage(),
        cgroup: paths.cgroup(spec.id),
        user_namespace: pins.user.clone(),
        net_namespace: pins.net.clone(),
        repeats_id_maps: oci.repeats_id_maps,
        open_files_max: probe::open_files_max(),
        settings: settings(),
        oom_score: oom_score(),
    };
    let bundle = paths.bundle(spec.id);
    private_directory(&bundle)?;
    let config = bundle.join("config.json");
    fs::write(&config, spec::oci(spec, &host).to_string()).map_err(file("write", &config))
}

/// What the kernel lets be set.
fn settings() -> Vec<String> {
    let entries = fs::read_dir("/proc/sys").into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

/// A daemon that its host spares when memory runs out does not hand that on to workspaces. Less
/// than the daemon's own takes `CAP_SYS_RESOURCE`, so one that is spared less keeps to its own.
fn oom_score() -> i32 {
    let own = fs::read_to_string("/proc/self/oom_score_adj").unwrap_or_default();
    own.trim().parse().unwrap_or(0).max(0)
}

fn limits(resources: &Resources) -> Limits {
    Limits {
        cpu_weight_millis: resources.cpu_request_millis,
        cpu_millis: resources.cpu_limit_millis,
        memory_bytes: resources.memory_limit_bytes,
        pids: Some(resources.pids_limit),
    }
}

/// Ends what runs, kindly for `grace`, and gives back everything volatile.
pub(crate) async fn stop(door: &Door, paths: &Paths, id: SandboxId, grace: Duration) -> Result<(), Error> {
    let group = paths.cgroup(id);
    let hierarchies = Hierarchies::detect()?;
    if !grace.is_zero()
        && let Some(init) = state::init(&hierarchies, &group)
    {
        // The agent is asked first, as it can be told how long; whatever it says, it is waited for
        // no longer than that, and one that does not answer gets the signal.
        let dialer = UnixDialer::new(paths.sandbox(id).join(socket::NAME));
        let agent = Client::new(dialer).with_timeout(ANSWER);
        let asked = door
            .pass_async("agent.shutdown", &group, agent.shutdown(grace))
            .await;
        let signal = asked.is_err().then(|| state::halt_signal(init.pid));
        door.end_in_cgroup(&group, init.pid, signal, grace).await;
    }
    give_back(door, paths, id).await
}

async fn give_back(door: &Door, paths: &Paths, id: SandboxId) -> Result<(), Error> {
    let group = paths.cgroup(id);
    let hierarchies = Hierarchies::detect()?;
    if !hierarchies.processes(&group).is_empty() {
        door.kill_cgroup(&group).await?;
    }
    let state = paths.oci_state().join(id.to_string());
    door.pass("sandbox.state", &id.to_string(), || rootfs::remove_tree(&state))?;
    door.remove_namespaces(&paths.namespaces(id))?;
    if !hierarchies.directories(&group).is_empty() {
        door.remove_cgroup(&group).await?;
    }
    Ok(())
}

/// Removes everything; what stays is named.
pub(crate) async fn remove(door: &Door, paths: &Arc<Paths>, id: SandboxId) -> Vec<Leftover> {
    let mut left = Vec::new();
    if let Err(error) = stop(door, paths, id, Duration::ZERO).await {
        left.push(leftover("sandbox", &paths.namespaces(id), &error));
    }
    let dir = paths.sandbox(id);
    let (door, target) = (door.clone(), dir.clone());
    let removing = move || door.pass("sandbox.remove", &id.to_string(), || rootfs::remove_tree(&target));
    let removed = tokio::task::spawn_blocking(removing).await;
    if let Err(error) = removed.map_err(Error::from).and_then(|removed| removed) {
        left.push(leftover("directory", &dir, &error));
    }
    left
}

/// Removes what all sandboxes share; none may be left.
pub(crate) async fn remove_common(door: &Door, paths: &Paths) -> Vec<Leftover> {
    let mut left = Vec::new();
    if let Err(error) = door.remove_cgroup(&paths.cgroup_parent()).await {
        left.push(leftover(
            "cgroup",
            Path::new(&paths.cgroup_parent()),
            &error.into(),
        ));
    }
    if let Err(error) = rootfs::remove_tree(&paths.stage()) {
        left.push(leftover("directory", &paths.stage(), &error));
    }
    if let Err(error) = door.unguard_directory(&paths.data) {
        left.push(leftover("mount", &paths.data, &error.into()));
    }
    left
}

fn leftover(kind: &'static str, path: &Path, error: &Error) -> Leftover {
    Leftover {
        kind,
        path: path.to_owned(),
        bytes: None,
        reason: error.to_string(),
    }
}

fn private_directory(path: &Path) -> Result<(), Error> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(file("create", path))
}

//! The `dns` role: answers names on every owner's gateway address.
//!
//! A process of its own that outlives the daemon, so that name resolution in running workspaces
//! does not notice its restarts. It knows what the daemon wrote into the zone file ([`zone`]),
//! answers an owner's workspaces about each other ([`answer`]), passes the rest on to the host's
//! resolvers ([`upstream`]), and holds one pair of sockets for each owner, bound to that owner's
//! bridge ([`listen`]): whose question it is, the kernel says.
//!
//! ```text
//! DIR/zone.json    written by the daemon, replaced as a whole; watched
//! DIR/state.json   written by the forwarder: what it serves, where it cannot listen
//! DIR/lock         held by the one forwarder of this directory; contains its process id
//! ```

pub mod answer;
pub mod listen;
pub mod upstream;
pub mod zone;

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::Ipv4Addr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::fs::{FlockOperation, flock};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use listen::{Listener, Service};
use zone::{State, Zone};

/// The version that the daemon expects of its forwarder.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// How often bridges are looked at, should one have been made anew under the sockets.
const TICK: Duration = Duration::from_secs(1);

/// How the role is called.
#[derive(Debug)]
struct Options {
    dir: PathBuf,
    conf: PathBuf,
}

/// A gateway that is listened on, and the number of the bridge that its sockets are bound to.
type Listening = HashMap<(String, Ipv4Addr), (u32, Listener)>;

/// Runs the forwarder until it is told to end. `args` are those after the role's name:
/// `--dir DIR [--resolv-conf FILE]`.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let outcome = options(args).and_then(|options| {
        let lock = take_lock(&options.dir)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(serve(&options))?;
        drop(lock);
        Ok(())
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error is the forwarder's log.
            let _ = writeln!(io::stderr(), "toft dns: {error}");
            ExitCode::FAILURE
        }
    }
}

fn options(args: impl IntoIterator<Item = OsString>) -> io::Result<Options> {
    let mut options = Options { dir: PathBuf::new(), conf: PathBuf::from("/etc/resolv.conf") };
    let mut args = args.into_iter();
    while let Some(name) = args.next() {
        let value = args.next().map(PathBuf::from);
        match (name.to_str(), value) {
            (Some("--dir"), Some(value)) => options.dir = value,
            (Some("--resolv-conf"), Some(value)) => options.conf = value,
            _ => return Err(io::Error::other("usage: toft dns --dir DIR [--resolv-conf FILE]")),
        }
    }
    Ok(options)
}

/// Becomes the only forwarder of this directory.
fn take_lock(dir: &Path) -> io::Result<File> {
    let mut file = File::options().create(true).truncate(false).read(true).write(true).open(dir.join("lock"))?;
    flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    file.set_len(0)?;
    write!(file, "{}", std::process::id())?;
    Ok(file)
}

async fn serve(options: &Options) -> io::Result<()> {
    let service = Arc::new(Service {
        zone: RwLock::default(),
        upstream: upstream::Upstream::new(options.conf.clone()),
        load: Arc::default(),
    });
    let changed = watch(&options.dir)?;
    let mut end = signal(SignalKind::terminate())?;
    let mut tick = tokio::time::interval(TICK);
    let mut listening = Listening::new();
    let (mut told, mut seen) = (None, None);
    loop {
        if let Some(zone) = read_zone(&options.dir, &mut seen) {
            *service.zone.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(zone);
        }
        let state = listen_on_all(&service, &mut listening);
        if told.as_ref() != Some(&state) {
            tell(&options.dir, &state)?;
            told = Some(state);
        }
        tokio::select! {
            () = changed.notified() => {}
            _ = tick.tick() => {}
            _ = end.recv() => return Ok(()),
        }
    }
}

/// Tells whenever a file of the directory was replaced.
fn watch(dir: &Path) -> io::Result<Arc<Notify>> {
    let queue = inotify::init(CreateFlags::CLOEXEC)?;
    inotify::add_watch(&queue, dir, WatchFlags::MOVED_TO)?;
    let changed = Arc::new(Notify::new());
    let told = changed.clone();
    std::thread::Builder::new().name("watch".to_owned()).spawn(move || {
        // What changed is looked at by whoever is told; here it is only taken note of.
        while rustix::io::read(&queue, &mut [0; 4096]).is_ok() {
            told.notify_one();
        }
    })?;
    Ok(changed)
}

/// The zone file, when it is another one than `seen`. One that cannot be read is told about, and
/// leaves the zone before in force.
fn read_zone(dir: &Path, seen: &mut Option<(u64, i64, i64)>) -> Option<Zone> {
    let file = File::open(dir.join("zone.json")).ok()?;
    let meta = file.metadata().ok()?;
    let version = (meta.ino(), meta.mtime(), meta.mtime_nsec());
    if seen.replace(version) == Some(version) {
        return None;
    }
    let mut text = Vec::new();
    let read = file.take(zone::LIMIT).read_to_end(&mut text);
    match read.and_then(|_| serde_json::from_slice(&text).map_err(io::Error::other)) {
        Ok(zone) => Some(zone),
        Err(error) => {
            let _ = writeln!(io::stderr(), "toft dns: failed to read {}: {error}", dir.join("zone.json").display());
            None
        }
    }
}

/// Opens and closes listeners until they are those of the zone.
fn listen_on_all(service: &Arc<Service>, listening: &mut Listening) -> State {
    let zone = service.zone.read().unwrap_or_else(PoisonError::into_inner).clone();
    let mut state = State { version: VERSION.to_owned(), serial: zone.serial, failures: Vec::new() };
    let wanted = |key: &(String, Ipv4Addr)| zone.networks.iter().any(|n| (&n.bridge, n.gateway) == (&key.0, key.1));
    // A bridge made anew has a new number, and sockets bound to the old one hear nothing.
    listening.retain(|key, (index, _)| wanted(key) && index_of(&key.0) == Some(*index));
    for network in &zone.networks {
        let key = (network.bridge.clone(), network.gateway);
        if listening.contains_key(&key) {
            continue;
        }
        let opened = index_of(&network.bridge).ok_or_else(|| io::Error::other("its bridge is not there yet"));
        match opened.and_then(|index| Ok((index, Listener::open(service, &network.bridge, network.gateway)?))) {
            Ok(listener) => _ = listening.insert(key, listener),
            Err(error) => state.failures.push((network.gateway, error.to_string())),
        }
    }
    state
}

/// The kernel's number for an interface of this namespace.
fn index_of(name: &str) -> Option<u32> {
    let any = rustix::net::socket(rustix::net::AddressFamily::INET, rustix::net::SocketType::DGRAM, None).ok()?;
    rustix::net::netdevice::name_to_index(any, name).ok()
}

/// Tells the daemon what is served. The file is replaced as a whole.
fn tell(dir: &Path, state: &State) -> io::Result<()> {
    let beside = dir.join("state.new");
    std::fs::write(&beside, serde_json::to_vec(state)?)?;
    std::fs::rename(beside, dir.join("state.json"))
}

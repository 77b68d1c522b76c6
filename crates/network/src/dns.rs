//! The `dns` role: answers names on every owner's gateway address.
//!
//! A process of its own that outlives the daemon, so that name resolution in running workspaces
//! does not notice its restarts. It knows what the daemon wrote into the zone file ([`zone`]),
//! answers an owner's workspaces about each other ([`answer`]), passes the rest on to the host's
//! resolvers ([`upstream`]), and holds one pair of sockets for each owner, bound to that owner's
//! bridge ([`listen`]): whose question it is, the kernel says. It is not root ([`confine`]).
//!
//! ```text
//! DIR/zone.json    written by the daemon, replaced as a whole; watched
//! DIR/state.json   written by the forwarder: what it serves, where it cannot listen
//! DIR/lock         held by the one forwarder of this directory; contains its process id
//! ```

pub mod answer;
pub mod confine;
pub mod listen;
pub mod upstream;
pub mod zone;

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::fs::{FlockOperation, Mode, OFlags, flock, openat};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use listen::{Listener, Service};
use zone::{State, Zone};

/// The version that the daemon expects of its forwarder.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// How often bridges are looked at, should one have been made anew under the sockets.
const TICK: Duration = Duration::from_secs(1);
/// How soon a gateway that could not be listened on is tried again, and then after twice as long each
/// time: a zone names an owner's bridge a moment before it is made, and its first workspace waits.
const SOON: Duration = Duration::from_millis(2);

/// How the role is called.
#[derive(Debug)]
struct Options {
    dir: PathBuf,
    conf: PathBuf,
}

/// What the forwarder opened while it still might.
#[derive(Debug)]
struct Files {
    /// The directory: the zone is replaced in it, and its path may lead through others' doors.
    dir: File,
    state: File,
    queue: OwnedFd,
    _lock: File,
}

/// A gateway that is listened on, and the number of the bridge that its sockets are bound to.
type Listening = HashMap<(String, Ipv4Addr), (u32, Listener)>;

/// Runs the forwarder until it is told to end. `args` are those after the role's name:
/// `--dir DIR [--resolv-conf FILE]`.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let outcome = options(args).and_then(|options| {
        let files = Files::open(&options.dir)?;
        confine::confine()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(serve(options, files))
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
    let mut options = Options {
        dir: PathBuf::new(),
        conf: PathBuf::from("/etc/resolv.conf"),
    };
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

// === impl Files ===

impl Files {
    /// Becomes the only forwarder of this directory.
    fn open(dir: &Path) -> io::Result<Self> {
        let fresh = |name| {
            File::options()
                .create(true)
                .truncate(false)
                .read(true)
                .write(true)
                .open(dir.join(name))
        };
        let mut lock = fresh("lock")?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        lock.set_len(0)?;
        write!(lock, "{}", std::process::id())?;
        let queue = inotify::init(CreateFlags::CLOEXEC)?;
        inotify::add_watch(&queue, dir, WatchFlags::MOVED_TO)?;
        Ok(Self {
            dir: File::open(dir)?,
            state: fresh("state.json")?,
            queue,
            _lock: lock,
        })
    }

    /// The zone file, when it is another one than `seen`. One that cannot be read is told about,
    /// and leaves the zone before in force.
    fn zone(&self, seen: &mut Option<(u64, i64, i64)>) -> Option<Zone> {
        let file = File::from(
            openat(
                &self.dir,
                "zone.json",
                OFlags::RDONLY | OFlags::CLOEXEC,
                Mode::empty(),
            )
            .ok()?,
        );
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
                let _ = writeln!(io::stderr(), "toft dns: failed to read the zone: {error}");
                None
            }
        }
    }

    /// Tells the daemon what is served. In place: a half-written state is none yet.
    fn tell(&mut self, state: &State) -> io::Result<()> {
        self.state.set_len(0)?;
        self.state.rewind()?;
        self.state.write_all(&serde_json::to_vec(state)?)
    }
}

async fn serve(options: Options, mut files: Files) -> io::Result<()> {
    let service = Arc::new(Service {
        zone: RwLock::default(),
        upstream: upstream::Upstream::new(options.conf),
        load: Arc::default(),
    });
    let changed = watch(files.queue.try_clone()?)?;
    let mut end = signal(SignalKind::terminate())?;
    let mut soon = SOON;
    let mut listening = Listening::new();
    let (mut told, mut seen) = (None, None);
    loop {
        if let Some(zone) = files.zone(&mut seen) {
            *service.zone.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(zone);
            soon = SOON;
        }
        let state = listen_on_all(&service, &mut listening);
        let pause = if state.failures.is_empty() { TICK } else { soon };
        soon = (2 * soon).min(TICK);
        if told.as_ref() != Some(&state) {
            files.tell(&state)?;
            told = Some(state);
        }
        tokio::select! {
            () = changed.notified() => {}
            () = tokio::time::sleep(pause) => {}
            _ = end.recv() => return Ok(()),
        }
    }
}

/// Tells whenever a file of the watched directory was replaced.
fn watch(queue: OwnedFd) -> io::Result<Arc<Notify>> {
    let changed = Arc::new(Notify::new());
    let told = changed.clone();
    std::thread::Builder::new()
        .name("watch".to_owned())
        .spawn(move || {
            // What changed is looked at by whoever is told; here it is only taken note of.
            while rustix::io::read(&queue, &mut [0; 4096]).is_ok() {
                told.notify_one();
            }
        })?;
    Ok(changed)
}

/// Opens and closes listeners until they are those of the zone.
fn listen_on_all(service: &Arc<Service>, listening: &mut Listening) -> State {
    let zone = service
        .zone
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let mut state = State {
        version: VERSION.to_owned(),
        serial: zone.serial,
        failures: Vec::new(),
    };
    let wanted = |key: &(String, Ipv4Addr)| {
        zone.networks
            .iter()
            .any(|n| (&n.bridge, n.gateway) == (&key.0, key.1))
    };
    // A bridge made anew has a new number, and sockets bound to the old one hear nothing.
    listening.retain(|key, (index, _)| wanted(key) && index_of(&key.0) == Some(*index));
    for network in &zone.networks {
        let key = (network.bridge.clone(), network.gateway);
        if listening.contains_key(&key) {
            continue;
        }
        let opened = index_of(&network.bridge).ok_or_else(|| io::Error::other("its bridge is not there yet"));
        match opened.and_then(|index| Ok((index, Listener::open(service, &network.bridge, network.gateway)?)))
        {
            Ok(listener) => _ = listening.insert(key, listener),
            Err(error) => state.failures.push((network.gateway, error.to_string())),
        }
    }
    state
}

/// The kernel's number for an interface of this namespace.
fn index_of(name: &str) -> Option<u32> {
    let any = rustix::net::socket(
        rustix::net::AddressFamily::INET,
        rustix::net::SocketType::DGRAM,
        None,
    )
    .ok()?;
    rustix::net::netdevice::name_to_index(any, name).ok()
}

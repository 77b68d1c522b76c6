//! The daemon's side of the name forwarder: starts it, adopts it, tells it the names.
//!
//! Whether one runs is no record of ours: it holds a lock for as long as it lives, which the
//! kernel releases with it. So a daemon that was killed and comes back finds it, and two
//! daemons on one directory cannot start two.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, kill_process};
use toft_effects::Door;
use toft_effects::spawn::Program;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use crate::dns::VERSION;
use crate::dns::zone::{State, Zone};
use crate::error::NetworkError;
use crate::intent;
use crate::network::NetworkConfig;

/// How long the forwarder may take to serve a new zone, or to end.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often its state is looked at meanwhile.
const GLANCE: Duration = Duration::from_millis(2);

/// The forwarder of one instance.
#[derive(Debug)]
pub(crate) struct Forwarder {
    door: Door,
    dir: PathBuf,
    command: Vec<OsString>,
    serial: AtomicU64,
    starting: Mutex<()>,
}

// === impl Forwarder ===

impl Forwarder {
    pub(crate) fn new(door: Door, config: &NetworkConfig) -> Self {
        let (dir, command) = (config.dir.join("dns"), config.forwarder.clone());
        Self {
            door,
            dir,
            command,
            serial: AtomicU64::new(0),
            starting: Mutex::default(),
        }
    }

    /// Replaces the zone file. The forwarder sees it by itself.
    pub(crate) fn write_zone(&self, zone: &Zone) -> Result<(), NetworkError> {
        fs::create_dir_all(&self.dir).map_err(NetworkError::file("make", &self.dir))?;
        // The forwarder is not root: it holds the directory open, and may only pass through it.
        let passage = fs::set_permissions(&self.dir, fs::Permissions::from_mode(0o711));
        passage.map_err(NetworkError::file("set the permissions of", &self.dir))?;
        let path = self.dir.join("zone.json");
        // Above all before, those of a daemon before this one too.
        let served = self.state().map_or(0, |state| state.serial);
        let serial = self.serial.load(Ordering::SeqCst).max(served) + 1;
        let zone = Zone {
            serial,
            ..zone.clone()
        };
        let text = serde_json::to_vec(&zone)
            .map_err(io::Error::other)
            .map_err(NetworkError::file("write", &path))?;
        intent::replace(&path, &text, 0o644)?;
        self.serial.store(serial, Ordering::SeqCst);
        Ok(())
    }

    /// Starts the forwarder unless it runs, and waits until it serves the zone as it is now; with
    /// a gateway, until it listens there. What is wrong with others' gateways is their affair.
    pub(crate) async fn ensure(&self, gateway: Option<Ipv4Addr>) -> Result<(), NetworkError> {
        let (deadline, wanted) = (Instant::now() + PATIENCE, self.serial.load(Ordering::SeqCst));
        loop {
            let state = if self.runs() { self.state() } else { None };
            let failed = |state: &State| {
                state
                    .failures
                    .iter()
                    .any(|(address, _)| Some(*address) == gateway)
            };
            match state {
                // One from before an upgrade goes; there is a moment without names.
                Some(state) if state.version != VERSION => self.stop().await?,
                Some(state) if state.serial >= wanted && !failed(&state) => return Ok(()),
                _ if Instant::now() > deadline => return Err(self.complaint(state, gateway)),
                _ if self.runs() => sleep(GLANCE).await,
                _ => self.start().await?,
            }
        }
    }

    /// Ends the forwarder; nothing happens when none runs.
    pub(crate) async fn stop(&self) -> Result<(), NetworkError> {
        let deadline = Instant::now() + PATIENCE;
        let mut asked = false;
        while self.runs() {
            let late = Instant::now() > deadline;
            let signal = if late { Signal::KILL } else { Signal::TERM };
            if let (false, Some(pid)) = (asked && !late, self.pid()) {
                let killed = self
                    .door
                    .pass("kill.forwarder", &pid.as_raw_nonzero().to_string(), || {
                        kill_process(pid, signal)
                    });
                // One that ended by itself meanwhile is what was wanted.
                asked = killed.is_ok();
            }
            sleep(GLANCE).await;
        }
        Ok(())
    }

    /// Whether a forwarder of this directory lives.
    pub(crate) fn runs(&self) -> bool {
        // Without a file or the right to open it there is no forwarder either.
        let Ok(file) = File::open(self.dir.join("lock")) else {
            return false;
        };
        flock(&file, FlockOperation::NonBlockingLockShared).is_err()
    }

    /// What it said last.
    pub(crate) fn state(&self) -> Option<State> {
        serde_json::from_slice(&fs::read(self.dir.join("state.json")).ok()?).ok()
    }

    async fn start(&self) -> Result<(), NetworkError> {
        let _one = self.starting.lock().await;
        if self.runs() {
            return Ok(());
        }
        let _ = fs::remove_file(self.dir.join("state.json"));
        let log = self.dir.join("log");
        let file = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .map_err(NetworkError::file("open", &log))?;
        let (program, args) = self
            .command
            .split_first()
            .map_or((OsString::new(), &[][..]), |(p, a)| (p.clone(), a));
        let program = Program::new("spawn.dns", program)
            .args(args)
            .arg("--dir")
            .arg(&self.dir);
        let pid = self
            .door
            .spawn_detached(program, file)
            .map_err(|source| NetworkError::Forwarder { source })?;
        // Until it holds its lock it looks as if it did not run: another would be started.
        let deadline = Instant::now() + PATIENCE;
        while !self.runs() && alive(pid) && Instant::now() < deadline {
            sleep(GLANCE).await;
        }
        Ok(())
    }

    /// The process that holds the lock, if it is what it says.
    fn pid(&self) -> Option<Pid> {
        let text = fs::read_to_string(self.dir.join("lock")).ok()?;
        let number: i32 = text.trim().parse().ok()?;
        let line = fs::read(Path::new("/proc").join(number.to_string()).join("cmdline")).ok()?;
        let dir = self.dir.as_os_str().as_encoded_bytes();
        line.split(|byte| *byte == 0)
            .any(|word| word == dir)
            .then(|| Pid::from_raw(number))
            .flatten()
    }

    fn complaint(&self, state: Option<State>, gateway: Option<Ipv4Addr>) -> NetworkError {
        let failures = state.map(|state| state.failures).unwrap_or_default();
        let reason = failures
            .into_iter()
            .find(|(address, _)| Some(*address) == gateway)
            .map(|(_, reason)| reason);
        let log = || {
            format!(
                "the forwarder does not come up; see {}",
                self.dir.join("log").display()
            )
        };
        let gateway = gateway.map_or_else(|| "every gateway".to_owned(), |address| format!("{address}:53"));
        NetworkError::Names {
            gateway,
            reason: reason.unwrap_or_else(log),
        }
    }
}

/// Whether a process is there and not just waiting to be collected.
fn alive(pid: u32) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

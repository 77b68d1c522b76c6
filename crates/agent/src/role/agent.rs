//! What the agent knows while it runs. Everything lives on one thread.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::apps::Supervisor;
use super::exec::Exec;
use super::options::Options;
use super::reaper::Reaper;
use super::session::{self, Ending};
use super::terminal::Terminal;
use super::users::{self, Identity};
use crate::wire::{Info, Refusal, VERSIONS};

/// Most ended sessions kept, whoever may still ask.
const ENDED: usize = 64;
/// How often ended sessions are looked at.
const SWEEP: Duration = Duration::from_secs(15);

/// The agent.
#[derive(Debug)]
pub struct Agent {
    options: Options,
    instance: String,
    started: Instant,
    pub reaper: Rc<Reaper>,
    pub terminals: RefCell<BTreeMap<String, Rc<Terminal>>>,
    pub execs: RefCell<BTreeMap<String, Rc<Exec>>>,
    pub apps: Supervisor,
    pub meters: Meters,
    /// Told the grace when everything is to end.
    pub stop: tokio::sync::watch::Sender<Option<Duration>>,
}

/// Figures that nobody else keeps.
#[derive(Debug, Default)]
pub struct Meters {
    pub terminal_input: Cell<Option<Instant>>,
    pub terminal_output: Cell<Option<Instant>>,
    pub port_connections: Cell<u32>,
    pub port_bytes: Cell<u64>,
}

// === impl Agent ===

impl Agent {
    /// An agent at its start.
    pub fn new(options: Options) -> Self {
        Self {
            reaper: Rc::new(Reaper::new(!options.beside && std::process::id() == 1)),
            options,
            instance: session::name(),
            started: Instant::now(),
            terminals: RefCell::default(),
            execs: RefCell::default(),
            apps: Supervisor::new(),
            meters: Meters::default(),
            stop: tokio::sync::watch::Sender::new(None),
        }
    }

    /// Whether this is the workspace's first process, to whom everything inside belongs.
    pub fn is_first(&self) -> bool {
        !self.options.beside && std::process::id() == 1
    }

    /// Whether the first process is the image's own init, which ends everything inside.
    pub fn has_init(&self) -> bool {
        self.options.init
    }

    /// A user by name or number; the workspace's own if `None`. Read anew each time, as people add
    /// themselves to groups.
    pub fn user(&self, wanted: Option<&str>) -> Result<Identity, Refusal> {
        let root = Path::new("/");
        match wanted.or(self.options.user.as_deref()) {
            Some(wanted) => users::find(root, wanted),
            None => users::find(root, &users::default_user(root)),
        }
    }

    /// Who the agent is.
    pub fn info(&self) -> Result<Info, Refusal> {
        let user = self.user(None)?;
        Ok(Info {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            protocols: VERSIONS.to_vec(),
            instance: self.instance.clone(),
            pid: std::process::id(),
            uptime_s: self.started.elapsed().as_secs(),
            user: user.name,
            home: user.home,
        })
    }

    /// Forgets ended sessions in time.
    pub async fn sweep(&self) {
        loop {
            tokio::time::sleep(SWEEP).await;
            forget(&mut self.terminals.borrow_mut(), |terminal| &terminal.ending);
            forget(&mut self.execs.borrow_mut(), |exec| &exec.ending);
        }
    }
}

fn forget<T>(sessions: &mut BTreeMap<String, Rc<T>>, ending: impl Fn(&T) -> &Ending) {
    let now = Instant::now();
    sessions.retain(|_, session| !ending(session).is_over(now));
    let mut ended: Vec<_> = sessions
        .iter()
        .filter_map(|(name, session)| Some((ending(session).rank()?, name.clone())))
        .collect();
    ended.sort();
    let excess = ended.len().saturating_sub(ENDED);
    for (_, name) in ended.into_iter().take(excess) {
        sessions.remove(&name);
    }
}

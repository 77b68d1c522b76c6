//! Apps: programs that the agent keeps running.
//!
//! One task per app owns its process; the configuration only tells tasks to stop and starts new ones, and
//! a changed app's new task waits for the old one. So an app never runs twice, however often and
//! however fast it is configured.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Instant;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::agent::Agent;
use super::ring::Ring;
use crate::wire::{AppSpec, AppState, AppStatus, Apps, Code, Refusal};

pub mod logs;
mod ready;
mod run;

/// How much of an app's output is kept.
const LOG: usize = 128 << 10;
/// Most apps of a workspace.
const LIMIT: usize = 64;

/// All apps.
#[derive(Debug)]
pub struct Supervisor {
    apps: RefCell<Vec<Running>>,
    revision: Rc<watch::Sender<u64>>,
    ending: Cell<bool>,
}

/// An app and the task that owns it.
#[derive(Debug)]
struct Running {
    app: Rc<App>,
    task: JoinHandle<()>,
}

/// What an app's task and everybody else know of it.
#[derive(Debug)]
pub struct App {
    spec: AppSpec,
    status: RefCell<Status>,
    log: RefCell<Ring>,
    logged: watch::Sender<()>,
    stop: watch::Sender<bool>,
    revision: Rc<watch::Sender<u64>>,
}

#[derive(Debug)]
struct Status {
    state: AppState,
    reason: String,
    pid: Option<i32>,
    exit_code: Option<i32>,
    restarts: u32,
    since: Instant,
}

// === impl Supervisor ===

impl Supervisor {
    /// A supervisor of nothing.
    pub fn new() -> Self {
        Self {
            apps: RefCell::default(),
            revision: Rc::new(watch::Sender::new(0)),
            ending: Cell::new(false),
        }
    }

    /// Makes the apps those in the list.
    pub fn configure(&self, agent: &Rc<Agent>, specs: Vec<AppSpec>) -> Result<Apps, Refusal> {
        check(&specs)?;
        if self.ending.get() {
            return Err(Refusal::new(Code::Failed, "the workspace is shutting down"));
        }
        let mut old: Vec<Running> = self.apps.take();
        let mut new = Vec::with_capacity(specs.len());
        for spec in specs {
            let same = old.iter().position(|running| running.app.spec.name == spec.name);
            let predecessor = same.map(|index| old.remove(index));
            match predecessor {
                Some(running) if running.app.spec == spec => new.push(running),
                predecessor => new.push(self.start(agent, spec, predecessor)),
            }
        }
        for gone in old {
            gone.app.stop.send_replace(true);
        }
        *self.apps.borrow_mut() = new;
        Ok(self.list())
    }

    fn start(&self, agent: &Rc<Agent>, spec: AppSpec, predecessor: Option<Running>) -> Running {
        let app = Rc::new(App::new(spec, Rc::clone(&self.revision)));
        if let Some(predecessor) = &predecessor {
            predecessor.app.stop.send_replace(true);
        }
        let (agent, owned) = (Rc::clone(agent), Rc::clone(&app));
        let task = tokio::task::spawn_local(async move {
            if let Some(predecessor) = predecessor {
                // Its end is all that matters, however it came.
                let _ = predecessor.task.await;
            }
            run::run(&agent, &owned).await;
        });
        Running { app, task }
    }

    /// The apps and their states.
    pub fn list(&self) -> Apps {
        Apps {
            revision: *self.revision.borrow(),
            apps: self
                .apps
                .borrow()
                .iter()
                .map(|running| running.app.status())
                .collect(),
        }
    }

    /// The counter of changes.
    pub fn revisions(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    /// An app by name.
    pub fn find(&self, name: &str) -> Option<Rc<App>> {
        self.apps
            .borrow()
            .iter()
            .find(|running| running.app.spec.name == name)
            .map(|running| Rc::clone(&running.app))
    }

    /// Everything is about to end: nothing is started again.
    pub fn stop_restarting(&self) {
        self.ending.set(true);
        for running in self.apps.borrow().iter() {
            running.app.stop.send_replace(true);
        }
    }
}

fn check(specs: &[AppSpec]) -> Result<(), Refusal> {
    let invalid = |message: String| Err(Refusal::new(Code::Invalid, message));
    if specs.len() > LIMIT {
        return invalid(format!(
            "{} apps are more than the {LIMIT} that a workspace may have",
            specs.len()
        ));
    }
    let mut names = HashSet::new();
    for spec in specs {
        if spec.name.is_empty() || spec.name.len() > 63 {
            return invalid(format!("{:?} is no name for an app", spec.name));
        }
        if !names.insert(&spec.name) {
            return invalid(format!("there are two apps of the name {:?}", spec.name));
        }
        if spec.command.is_empty() {
            return invalid(format!("the app {:?} has no command", spec.name));
        }
    }
    Ok(())
}

// === impl App ===

impl App {
    fn new(spec: AppSpec, revision: Rc<watch::Sender<u64>>) -> Self {
        let status = Status {
            state: AppState::Starting,
            reason: String::new(),
            pid: None,
            exit_code: None,
            restarts: 0,
            since: Instant::now(),
        };
        revision.send_modify(|revision| *revision += 1);
        Self {
            spec,
            status: RefCell::new(status),
            log: RefCell::new(Ring::new(LOG)),
            logged: watch::Sender::new(()),
            stop: watch::Sender::new(false),
            revision,
        }
    }

    /// Changes its status, and tells those who wait for that.
    fn update(&self, change: impl FnOnce(&mut Status)) {
        let mut status = self.status.borrow_mut();
        let before = status.state;
        change(&mut status);
        if status.state != before {
            status.since = Instant::now();
        }
        drop(status);
        self.revision.send_modify(|revision| *revision += 1);
    }

    fn status(&self) -> AppStatus {
        let status = self.status.borrow();
        AppStatus {
            name: self.spec.name.clone(),
            state: status.state,
            reason: status.reason.clone(),
            pid: status.pid.and_then(|pid| u32::try_from(pid).ok()),
            exit_code: status.exit_code,
            restarts: status.restarts,
            since_s: status.since.elapsed().as_secs(),
        }
    }

    fn log(&self, bytes: &[u8]) {
        self.log.borrow_mut().push(bytes);
        self.logged.send_replace(());
    }
}

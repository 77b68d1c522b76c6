//! Connections to apps, kept open between requests.
//!
//! A connection belongs to one app of one run of one workspace; it is used by one request at a
//! time, by whoever may see that app. When a workspace stops, its connections go.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::time::Instant;

use crate::api::{AppRoute, BoxStream};
use crate::body::Upload;

/// A connection that has lain idle this long is not trusted with a request that cannot be
/// repeated: common servers close theirs after 5 s, and the news may be on its way.
const FRESH: Duration = Duration::from_secs(2);

/// Whose connection it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    workspace: Arc<str>,
    generation: u64,
    port: u16,
}

/// The idle connections of all apps.
#[derive(Debug)]
pub(crate) struct Pool {
    per_app: usize,
    max_idle: Duration,
    idle: Mutex<HashMap<Key, VecDeque<Idle>>>,
}

#[derive(Debug)]
struct Idle {
    sender: SendRequest<Upload>,
    since: Instant,
}

/// A connection in use.
#[derive(Debug)]
pub(crate) struct Lease {
    pool: Arc<Pool>,
    key: Key,
    sender: SendRequest<Upload>,
}

// === impl Pool ===

impl Pool {
    pub(crate) fn new(per_app: usize, max_idle: Duration) -> Arc<Self> {
        Arc::new(Self {
            per_app,
            max_idle,
            idle: Mutex::default(),
        })
    }

    /// An idle connection to the app, the one used last.
    pub(crate) fn take(self: &Arc<Self>, route: &AppRoute, repeatable: bool) -> Option<Lease> {
        let key = Key::of(route);
        let limit = if repeatable {
            self.max_idle
        } else {
            FRESH.min(self.max_idle)
        };
        let mut idle = self.idle();
        let queue = idle.get_mut(&key)?;
        queue.retain(|connection| !connection.sender.is_closed());
        let usable = |idle: &Idle| idle.sender.is_ready() && idle.since.elapsed() < limit;
        let found = queue.iter().rposition(usable).and_then(|at| queue.remove(at));
        let sender = found?.sender;
        drop(idle);
        Some(Lease {
            pool: Arc::clone(self),
            key,
            sender,
        })
    }

    /// Speaks HTTP over a fresh stream to the app.
    pub(crate) async fn open(
        self: &Arc<Self>,
        route: &AppRoute,
        stream: BoxStream,
    ) -> Result<Lease, hyper::Error> {
        let (sender, connection) = http1::Builder::new().handshake(TokioIo::new(stream)).await?;
        // Ends with the stream; what is wrong with it, the request in it is told.
        tokio::spawn(connection.with_upgrades());
        Ok(Lease {
            pool: Arc::clone(self),
            key: Key::of(route),
            sender,
        })
    }

    /// Drops the idle connections to a workspace.
    pub(crate) fn evict(&self, workspace: &str) {
        self.idle().retain(|key, _| &*key.workspace != workspace);
    }

    /// Drops connections that have been idle too long or were closed by the app.
    pub(crate) fn sweep(&self) {
        self.idle().retain(|_, queue| {
            queue.retain(|idle| idle.since.elapsed() < self.max_idle && !idle.sender.is_closed());
            !queue.is_empty()
        });
    }

    /// Nothing is called while the map is held, so that poison carries no half-made change.
    fn idle(&self) -> MutexGuard<'_, HashMap<Key, VecDeque<Idle>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Key ===

impl Key {
    fn of(route: &AppRoute) -> Self {
        Self {
            workspace: Arc::clone(&route.workspace),
            generation: route.generation,
            port: route.port,
        }
    }
}

// === impl Lease ===

impl Lease {
    pub(crate) fn sender(&mut self) -> &mut SendRequest<Upload> {
        &mut self.sender
    }

    pub(crate) fn give_back(self) {
        if self.sender.is_closed() {
            return;
        }
        let mut idle = self.pool.idle();
        let queue = idle.entry(self.key).or_default();
        if queue.len() >= self.pool.per_app {
            queue.pop_front();
        }
        queue.push_back(Idle {
            sender: self.sender,
            since: Instant::now(),
        });
    }
}

//! Connections to apps, kept open between requests.
//!
//! A connection belongs to one app of one run of one workspace; it is used by one request at a
//! time, by whoever may see that app. When a workspace stops, its connections go.
//!
//! Whoever uses a connection also moves it ([`Lease::drive`]): a request, its connection and its
//! client are one task, so that nothing wakes another task on the way through. Nobody moves an
//! idle one; whether the app has closed it meanwhile is seen when it is taken.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;

use hyper::client::conn::http1::{self, Connection, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::task::coop::unconstrained;
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
    line: Line,
    since: Instant,
}

/// HTTP to an app.
struct Line {
    sender: SendRequest<Upload>,
    /// `None` when it has ended, or when it has a task of its own because it may become a WebSocket.
    connection: Option<Pin<Box<Wire>>>,
}

type Wire = Connection<TokioIo<BoxStream>, Upload>;

/// A connection in use.
#[derive(Debug)]
pub(crate) struct Lease {
    pool: Arc<Pool>,
    key: Key,
    line: Line,
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
        loop {
            let fresh = |idle: &mut Idle| idle.since.elapsed() < limit;
            let newest = self.idle().get_mut(&key)?.pop_back_if(fresh);
            let mut line = newest?.line;
            if line.is_ready() {
                let pool = Arc::clone(self);
                return Some(Lease { pool, key, line });
            }
        }
    }

    /// Speaks HTTP over a fresh stream to the app.
    pub(crate) async fn open(
        self: &Arc<Self>,
        route: &AppRoute,
        stream: BoxStream,
        websocket: bool,
    ) -> Result<Lease, hyper::Error> {
        let (sender, connection) = http1::Builder::new().handshake(TokioIo::new(stream)).await?;
        let connection = if websocket {
            // Ends with the stream; what is wrong with it, the request in it is told.
            tokio::spawn(connection.with_upgrades());
            None
        } else {
            Some(Box::pin(connection))
        };
        Ok(Lease {
            pool: Arc::clone(self),
            key: Key::of(route),
            line: Line { sender, connection },
        })
    }

    /// Drops the idle connections to a workspace.
    pub(crate) fn evict(&self, workspace: &str) {
        self.idle().retain(|key, _| &*key.workspace != workspace);
    }

    /// Drops connections that have been idle too long or were closed by the app.
    pub(crate) fn sweep(&self) {
        // Out of the map meanwhile: a request that comes just now opens a connection.
        let all = std::mem::take(&mut *self.idle());
        for (key, mut queue) in all {
            queue.retain_mut(|idle| idle.since.elapsed() < self.max_idle && idle.line.is_ready());
            if queue.is_empty() {
                continue;
            }
            let mut idle = self.idle();
            let newer = idle.entry(key).or_default();
            queue.append(newer);
            *newer = queue;
        }
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

// === impl Line ===

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("sender", &self.sender)
            .finish_non_exhaustive()
    }
}

impl Line {
    fn drive(&mut self, cx: &mut Context<'_>) {
        if let Some(connection) = &mut self.connection
            && pin!(unconstrained(connection.as_mut())).poll(cx).is_ready()
        {
            self.connection = None;
        }
    }

    /// Whether another request can be sent: all of the last one is through, and the app has not
    /// closed it.
    fn is_ready(&mut self) -> bool {
        self.drive(&mut Context::from_waker(Waker::noop()));
        self.connection.is_some() && self.sender.is_ready()
    }
}

// === impl Lease ===

impl Lease {
    pub(crate) fn sender(&mut self) -> &mut SendRequest<Upload> {
        &mut self.line.sender
    }

    /// Moves bytes as far as they go, and has the task woken when they go further. To be called
    /// before anything that the connection brings is waited for.
    pub(crate) fn drive(&mut self, cx: &mut Context<'_>) {
        self.line.drive(cx);
    }

    pub(crate) fn give_back(mut self) {
        if !self.line.is_ready() {
            return;
        }
        let mut idle = self.pool.idle();
        let queue = idle.entry(self.key).or_default();
        if queue.len() >= self.pool.per_app {
            queue.pop_front();
        }
        queue.push_back(Idle {
            line: self.line,
            since: Instant::now(),
        });
    }
}

#[cfg(test)]
mod tests;

//! Who may connect: bounds on connections in all, per source, and in their handshake.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Counts connections and refuses those beyond the bounds.
#[derive(Debug)]
pub(crate) struct Admission {
    total: usize,
    per_source: usize,
    handshakes: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    open: usize,
    sources: HashMap<Source, usize>,
    next: u64,
    /// Unfinished handshakes, oldest first; dropping the sender ends one.
    pending: BTreeMap<u64, oneshot::Sender<()>>,
}

/// What counts as one source: an IPv4 address, or the /64 that an IPv6 client commonly has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Source {
    V4(u32),
    V6(u64),
}

/// A counted connection.
#[derive(Debug)]
pub(crate) struct Permit {
    admission: Arc<Admission>,
    source: Option<Source>,
}

/// An unfinished handshake; resolves [`Pending::evicted`] when it has to make room.
#[derive(Debug)]
pub(crate) struct Pending {
    admission: Arc<Admission>,
    number: u64,
    evicted: oneshot::Receiver<()>,
}

// === impl Admission ===

impl Admission {
    pub(crate) fn new(total: usize, per_source: usize, handshakes: usize) -> Arc<Self> {
        Arc::new(Self {
            total,
            per_source,
            handshakes: handshakes.max(1),
            state: Mutex::default(),
        })
    }

    /// Counts a connection, unless there are too many. When there are too many in all, the oldest
    /// unfinished handshake goes instead, if there is one.
    pub(crate) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Permit> {
        let source = Source::of(peer);
        let mut state = self.state();
        if let Some(source) = source {
            let count = state.sources.entry(source).or_default();
            if *count >= self.per_source {
                return None;
            }
            *count += 1;
        }
        if state.open >= self.total && state.pending.pop_first().is_none() {
            state.leave(source);
            return None;
        }
        state.open += 1;
        drop(state);
        Some(Permit {
            admission: Arc::clone(self),
            source,
        })
    }

    pub(crate) fn begin_handshake(self: &Arc<Self>) -> Pending {
        let (sender, evicted) = oneshot::channel();
        let mut state = self.state();
        if state.pending.len() >= self.handshakes {
            state.pending.pop_first();
        }
        let number = state.next;
        state.next += 1;
        state.pending.insert(number, sender);
        drop(state);
        Pending {
            admission: Arc::clone(self),
            number,
            evicted,
        }
    }

    /// Connections open now.
    pub(crate) fn open(&self) -> usize {
        self.state().open
    }

    /// Nothing is called while the state is held, so that poison carries no half-made change.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl State ===

impl State {
    fn leave(&mut self, source: Option<Source>) {
        let Some(source) = source else { return };
        if let Some(count) = self.sources.get_mut(&source) {
            *count -= 1;
            if *count == 0 {
                self.sources.remove(&source);
            }
        }
    }
}

// === impl Source ===

impl Source {
    /// `None` for this machine itself, which is not bounded as a source: a proxy in front of Toft
    /// would speak for everybody.
    fn of(peer: IpAddr) -> Option<Self> {
        match peer.to_canonical() {
            ip if ip.is_loopback() => None,
            IpAddr::V4(ip) => Some(Self::V4(ip.to_bits())),
            IpAddr::V6(ip) => Some(Self::V6((ip.to_bits() >> 64) as u64)),
        }
    }
}

// === impl Permit ===

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.admission.state();
        state.open -= 1;
        state.leave(self.source);
    }
}

// === impl Pending ===

impl Pending {
    pub(crate) async fn evicted(&mut self) {
        // Only ever ends by the sender being dropped.
        let _ = (&mut self.evicted).await;
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.admission.state().pending.remove(&self.number);
    }
}

#[cfg(test)]
mod tests;

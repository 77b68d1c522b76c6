//! Which workspaces to reconcile: each at most once at a time, none forgotten.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use toft_store::Key;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// The queue of one engine.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Key>,
    /// What stands in `waiting`.
    listed: HashSet<Key>,
    /// What is being reconciled, and whether it must be again.
    running: HashMap<Key, bool>,
    /// What comes back by itself, and when.
    later: HashMap<Key, Instant>,
}

// === impl Queue ===

impl Queue {
    /// Asks for a reconcile; one that is under way is followed by another.
    pub(crate) fn push(&self, key: Key) {
        self.with(|state| state.push(key));
        self.changed.notify_one();
    }

    /// The next to reconcile; waits for one. Must be followed by [`Queue::done`].
    pub(crate) async fn next(&self) -> Key {
        loop {
            let (next, wake) = self.with(State::next);
            if let Some(key) = next {
                // Others may be waiting as well: pass the word on.
                self.changed.notify_one();
                return key;
            }
            match wake {
                Some(at) => {
                    tokio::select! {
                        () = self.changed.notified() => {}
                        () = sleep_until(at) => {}
                    }
                }
                None => self.changed.notified().await,
            }
        }
    }

    /// A reconcile ended; it comes back after `again`, if given, or sooner when asked for.
    pub(crate) fn done(&self, key: Key, again: Option<Duration>) {
        self.with(|state| {
            let dirty = state.running.remove(&key).unwrap_or(false);
            if dirty {
                state.push(key);
            } else if let Some(pause) = again {
                state.later.insert(key, Instant::now() + pause);
            }
        });
        self.changed.notify_one();
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

// === impl State ===

impl State {
    fn push(&mut self, key: Key) {
        if let Some(dirty) = self.running.get_mut(&key) {
            *dirty = true;
        } else if self.listed.insert(key.clone()) {
            self.later.remove(&key);
            self.waiting.push_back(key);
        }
    }

    fn next(&mut self) -> (Option<Key>, Option<Instant>) {
        let now = Instant::now();
        let due: Vec<Key> = self
            .later
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(key, _)| key.clone())
            .collect();
        for key in due {
            self.push(key);
        }
        let next = self.waiting.pop_front();
        if let Some(key) = &next {
            self.listed.remove(key);
            self.running.insert(key.clone(), false);
        }
        (next, self.later.values().min().copied())
    }
}

#[cfg(test)]
mod tests;

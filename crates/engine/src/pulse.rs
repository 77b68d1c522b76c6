//! Whether what runs still runs: a glance at all of them now and then, which asks the runtime only.
//! The whole look at a workspace reads its template, its image and its agent as well.

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};

use toft_runtime::{SandboxId, SandboxState};
use toft_store::Key;

use crate::driver::Driver;

// === impl Driver ===

impl Driver {
    /// Remembers that this one runs under that id, or that it does not.
    pub(crate) fn takes_pulse(&self, key: &Key, id: Option<SandboxId>) {
        let mut running = self.known_running();
        match id {
            Some(id) => running.insert(key.clone(), id),
            None => running.remove(key),
        };
    }

    /// Asks for a look at those that run no more.
    pub(crate) async fn pulse(&self) {
        let known: Vec<(Key, SandboxId)> = self
            .known_running()
            .iter()
            .map(|(key, id)| (key.clone(), *id))
            .collect();
        for (key, id) in known {
            let state = self.ports.runtime.inspect(id).await;
            if !matches!(state, Ok(SandboxState::Running { .. })) {
                self.takes_pulse(&key, None);
                self.queue.push(key);
            }
        }
    }

    fn known_running(&self) -> MutexGuard<'_, HashMap<Key, SandboxId>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

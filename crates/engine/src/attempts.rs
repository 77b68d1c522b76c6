//! What failed, remembered for the pause after it. Lost with the daemon, and no harm done.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use toft_runtime::SandboxId;

use crate::backoff;
use crate::observed::{Attempt, SandboxView};
use crate::plan::Step;

/// What has run for so long did start well.
const LASTS: Duration = Duration::from_mins(1);

/// The last failure of each sandbox.
#[derive(Default)]
pub(crate) struct Attempts(Mutex<HashMap<SandboxId, Attempt>>);

// === impl Attempts ===

impl Attempts {
    pub(crate) fn get(&self, id: SandboxId) -> Option<Attempt> {
        self.lock().get(&id).cloned()
    }

    /// A step that succeeded is forgotten, unless it was a start: that has succeeded when it
    /// lasts, see [`Attempts::forgive`].
    pub(crate) fn succeeded(&self, id: SandboxId, step: Step) {
        let mut known = self.lock();
        if step != Step::StartSandbox && known.get(&id).is_some_and(|attempt| attempt.step == step) {
            known.remove(&id);
        }
    }

    /// Remembers a failure; returns how many of this step there were in a row.
    pub(crate) fn failed(&self, id: SandboxId, step: Step, message: String) -> u32 {
        let mut known = self.lock();
        let before = known.get(&id).filter(|attempt| attempt.step == step);
        let count = before.map_or(0, |attempt| attempt.count) + 1;
        let until = Timestamp::now()
            .saturating_add(backoff::pause(count, rand::random()))
            .unwrap_or(Timestamp::MAX);
        known.insert(
            id,
            Attempt {
                step,
                count,
                until,
                message,
            },
        );
        count
    }

    /// Forgets the failures of what has run well for a while, or does not run.
    pub(crate) fn forgive(&self, id: SandboxId, sandbox: &SandboxView, now: Timestamp) {
        let lasts = match sandbox {
            SandboxView::Running { started_at } => now.duration_since(*started_at).unsigned_abs() > LASTS,
            _ => true,
        };
        if lasts {
            self.forget(id);
        }
    }

    pub(crate) fn forget(&self, id: SandboxId) {
        self.lock().remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SandboxId, Attempt>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Single flight: any number of callers wait for one job per source, and the job ends when the
//! last of them gave up.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::cancel::Cancel;
use crate::error::ImageError;
use crate::progress::{Progress, Reporter};
use crate::record::ImageRoot;

/// What callers share: errors too.
pub(crate) type Outcome = Result<ImageRoot, Arc<ImageError>>;

/// The jobs under way, by source.
#[derive(Default)]
pub(crate) struct Flights {
    jobs: Mutex<HashMap<String, Weak<Flight>>>,
}

/// One job. Callers own it together; dropped by the last, it is cancelled.
struct Flight {
    state: watch::Receiver<State>,
    cancel: Cancel,
    task: AbortHandle,
}

#[derive(Clone)]
enum State {
    Starting,
    Working(Progress),
    Done(Outcome),
}

// === impl Flights ===

impl Flights {
    /// Joins the job of `key`, or starts it by `start`.
    pub(crate) async fn join<F, W>(
        &self,
        key: &str,
        mut on_progress: impl FnMut(Progress),
        start: F,
    ) -> Outcome
    where
        F: FnOnce(Reporter, Cancel) -> W,
        W: Future<Output = Result<ImageRoot, ImageError>> + Send + 'static,
    {
        let flight = self.board(key, start);
        let mut state = flight.state.clone();
        loop {
            let seen = state.borrow_and_update().clone();
            match seen {
                State::Starting => {}
                State::Working(progress) => on_progress(progress),
                State::Done(outcome) => return outcome,
            }
            if state.changed().await.is_err() {
                // The task ended without a result: it was aborted with the runtime.
                return match &*state.borrow() {
                    State::Done(outcome) => outcome.clone(),
                    _ => Err(Arc::new(ImageError::Cancelled)),
                };
            }
        }
    }

    /// Whether any job runs.
    pub(crate) fn busy(&self) -> bool {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.values()
            .filter_map(Weak::upgrade)
            .any(|flight| !matches!(*flight.state.borrow(), State::Done(_)))
    }

    fn board<F, W>(&self, key: &str, start: F) -> Arc<Flight>
    where
        F: FnOnce(Reporter, Cancel) -> W,
        W: Future<Output = Result<ImageRoot, ImageError>> + Send + 'static,
    {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.retain(|_, flight| flight.strong_count() > 0);
        if let Some(flight) = jobs.get(key).and_then(Weak::upgrade)
            && !matches!(*flight.state.borrow(), State::Done(_))
        {
            return flight;
        }
        let flight = Arc::new(Flight::start(start));
        jobs.insert(key.to_owned(), Arc::downgrade(&flight));
        flight
    }
}

// === impl Flight ===

impl Flight {
    fn start<F, W>(start: F) -> Self
    where
        F: FnOnce(Reporter, Cancel) -> W,
        W: Future<Output = Result<ImageRoot, ImageError>> + Send + 'static,
    {
        let (sender, state) = watch::channel(State::Starting);
        let sender = Arc::new(sender);
        let cancel = Cancel::default();
        let reports = Arc::downgrade(&sender);
        let reporter = Reporter::new(move |progress| {
            // A thread that outlives its job has nobody to tell.
            if let Some(sender) = reports.upgrade() {
                sender.send_replace(State::Working(progress));
            }
        });
        let work = start(reporter, cancel.clone());
        let task = tokio::spawn(async move {
            let outcome = work.await.map_err(Arc::new);
            sender.send_replace(State::Done(outcome));
        });
        Self {
            state,
            cancel,
            task: task.abort_handle(),
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.cancel.cancel();
        self.task.abort();
    }
}

#[cfg(test)]
mod tests;

//! Telling events without making anybody wait for the disk.

use jiff::Timestamp;
use toft_model::Event;
use toft_model::event::{ObjectReference, Severity};
use toft_store::Store;
use tokio::sync::mpsc;
use tracing::warn;

/// Events that may wait to be written; beyond them new ones are dropped, with a line in the log.
const WAITING: usize = 1024;

/// Most events of one write.
const TOGETHER: usize = 128;

/// Where events are told.
#[derive(Clone, Debug)]
pub(crate) struct Events {
    send: mpsc::Sender<Event>,
}

// === impl Events ===

impl Events {
    /// Starts to write events into `store`, in order.
    pub(crate) fn new(store: Store) -> Self {
        let (send, mut receive) = mpsc::channel::<Event>(WAITING);
        tokio::spawn(async move {
            let mut events = Vec::new();
            // What came meanwhile is written at once: a start has three, and a disk its time.
            while receive.recv_many(&mut events, TOGETHER).await > 0 {
                let count = events.len();
                if let Err(error) = store.record_events(events.drain(..)).await {
                    warn!(count, %error, "failed to record events");
                }
            }
        });
        Self { send }
    }

    pub(crate) fn normal(&self, about: &ObjectReference, reason: &str, message: &str) {
        self.tell(about, Severity::Normal, reason, message);
    }

    pub(crate) fn warning(&self, about: &ObjectReference, reason: &str, message: &str) {
        self.tell(about, Severity::Warning, reason, message);
    }

    fn tell(&self, about: &ObjectReference, severity: Severity, reason: &str, message: &str) {
        let event = Event::new(about.clone(), severity, reason, message, Timestamp::now(), "new");
        if self.send.try_send(event).is_err() {
            warn!(object = %about.name, reason, message, "too many events at once: one was not recorded");
        }
    }
}

//! Events: what happened, told once and counted when it happens again, for a day.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use toft_model::{Event, Kind};

use crate::Store;
use crate::error::{Result, StoreError};
use crate::objects::{Key, Selection};
use crate::tx::Tx;

/// How long events are kept.
const KEPT: Duration = Duration::from_hours(24);
/// Most events that are kept.
const MOST: usize = 10_000;

// === impl Store ===

impl Store {
    /// Tells events, all of them with one write. One that says the same of the same object is
    /// counted up instead of told again. The names of events are replaced by ones that say what
    /// they are about.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn record_events(&self, events: impl IntoIterator<Item = Event>) -> Result<()> {
        let mut tx = self.begin().await?;
        for event in events {
            record(&mut tx, event).await?;
        }
        tx.commit().await
    }

    /// Removes events that are too old or too many.
    ///
    /// # Errors
    /// The database cannot be read or written.
    pub async fn prune_events(&self, now: Timestamp) -> Result<usize> {
        let mut tx = self.begin_removal().await?;
        let mut events = tx.list(&Selection::all(Kind::Event)).await?;
        events.sort_by_key(last_told);
        let oldest = now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN);
        let surplus = events.len().saturating_sub(MOST);
        let old = events
            .iter()
            .enumerate()
            .filter(|(index, event)| *index < surplus || last_told(event) < Some(oldest));
        let keys = old.map(|(_, event)| Key::of(event)).collect::<Result<Vec<_>>>()?;
        for key in &keys {
            tx.delete(key, None).await?;
        }
        tx.commit().await?;
        Ok(keys.len())
    }
}

async fn record(tx: &mut Tx, mut event: Event) -> Result<()> {
    let about = &event.involved_object;
    let subject = format!(
        "{}/{}/{:?}/{}/{}",
        about.kind, about.name, about.uid, event.reason, event.message
    );
    event.metadata.name = format!("{}.{:016x}", about.name, fnv1a(subject.as_bytes()));
    let key = Key::new(
        Kind::Event,
        event.metadata.namespace.as_deref().unwrap_or_default(),
        &event.metadata.name,
    );
    if tx.get(&key).await?.is_some() {
        let again = |mut known: Value| -> Result<Value> {
            known["count"] = json!(known["count"].as_u64().unwrap_or(0) + 1);
            known["lastTimestamp"] = json!(event.last_timestamp);
            Ok(known)
        };
        return tx.update(&key, None, again).await.map(drop);
    }
    let object = serde_json::to_value(&event).map_err(|error| StoreError::Malformed(error.to_string()))?;
    tx.create(object).await.map(drop)
}

fn last_told(event: &Value) -> Option<Timestamp> {
    event["lastTimestamp"].as_str().and_then(|time| time.parse().ok())
}

/// FNV-1a: names need to be the same in every release, not to withstand anybody.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests;

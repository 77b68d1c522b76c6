//! Watches: the log of changes, read from a version on.
//!
//! A watch keeps no queue: it remembers the version up to which it has read and asks the log
//! for what came after, whenever a commit tells of a newer one. So a slow reader costs a writer
//! nothing, and none ever misses a change; one that stays away until the log was compacted
//! beyond it is told so.

use std::collections::VecDeque;

use futures_util::Stream;
use serde_json::Value;
use tokio::sync::watch::Receiver;

use crate::Store;
use crate::error::{Doing, Result, StoreError};
use crate::objects::Selection;
use crate::tx::now_ms;

/// Changes read at once.
const BATCH: i64 = 256;

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// It is different.
    Modified,
    /// It is gone; the object is its last state.
    Deleted,
}

/// One change of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchEvent {
    /// What happened.
    pub change: Change,
    /// The object afterwards.
    pub object: Value,
    /// The version of the change: a watch from here gives what came after.
    pub version: i64,
}

/// A reader of the log of changes.
#[derive(Debug)]
pub struct Watch {
    store: Store,
    selection: Selection,
    latest: Receiver<i64>,
    /// Everything up to here was read.
    read: i64,
    batch: VecDeque<WatchEvent>,
}

// === impl Change ===

impl Change {
    /// As Kubernetes writes it: `ADDED`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Modified => "MODIFIED",
            Self::Deleted => "DELETED",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "ADDED" => Self::Added,
            "DELETED" => Self::Deleted,
            _ => Self::Modified,
        }
    }
}

// === impl Watch ===

impl Watch {
    /// The next change; waits for one. May be cancelled and called again: nothing is lost.
    ///
    /// # Errors
    /// The log does not reach back to where this watch is, or the database cannot be read.
    pub async fn next(&mut self) -> Result<WatchEvent> {
        loop {
            if let Some(event) = self.batch.pop_front() {
                return Ok(event);
            }
            let latest = *self.latest.borrow_and_update();
            if latest > self.read {
                self.fill(latest).await?;
            } else if self.latest.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Everything up to this version was given out.
    pub fn version(&self) -> i64 {
        if self.batch.is_empty() {
            self.read
        } else {
            self.batch.front().map_or(self.read, |event| event.version - 1)
        }
    }

    /// The changes as a stream; it ends after an error.
    pub fn into_stream(self) -> impl Stream<Item = Result<WatchEvent>> + Send {
        futures_util::stream::unfold(Some(self), |watch| async move {
            let mut watch = watch?;
            let event = watch.next().await;
            let rest = event.is_ok().then_some(watch);
            Some((event, rest))
        })
    }

    async fn fill(&mut self, latest: i64) -> Result<()> {
        let mut tx = self.store.inner.readers.begin().await.doing("read the changes")?;
        let floor: i64 = sqlx::query_scalar("SELECT value FROM counters WHERE name = 'floor'")
            .fetch_one(&mut *tx)
            .await
            .doing("read the changes")?;
        if self.read < floor {
            return Err(StoreError::Expired {
                from: self.read,
                floor,
            });
        }
        let rows = sqlx::query_as::<_, (i64, String, String)>(
            "SELECT rv, change, object FROM changes WHERE kind = $1 AND rv > $2 AND ($3 = '' OR namespace = $3) ORDER BY rv LIMIT $4",
        );
        let rows = rows
            .bind(self.selection.kind.as_str())
            .bind(self.read)
            .bind(self.selection.namespace.as_deref().unwrap_or(""));
        let rows = rows
            .bind(BATCH)
            .fetch_all(&mut *tx)
            .await
            .doing("read the changes")?;
        drop(tx);
        let full = i64::try_from(rows.len()).unwrap_or(BATCH) == BATCH;
        for (version, change, text) in rows {
            let object =
                serde_json::from_str(&text).map_err(|error| StoreError::Malformed(error.to_string()))?;
            self.read = version;
            self.batch.push_back(WatchEvent {
                change: Change::parse(&change),
                object,
                version,
            });
        }
        if !full {
            // The rest up to what was committed is of other kinds.
            self.read = self.read.max(latest);
        }
        Ok(())
    }
}

// === impl Store ===

impl Store {
    /// Watches what is selected, from after the version `from`.
    ///
    /// # Errors
    /// The log does not reach back that far.
    pub async fn watch(&self, selection: Selection, from: i64) -> Result<Watch> {
        let floor: i64 = sqlx::query_scalar("SELECT value FROM counters WHERE name = 'floor'")
            .fetch_one(&self.inner.readers)
            .await
            .doing("read the oldest version")?;
        if from < floor {
            return Err(StoreError::Expired { from, floor });
        }
        Ok(Watch {
            store: self.clone(),
            selection,
            latest: self.inner.latest.subscribe(),
            read: from,
            batch: VecDeque::new(),
        })
    }

    /// Wakes whenever anything was committed.
    pub fn commits(&self) -> Receiver<i64> {
        self.inner.latest.subscribe()
    }

    /// Forgets changes older than `age`, but keeps at least the last `keep`.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn compact(&self, age: std::time::Duration, keep: i64) -> Result<()> {
        let before = now_ms().saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
        let mut tx = self.begin_removal().await?;
        let last: Option<i64> =
            sqlx::query_scalar("SELECT MAX(rv) FROM changes WHERE at_ms < $1 AND rv <= $2")
                .bind(before)
                .bind(self.latest().saturating_sub(keep))
                .fetch_one(tx.connection())
                .await
                .doing("find old changes")?;
        let Some(last) = last else { return Ok(()) };
        sqlx::query("DELETE FROM changes WHERE rv <= $1")
            .bind(last)
            .execute(tx.connection())
            .await
            .doing("forget old changes")?;
        sqlx::query("UPDATE counters SET value = $1 WHERE name = 'floor'")
            .bind(last)
            .execute(tx.connection())
            .await
            .doing("forget old changes")?;
        tx.commit().await
    }
}

#[cfg(test)]
mod tests;

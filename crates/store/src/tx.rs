//! A write: several changes that happen together or not at all.

use jiff::Timestamp;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Sqlite, Transaction};

use crate::Store;
use crate::error::{Doing, Result};

/// The one write under way. Dropped without [`Tx::commit`], nothing of it happened.
///
/// Holds the only writer: keep it short and wait for nothing else meanwhile.
#[derive(Debug)]
pub struct Tx {
    store: Store,
    inner: Transaction<'static, Sqlite>,
    /// The last version given out in here.
    latest: Option<i64>,
    removal: bool,
}

// === impl Store ===

impl Store {
    /// Begins a write, after those that began before.
    ///
    /// # Errors
    /// The disk is full, or the database cannot be written.
    pub async fn begin(&self) -> Result<Tx> {
        self.inner.ballast.check()?;
        self.open_tx(false).await
    }

    /// Begins a write that removes something: it may use the space that was set aside.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn begin_removal(&self) -> Result<Tx> {
        self.inner.ballast.release_if_short();
        self.open_tx(true).await
    }

    async fn open_tx(&self, removal: bool) -> Result<Tx> {
        let begun = match self.begin_immediate().await {
            // Where a disk is full SQLite gives a write up by itself. The driver fails to do it once
            // more, goes on counting that write, and begins no other on this connection.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                let stuck = self.inner.writer.acquire().await.doing("begin a write")?;
                stuck.close().await.doing("renew the writer")?;
                self.begin_immediate().await
            }
            begun => begun,
        };
        let inner = begun.doing("begin a write")?;
        Ok(Tx {
            store: self.clone(),
            inner,
            latest: None,
            removal,
        })
    }

    async fn begin_immediate(&self) -> sqlx::Result<Transaction<'static, Sqlite>> {
        self.inner.writer.begin_with("BEGIN IMMEDIATE").await
    }
}

// === impl Tx ===

impl Tx {
    /// Makes everything happen. When this returns it is on disk, and watches see it.
    ///
    /// Dropping the future neither undoes nor interrupts it: a request that goes away (a closed
    /// browser, Ctrl-C) must not leave a change on disk of which watches never hear.
    ///
    /// # Errors
    /// The database cannot be written; then nothing happened.
    pub async fn commit(self) -> Result<()> {
        let finished = tokio::spawn(self.finish()).await;
        // The task only ends otherwise when the whole runtime does.
        finished.unwrap_or(Err(sqlx::Error::WorkerCrashed).doing("finish a write"))
    }

    async fn finish(self) -> Result<()> {
        let subject = if self.removal { "removal" } else { "write" };
        let door = &self.store.inner.door;
        door.pass_async("store.commit", subject, self.inner.commit())
            .await
            .doing("finish a write")?;
        if let Some(latest) = self.latest {
            self.store.inner.latest.send_if_modified(|known| {
                let newer = latest > *known;
                *known = latest.max(*known);
                newer
            });
        }
        if self.removal {
            self.store.inner.ballast.restore();
        }
        Ok(())
    }

    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.inner
    }

    /// The next value of a counter.
    pub(crate) async fn count(&mut self, counter: &str) -> Result<i64> {
        let next =
            sqlx::query_scalar("UPDATE counters SET value = value + 1 WHERE name = $1 RETURNING value");
        next.bind(counter)
            .fetch_one(self.connection())
            .await
            .doing("count up")
    }

    /// The next resource version.
    pub(crate) async fn next_version(&mut self) -> Result<i64> {
        let version = self.count("rv").await?;
        self.latest = Some(version);
        Ok(version)
    }
}

/// Milliseconds of the Unix clock, as times are stored.
pub(crate) fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

#[cfg(test)]
mod tests;

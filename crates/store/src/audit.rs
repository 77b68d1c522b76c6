//! The audit log: who did what, when, from where, and whether it worked. Only ever appended
//! to; the database itself refuses anything else.

use serde::Serialize;

use crate::Store;
use crate::error::{Doing, Result};
use crate::tx::now_ms;

/// Something that somebody did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Its place in the log; 0 where it is not in it yet.
    pub id: i64,
    /// When, in milliseconds of the Unix clock; set when it is appended.
    pub at_ms: i64,
    /// Who.
    pub actor: String,
    /// From where: an address, or `local`.
    pub source: String,
    /// What: `create`, `sign-in` …
    pub verb: String,
    /// On what.
    pub object: String,
    /// `ok`, or why not.
    pub outcome: String,
}

// === impl Store ===

impl Store {
    /// Appends to the log.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn append_audit(&self, entry: Entry) -> Result<()> {
        // Deletes are audited too, and must work on a full disk.
        let mut tx = self.begin_removal().await?;
        let id = tx.count("audit").await?;
        let insert = sqlx::query(
            "INSERT INTO audit (id, at_ms, actor, source, verb, object, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        );
        let insert = insert
            .bind(id)
            .bind(now_ms())
            .bind(entry.actor)
            .bind(entry.source)
            .bind(entry.verb)
            .bind(entry.object)
            .bind(entry.outcome);
        insert
            .execute(tx.connection())
            .await
            .doing("append to the audit log")?;
        tx.commit().await
    }

    /// The newest entries before `before` (or of all), newest first; only `actor`'s if given.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn audit(&self, actor: Option<&str>, before: Option<i64>, limit: i64) -> Result<Vec<Entry>> {
        type Row = (i64, i64, String, String, String, String, String);
        let query = sqlx::query_as::<_, Row>(
            "SELECT id, at_ms, actor, source, verb, object, outcome FROM audit \
             WHERE id < $1 AND ($2 = '' OR actor = $2) ORDER BY id DESC LIMIT $3",
        );
        let query = query
            .bind(before.unwrap_or(i64::MAX))
            .bind(actor.unwrap_or(""))
            .bind(limit);
        let rows = query
            .fetch_all(&self.inner.readers)
            .await
            .doing("read the audit log")?;
        let entry = |(id, at_ms, actor, source, verb, object, outcome): Row| Entry {
            id,
            at_ms,
            actor,
            source,
            verb,
            object,
            outcome,
        };
        Ok(rows.into_iter().map(entry).collect())
    }
}

#[cfg(test)]
mod tests;

//! Codes that work once and not for long: sign-in links, and the way to an app's host.

use sqlx::FromRow;

use crate::Store;
use crate::error::{Doing, Result};
use crate::tx::now_ms;

/// A code to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Its hash.
    pub hash: String,
    /// Whom it signs in.
    pub user: String,
    /// What it is for; it redeems for nothing else.
    pub purpose: String,
    /// Where it leads: a path, or a host and path.
    pub target: String,
    /// The session that it was given out in; it ends with it.
    pub session: Option<String>,
    /// Until when.
    pub expires_ms: i64,
}

/// What a code stood for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redeemed {
    /// Whom it signs in.
    pub user: String,
    /// Where it leads.
    pub target: String,
    /// The session that it was given out in.
    pub session: Option<String>,
}

impl<'r> FromRow<'r, sqlx::sqlite::SqliteRow> for Redeemed {
    fn from_row(row: &'r sqlx::sqlite::SqliteRow) -> sqlx::Result<Self> {
        let (user, target, session) = FromRow::from_row(row)?;
        Ok(Self {
            user,
            target,
            session,
        })
    }
}

// === impl Store ===

impl Store {
    /// Keeps a code until it is used or expires.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn add_code(&self, code: Code) -> Result<()> {
        let mut tx = self.begin().await?;
        let insert = sqlx::query(
            "INSERT INTO codes (hash, user_name, purpose, target, session, expires_ms) VALUES ($1, $2, $3, $4, $5, $6)",
        );
        let insert = insert
            .bind(code.hash)
            .bind(code.user)
            .bind(code.purpose)
            .bind(code.target)
            .bind(code.session);
        insert
            .bind(code.expires_ms)
            .execute(tx.connection())
            .await
            .doing("keep a code")?;
        tx.commit().await
    }

    /// Uses a code up. Of any number of attempts at the same time one succeeds.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn redeem_code(&self, hash: &str, purpose: &str) -> Result<Option<Redeemed>> {
        let update = sqlx::query_as(
            "UPDATE codes SET used_ms = $1 WHERE hash = $2 AND purpose = $3 AND used_ms IS NULL AND expires_ms > $1 \
             RETURNING user_name, target, session",
        );
        update
            .bind(now_ms())
            .bind(hash)
            .bind(purpose)
            .fetch_optional(&self.inner.writer)
            .await
            .doing("redeem a code")
    }
}

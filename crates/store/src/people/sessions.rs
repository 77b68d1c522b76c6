//! Sessions of browsers. One on an app's host is the child of the one it came from and ends
//! with it.

use sqlx::FromRow;

use crate::Store;
use crate::error::{Doing, Result};
use crate::tx::now_ms;

/// A browser that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Names it; no secret.
    pub id: String,
    /// Hash of the cookie.
    pub hash: String,
    /// Whose.
    pub user: String,
    /// The session that it came from, for one on an app's host.
    pub parent: Option<String>,
    /// The host that it holds on; empty for the UI's.
    pub host: String,
    /// What the browser calls itself.
    pub agent: String,
    /// Where it signed in from.
    pub address: String,
    /// Since when.
    pub created_ms: i64,
    /// When it was used last.
    pub seen_ms: i64,
    /// Until when.
    pub expires_ms: i64,
}

const COLUMNS: &str = "id, hash, user_name, parent, host, agent, address, created_ms, seen_ms, expires_ms";

impl<'r> FromRow<'r, sqlx::sqlite::SqliteRow> for Session {
    fn from_row(row: &'r sqlx::sqlite::SqliteRow) -> sqlx::Result<Self> {
        let (id, hash, user, parent, host, agent, address, created_ms, seen_ms, expires_ms) =
            FromRow::from_row(row)?;
        Ok(Self {
            id,
            hash,
            user,
            parent,
            host,
            agent,
            address,
            created_ms,
            seen_ms,
            expires_ms,
        })
    }
}

// === impl Store ===

impl Store {
    /// Keeps a session; its times of creation and last use are set here.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn add_session(&self, session: Session) -> Result<()> {
        let mut tx = self.begin().await?;
        let insert = sqlx::query(
            "INSERT INTO sessions (id, hash, user_name, parent, host, agent, address, created_ms, seen_ms, expires_ms) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)",
        );
        let insert = insert
            .bind(session.id)
            .bind(session.hash)
            .bind(session.user)
            .bind(session.parent)
            .bind(session.host);
        let insert = insert
            .bind(session.agent)
            .bind(session.address)
            .bind(now_ms())
            .bind(session.expires_ms);
        insert.execute(tx.connection()).await.doing("keep a session")?;
        tx.commit().await
    }

    /// The session with this hash, unless it has expired.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn session(&self, hash: &str) -> Result<Option<Session>> {
        let query = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM sessions WHERE hash = $1 AND expires_ms > $2"
        ));
        sqlx::query_as(query)
            .bind(hash)
            .bind(now_ms())
            .fetch_optional(&self.inner.readers)
            .await
            .doing("read a session")
    }

    /// Whether the session of this id goes on.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn session_lives(&self, id: &str) -> Result<bool> {
        let query =
            sqlx::query_scalar::<_, String>("SELECT id FROM sessions WHERE id = $1 AND expires_ms > $2");
        let found = query.bind(id).bind(now_ms()).fetch_optional(&self.inner.readers);
        Ok(found.await.doing("read a session")?.is_some())
    }

    /// A user's sessions that have not expired, newest first; those on apps' hosts left out.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn sessions(&self, user: &str) -> Result<Vec<Session>> {
        let query = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM sessions WHERE user_name = $1 AND expires_ms > $2 AND host = '' ORDER BY created_ms DESC"
        ));
        sqlx::query_as(query)
            .bind(user)
            .bind(now_ms())
            .fetch_all(&self.inner.readers)
            .await
            .doing("read the sessions")
    }

    /// Notes that a session was used.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn touch_session(&self, id: &str) -> Result<()> {
        let update = sqlx::query("UPDATE sessions SET seen_ms = $1 WHERE id = $2")
            .bind(now_ms())
            .bind(id);
        update
            .execute(&self.inner.writer)
            .await
            .doing("note a session's use")
            .map(|_| ())
    }

    /// Ends a session of `user`'s with its children; returns whether there was one.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn end_session(&self, user: &str, id: &str) -> Result<bool> {
        let mut tx = self.begin_removal().await?;
        let delete = sqlx::query("DELETE FROM sessions WHERE id = $1 AND user_name = $2")
            .bind(id)
            .bind(user);
        let ended = delete
            .execute(tx.connection())
            .await
            .doing("end a session")?
            .rows_affected()
            > 0;
        tx.commit().await?;
        Ok(ended)
    }

    /// Forgets sessions and codes that have expired.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn forget_expired(&self) -> Result<()> {
        let mut tx = self.begin_removal().await?;
        for sql in [
            "DELETE FROM sessions WHERE expires_ms <= $1",
            "DELETE FROM codes WHERE expires_ms <= $1",
        ] {
            sqlx::query(sql)
                .bind(now_ms())
                .execute(tx.connection())
                .await
                .doing("forget what has expired")?;
        }
        tx.commit().await
    }
}

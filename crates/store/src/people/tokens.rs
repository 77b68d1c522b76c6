//! API tokens.

use sqlx::FromRow;

use crate::Store;
use crate::error::{Doing, Result};
use crate::tx::now_ms;

/// What a program proves itself with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Names it; no secret.
    pub id: String,
    /// Hash of the secret.
    pub hash: String,
    /// Whose.
    pub user: String,
    /// What its owner calls it.
    pub name: String,
    /// What it may do, words separated by spaces; everything where empty.
    pub scopes: String,
    /// Since when.
    pub created_ms: i64,
    /// Until when; for ever where not set.
    pub expires_ms: Option<i64>,
    /// When it was used last.
    pub used_ms: Option<i64>,
}

const COLUMNS: &str = "id, hash, user_name, name, scopes, created_ms, expires_ms, used_ms";

impl<'r> FromRow<'r, sqlx::sqlite::SqliteRow> for Token {
    fn from_row(row: &'r sqlx::sqlite::SqliteRow) -> sqlx::Result<Self> {
        let (id, hash, user, name, scopes, created_ms, expires_ms, used_ms) = FromRow::from_row(row)?;
        Ok(Self {
            id,
            hash,
            user,
            name,
            scopes,
            created_ms,
            expires_ms,
            used_ms,
        })
    }
}

// === impl Store ===

impl Store {
    /// Keeps a token; its time of creation is set here.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn add_token(&self, token: Token) -> Result<()> {
        let mut tx = self.begin().await?;
        let insert = sqlx::query(
            "INSERT INTO tokens (id, hash, user_name, name, scopes, created_ms, expires_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        );
        let insert = insert
            .bind(token.id)
            .bind(token.hash)
            .bind(token.user)
            .bind(token.name)
            .bind(token.scopes);
        insert
            .bind(now_ms())
            .bind(token.expires_ms)
            .execute(tx.connection())
            .await
            .doing("keep a token")?;
        tx.commit().await
    }

    /// The token of this id, unless it has expired. The caller compares the hash.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn token(&self, id: &str) -> Result<Option<Token>> {
        let query = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM tokens WHERE id = $1 AND (expires_ms IS NULL OR expires_ms > $2)"
        ));
        sqlx::query_as(query)
            .bind(id)
            .bind(now_ms())
            .fetch_optional(&self.inner.readers)
            .await
            .doing("read a token")
    }

    /// A user's tokens, or everybody's, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn tokens(&self, user: Option<&str>) -> Result<Vec<Token>> {
        let query = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM tokens WHERE ($1 = '' OR user_name = $1) ORDER BY created_ms DESC"
        ));
        sqlx::query_as(query)
            .bind(user.unwrap_or(""))
            .fetch_all(&self.inner.readers)
            .await
            .doing("read the tokens")
    }

    /// Notes that a token was used.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn touch_token(&self, id: &str) -> Result<()> {
        let update = sqlx::query("UPDATE tokens SET used_ms = $1 WHERE id = $2")
            .bind(now_ms())
            .bind(id);
        update
            .execute(&self.inner.writer)
            .await
            .doing("note a token's use")
            .map(|_| ())
    }

    /// Removes a token (of `user`'s, if given); returns whether there was one.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn remove_token(&self, user: Option<&str>, id: &str) -> Result<bool> {
        let mut tx = self.begin_removal().await?;
        let delete = sqlx::query("DELETE FROM tokens WHERE id = $1 AND ($2 = '' OR user_name = $2)")
            .bind(id)
            .bind(user.unwrap_or(""));
        let removed = delete
            .execute(tx.connection())
            .await
            .doing("remove a token")?
            .rows_affected()
            > 0;
        tx.commit().await?;
        Ok(removed)
    }
}

//! Users by name.

use sqlx::FromRow;

use crate::Store;
use crate::error::{Doing, Result};
use crate::tx::now_ms;

/// Somebody who may sign in; their name is their namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name.
    pub name: String,
    /// `admin` or `member`.
    pub role: String,
    /// Since when.
    pub created_ms: i64,
}

impl<'r> FromRow<'r, sqlx::sqlite::SqliteRow> for User {
    fn from_row(row: &'r sqlx::sqlite::SqliteRow) -> sqlx::Result<Self> {
        let (name, role, created_ms) = FromRow::from_row(row)?;
        Ok(Self {
            name,
            role,
            created_ms,
        })
    }
}

// === impl Store ===

impl Store {
    /// Adds a user; returns false where there is one of the name.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn add_user(&self, name: &str, role: &str) -> Result<bool> {
        let tx = self.begin().await?;
        let insert = sqlx::query(
            "INSERT INTO users (name, role, created_ms) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
        );
        let insert = insert.bind(name).bind(role).bind(now_ms());
        let mut tx = tx;
        let added = insert
            .execute(tx.connection())
            .await
            .doing("add a user")?
            .rows_affected()
            == 1;
        tx.commit().await?;
        Ok(added)
    }

    /// The user of this name.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn user(&self, name: &str) -> Result<Option<User>> {
        let query = sqlx::query_as("SELECT name, role, created_ms FROM users WHERE name = $1").bind(name);
        query
            .fetch_optional(&self.inner.readers)
            .await
            .doing("read a user")
    }

    /// All users by name.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn users(&self) -> Result<Vec<User>> {
        let query = sqlx::query_as("SELECT name, role, created_ms FROM users ORDER BY name");
        query.fetch_all(&self.inner.readers).await.doing("read the users")
    }
}

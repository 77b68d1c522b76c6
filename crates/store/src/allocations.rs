//! Allocations: numbers and names that only one owner can have at a time. What decides is the
//! table's unique constraint, inside the write that uses the allocation.

use crate::error::{Doing, Result, StoreError};
use crate::{Store, Tx};

// === impl Tx ===

impl Tx {
    /// Gives `owner` the first free one of `candidates`, or the one that it has already.
    ///
    /// # Errors
    /// None of them is free.
    pub async fn allocate(
        &mut self,
        kind: &str,
        owner: &str,
        candidates: impl IntoIterator<Item = String>,
    ) -> Result<String> {
        let has =
            sqlx::query_scalar::<_, String>("SELECT value FROM allocations WHERE kind = $1 AND owner = $2")
                .bind(kind)
                .bind(owner);
        if let Some(value) = has
            .fetch_optional(self.connection())
            .await
            .doing("read an allocation")?
        {
            return Ok(value);
        }
        let taken =
            sqlx::query_scalar::<_, String>("SELECT value FROM allocations WHERE kind = $1").bind(kind);
        let taken: std::collections::HashSet<String> = taken
            .fetch_all(self.connection())
            .await
            .doing("read the allocations")?
            .into_iter()
            .collect();
        let free = candidates
            .into_iter()
            .find(|candidate| !taken.contains(candidate));
        let value = free.ok_or_else(|| StoreError::Exhausted {
            kind: kind.to_owned(),
        })?;
        let insert = sqlx::query("INSERT INTO allocations (kind, value, owner) VALUES ($1, $2, $3)");
        insert
            .bind(kind)
            .bind(&value)
            .bind(owner)
            .execute(self.connection())
            .await
            .doing("allocate")?;
        Ok(value)
    }

    /// Gives back what `owner` has of this kind.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn release(&mut self, kind: &str, owner: &str) -> Result<()> {
        let delete = sqlx::query("DELETE FROM allocations WHERE kind = $1 AND owner = $2")
            .bind(kind)
            .bind(owner);
        delete
            .execute(self.connection())
            .await
            .doing("release an allocation")
            .map(|_| ())
    }

    /// Gives back all that `owner` has.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn release_all(&mut self, owner: &str) -> Result<()> {
        let delete = sqlx::query("DELETE FROM allocations WHERE owner = $1").bind(owner);
        delete
            .execute(self.connection())
            .await
            .doing("release allocations")
            .map(|_| ())
    }
}

// === impl Store ===

impl Store {
    /// Allocates in a write of its own, as [`Tx::allocate`].
    ///
    /// # Errors
    /// As [`Tx::allocate`].
    pub async fn allocate(
        &self,
        kind: &str,
        owner: &str,
        candidates: impl IntoIterator<Item = String>,
    ) -> Result<String> {
        if let Some(value) = self.allocation(kind, owner).await? {
            return Ok(value);
        }
        let mut tx = self.begin().await?;
        let value = tx.allocate(kind, owner, candidates).await?;
        tx.commit().await?;
        Ok(value)
    }

    /// What `owner` has of this kind.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn allocation(&self, kind: &str, owner: &str) -> Result<Option<String>> {
        let has = sqlx::query_scalar("SELECT value FROM allocations WHERE kind = $1 AND owner = $2")
            .bind(kind)
            .bind(owner);
        has.fetch_optional(&self.inner.readers)
            .await
            .doing("read an allocation")
    }

    /// Who has what of this kind, as `(value, owner)`.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn allocations(&self, kind: &str) -> Result<Vec<(String, String)>> {
        let all =
            sqlx::query_as("SELECT value, owner FROM allocations WHERE kind = $1 ORDER BY value").bind(kind);
        all.fetch_all(&self.inner.readers)
            .await
            .doing("read the allocations")
    }

    /// Gives back what `owner` has of this kind.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn release(&self, kind: &str, owner: &str) -> Result<()> {
        let mut tx = self.begin_removal().await?;
        tx.release(kind, owner).await?;
        tx.commit().await
    }

    /// Gives back all that `owner` has.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn release_all(&self, owner: &str) -> Result<()> {
        let mut tx = self.begin_removal().await?;
        tx.release_all(owner).await?;
        tx.commit().await
    }
}

#[cfg(test)]
mod tests;

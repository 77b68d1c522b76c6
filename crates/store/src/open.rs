//! Opening a data directory: the lock, the file, its schema.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use toft_effects::Door;
use tokio::sync::watch;

use crate::ballast::Ballast;
use crate::error::{Doing, Result, StoreError};

/// The database's name in the data directory.
const FILE: &str = "toft.db";
/// Readers at once.
const READERS: u32 = 4;
/// Every schema in order; the number of the last is this release's.
const MIGRATIONS: [&str; 1] = [include_str!("../migrations/0001.sql")];

/// The store of one data directory. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) readers: SqlitePool,
    /// One connection: writers queue for it, so that none ever meets a locked database.
    pub(crate) writer: SqlitePool,
    pub(crate) latest: watch::Sender<i64>,
    pub(crate) ballast: Ballast,
    /// Through which writes pass, so that tests can end the process around each.
    pub(crate) door: Door,
    instance: String,
    /// Held as long as the store lives; the kernel releases it with the process.
    lock: File,
}

// === impl Store ===

impl Store {
    /// Opens the store of `dir`, makes it where there is none, and brings an older schema up to
    /// this release's after copying the file.
    ///
    /// # Errors
    /// Another daemon uses it, a newer Toft wrote it, or it cannot be read or written.
    pub async fn open(dir: &Path) -> Result<Self> {
        Self::open_through(Door::default(), dir).await
    }

    /// As [`Store::open`], for a process whose fail points are of use: each write passes `door`.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_through(door: Door, dir: &Path) -> Result<Self> {
        let lock = lock(dir)?;
        let ballast = Ballast::new(dir);
        // A store that cannot be opened cannot be asked to delete anything either.
        ballast.release_if_short();
        let path = dir.join(FILE);
        let writer = connect(&path, 1).await?;
        migrate(&writer, &path).await?;
        let readers = connect(&path, READERS).await?;
        let instance = instance(&writer).await?;
        let latest = sqlx::query_scalar("SELECT value FROM counters WHERE name = 'rv'")
            .fetch_one(&writer)
            .await;
        let latest = watch::Sender::new(latest.doing("read the latest version")?);
        ballast.restore();
        Ok(Self {
            inner: Arc::new(Inner {
                readers,
                writer,
                latest,
                ballast,
                door,
                instance,
                lock,
            }),
        })
    }

    /// Six hexadecimal digits that mark everything of this data directory on the host.
    pub fn instance_id(&self) -> &str {
        &self.inner.instance
    }

    /// The newest resource version.
    pub fn latest(&self) -> i64 {
        *self.inner.latest.borrow()
    }

    /// A fact that was kept under `key`.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn meta(&self, key: &str) -> Result<Option<String>> {
        let found = sqlx::query_scalar("SELECT value FROM meta WHERE key = $1").bind(key);
        found
            .fetch_optional(&self.inner.readers)
            .await
            .doing("read a fact")
    }

    /// Keeps a fact under `key`.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn set_meta(&self, key: &str, value: &str) -> Result<()> {
        let set = sqlx::query(
            "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        );
        set.bind(key)
            .bind(value)
            .execute(&self.inner.writer)
            .await
            .doing("keep a fact")
            .map(|_| ())
    }

    /// Leaves the directory to another process: open writes end first, later ones fail, and the
    /// lock is given back. What is read goes on being read.
    ///
    /// # Errors
    /// The lock cannot be given back.
    pub async fn leave(&self) -> Result<()> {
        self.inner.writer.close().await;
        self.inner.lock.unlock().map_err(|source| StoreError::File {
            doing: "unlock the data directory".to_owned(),
            source,
        })
    }

    /// Closes the database; open reads and writes end first.
    pub async fn close(&self) {
        self.inner.readers.close().await;
        self.inner.writer.close().await;
    }
}

/// Takes the directory for this process. The file tells its number to the next one that tries.
fn lock(dir: &Path) -> Result<File> {
    let path = dir.join("lock");
    let failed = |source| StoreError::File {
        doing: format!("lock {}", path.display()),
        source,
    };
    let mut file = File::options()
        .create(true)
        .read(true)
        .write(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            return Err(StoreError::InUse(holder.trim().to_owned()));
        }
        Err(std::fs::TryLockError::Error(error)) => return Err(failed(error)),
    }
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(failed)?;
    Ok(file)
}

async fn connect(path: &Path, connections: u32) -> Result<SqlitePool> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(30))
        .pragma("journal_size_limit", "16777216");
    let pool = SqlitePoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_mins(1));
    // Connections hold no state worth renewing, and a write must not wait for one to be made.
    pool.idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(options)
        .await
        .doing("open the database")
}

async fn migrate(pool: &SqlitePool, path: &Path) -> Result<()> {
    sqlx::query("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
        .execute(pool)
        .await
        .doing("make the database")?;
    let found: Option<String> = sqlx::query_scalar("SELECT value FROM meta WHERE key = 'schema'")
        .fetch_optional(pool)
        .await
        .doing("read the schema's number")?;
    let found = found.and_then(|number| number.parse::<usize>().ok()).unwrap_or(0);
    if found > MIGRATIONS.len() {
        let known = MIGRATIONS.len();
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        return Err(StoreError::Newer {
            found: number(found),
            known: number(known),
            backup: backup(path, known).display().to_string(),
        });
    }
    for (number, sql) in MIGRATIONS.iter().enumerate().skip(found) {
        if number > 0 {
            copy(pool, &backup(path, number)).await?;
        }
        let mut tx = pool
            .begin_with("BEGIN IMMEDIATE")
            .await
            .doing("begin a migration")?;
        sqlx::raw_sql(*sql)
            .execute(&mut *tx)
            .await
            .doing("migrate the database")?;
        let set = sqlx::query(
            "INSERT INTO meta (key, value) VALUES ('schema', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        );
        set.bind((number + 1).to_string())
            .execute(&mut *tx)
            .await
            .doing("keep the schema's number")?;
        tx.commit().await.doing("migrate the database")?;
    }
    Ok(())
}

/// Where the database of schema `number` is copied before it is migrated.
fn backup(path: &Path, number: usize) -> PathBuf {
    path.with_extension(format!("db.schema-{number}"))
}

async fn copy(pool: &SqlitePool, to: &Path) -> Result<()> {
    // What an interrupted migration left is not worth more than what is there now.
    match std::fs::remove_file(to) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            return Err(StoreError::File {
                doing: format!("replace {}", to.display()),
                source,
            });
        }
        _ => {}
    }
    let quoted = to.display().to_string().replace('\'', "''");
    sqlx::query(AssertSqlSafe(format!("VACUUM INTO '{quoted}'")))
        .execute(pool)
        .await
        .doing("copy the database before its migration")
        .map(|_| ())
}

async fn instance(pool: &SqlitePool) -> Result<String> {
    // The end of a UUIDv7 is random.
    let fresh = uuid::Uuid::now_v7().simple().to_string().split_off(26);
    let insert =
        sqlx::query("INSERT INTO meta (key, value) VALUES ('instance', $1) ON CONFLICT (key) DO NOTHING");
    insert
        .bind(fresh)
        .execute(pool)
        .await
        .doing("name the instance")?;
    sqlx::query_scalar("SELECT value FROM meta WHERE key = 'instance'")
        .fetch_one(pool)
        .await
        .doing("read the instance's name")
}

#[cfg(test)]
mod tests;

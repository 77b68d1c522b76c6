//! How the volumes are kept, and what room they have: for people and for `toft doctor`.

use super::Volumes;
use crate::backend::Backend;
use crate::error::VolumeError;
use crate::pool::room;

/// How volumes are kept here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// What they are.
    pub state: State,
    /// All room that they can have, in bytes.
    pub total_bytes: u64,
    /// What may still be written.
    pub free_bytes: u64,
    /// The file system takes no writes any more.
    pub read_only: bool,
}

/// What volumes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Subvolumes of a pool in a file.
    Pool {
        /// What the file takes now.
        file_bytes: u64,
        /// It should grow, and the host has no room to give.
        cramped: bool,
    },
    /// Subvolumes of the file system that the data directory is on.
    Subvolumes,
    /// Plain directories.
    Directories {
        /// Why not something better.
        reason: String,
    },
}

// === impl Volumes ===

impl Volumes {
    /// How they are kept, and what room there is. A pool's room is what it has and what the host
    /// would still give it.
    ///
    /// # Errors
    /// The file system does not answer.
    pub fn health(&self) -> Result<Health, VolumeError> {
        let found = room(&self.dir)?;
        let flags = rustix::fs::statvfs(&*self.dir).map(|stat| stat.f_flag);
        let read_only = flags.is_ok_and(|flags| flags.contains(rustix::fs::StatVfsMountFlags::RDONLY));
        let (state, more) = match &*self.backend {
            Backend::Pool(pool) => (
                State::Pool {
                    file_bytes: found.total,
                    cramped: pool.cramped(),
                },
                pool.could_take(),
            ),
            Backend::Subvolumes => (State::Subvolumes, 0),
            Backend::Directories(reason) => (
                State::Directories {
                    reason: reason.clone(),
                },
                0,
            ),
        };
        Ok(Health {
            state,
            total_bytes: found.total.saturating_add(more),
            free_bytes: found.free.saturating_add(more),
            read_only,
        })
    }

    /// Whether homes have a limit and can be snapshotted.
    pub fn can_snapshot(&self) -> bool {
        self.backend.is_btrfs()
    }
}

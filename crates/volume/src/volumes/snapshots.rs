//! Snapshots: what a volume held at one instant, kept beside the volumes and never written.
//!
//! Nothing here depends on the size of a volume: a snapshot shares everything with it until one of
//! them changes.

use std::path::{Path, PathBuf};

use toft_effects::btrfs::{is_subvolume, taken};

use super::{SNAPSHOTS, Volumes, blocking, name_of};
use crate::error::VolumeError;

// === impl Volumes ===

impl Volumes {
    /// Whether this snapshot is there.
    pub fn has_snapshot(&self, id: &str) -> bool {
        self.snapshot_path(id).is_ok_and(|path| is_subvolume(&path))
    }

    /// Keeps what the volume of `uid` holds now as snapshot `id`. One that is there stays as it
    /// is.
    ///
    /// # Errors
    /// The volume is not there, or homes are plain directories, or there is no room.
    pub async fn snapshot(&self, uid: &str, id: &str) -> Result<(), VolumeError> {
        self.must_be_btrfs("a snapshot")?;
        let (volume, path) = (self.volume(uid)?, self.snapshot_path(id)?);
        let (this, uid) = (self.clone(), uid.to_owned());
        blocking(&self.dir, move || {
            if is_subvolume(&path) {
                return Ok(());
            }
            if !is_subvolume(&volume) {
                return Err(VolumeError::Absent {
                    what: "the home",
                    id: uid,
                });
            }
            this.backend.grow()?;
            let made = this.door.subvolume_snapshot(&volume, &path, true);
            match made {
                // Two callers at once: the other one was first.
                Err(_) if is_subvolume(&path) => Ok(()),
                made => made.map_err(VolumeError::btrfs("make a snapshot", &path)),
            }
        })
        .await
    }

    /// Puts what snapshot `id` holds in the place of the volume of `uid`, at once. Nothing may
    /// run from that volume. What it held goes.
    ///
    /// # Errors
    /// One of them is not there, or there is no room: then all is as before.
    pub async fn restore(&self, uid: &str, id: &str) -> Result<(), VolumeError> {
        self.must_be_btrfs("to restore")?;
        let (volume, path) = (self.volume(uid)?, self.snapshot_path(id)?);
        let (this, uid, id) = (self.clone(), uid.to_owned(), id.to_owned());
        blocking(&self.dir, move || {
            let staged = this.staged(&uid);
            this.copy("snapshot", &id, &path, &staged)?;
            let put = if is_subvolume(&volume) {
                let swapped = this.door.exchange(&staged, &volume);
                swapped.map_err(VolumeError::btrfs("restore a home", &volume))
            } else {
                this.publish(&uid, &staged, &volume)
            };
            // What is there now was there before, or was not needed.
            if let Err(error) = this.destroy(&staged) {
                tracing::warn!(path = %staged.display(), %error, "what a restore replaced stays until the next start");
            }
            put
        })
        .await
    }

    /// Removes a snapshot; one that is not there is a success.
    ///
    /// # Errors
    /// The file system refuses.
    pub async fn remove_snapshot(&self, id: &str) -> Result<(), VolumeError> {
        let path = self.snapshot_path(id)?;
        let this = self.clone();
        blocking(&self.dir, move || {
            if !path.exists() {
                return Ok(());
            }
            this.destroy(&path).or_else(|_| {
                let _ = this.ballast.drop_it();
                this.destroy(&path)
            })?;
            this.ballast.fill();
            Ok(())
        })
        .await
    }

    /// Bytes that a snapshot holds; none where it is not there.
    pub fn snapshot_bytes(&self, id: &str) -> Option<u64> {
        let found = taken(&self.snapshot_path(id).ok()?).ok()??;
        Some(found.referenced)
    }

    pub(super) fn snapshot_path(&self, id: &str) -> Result<PathBuf, VolumeError> {
        Ok(self.dir.join(SNAPSHOTS).join(name_of(id)?))
    }

    /// Makes `staged` a volume of its own that holds what `source` does now.
    pub(super) fn copy(
        &self,
        what: &'static str,
        id: &str,
        source: &Path,
        staged: &Path,
    ) -> Result<(), VolumeError> {
        self.must_be_btrfs("a copy of a home")?;
        if !is_subvolume(source) {
            return Err(VolumeError::Absent {
                what,
                id: id.to_owned(),
            });
        }
        self.door
            .subvolume_snapshot(source, staged, false)
            .map_err(VolumeError::btrfs("copy a home", staged))
    }

    fn must_be_btrfs(&self, what: &'static str) -> Result<(), VolumeError> {
        if self.backend.is_btrfs() {
            Ok(())
        } else {
            Err(VolumeError::NeedsBtrfs { what })
        }
    }
}

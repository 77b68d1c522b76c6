//! The pool: a btrfs file system in a file, which grows before it is full.
//!
//! The file holds no holes: what the pool promises to its volumes it has taken from the host's
//! disk before. So a full host cannot make a write of the pool fail, at which btrfs would turn
//! read-only for everybody. It grows in steps while the host keeps a reserve.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};

use toft_effects::Door;
use toft_effects::btrfs::promised;
use toft_effects::mount::MountError;
use toft_effects::spawn::Program;

use crate::error::VolumeError;

/// Its name in the data directory.
const NAME: &str = "pool.img";
/// Its name until it holds a file system.
const UNFINISHED: &str = "pool.img.new";
/// Less makes no file system that is worth it.
const LEAST: u64 = 256 << 20;
/// What it begins with, and the least that it grows by.
const STEP: u64 = 1 << 30;
/// It grows by whole multiples of this.
const GRAIN: u64 = 64 << 20;
/// It grows when less is free: more than is written between two looks and while it grows.
const LOW: u64 = 640 << 20;
/// What it holds.
const KIND: &str = "btrfs";
/// Never discarding: that would punch holes into the file.
const OPTIONS: &str = "nodiscard";

/// The pool of one data directory, mounted.
#[derive(Debug)]
pub(crate) struct Pool {
    door: Door,
    file: PathBuf,
    at: PathBuf,
    /// One growth at a time.
    growing: Mutex<()>,
    /// Whether it should have grown and the host had nothing to give.
    cramped: AtomicBool,
}

/// Total and free bytes of a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) total: u64,
    pub(crate) free: u64,
}

// === impl Pool ===

impl Pool {
    /// Whether the data directory has one.
    pub(crate) fn exists(data: &Path) -> bool {
        data.join(NAME).exists()
    }

    /// Makes one and mounts it at `at`. A pool that has its name was whole, and mounted here.
    pub(crate) async fn create(door: &Door, data: &Path, at: &Path) -> Result<(), VolumeError> {
        let fresh = data.join(UNFINISHED);
        let host = room(data)?;
        let size = first_size(host).ok_or(VolumeError::NoPoolRoom {
            dir: data.to_owned(),
            least_mib: (2 * LEAST + reserve(host)) >> 20,
        })?;
        let made = Self::make(door, data, &fresh, size, at).await;
        if made.is_err() {
            Self::tidy(door, data, at)?;
        }
        made
    }

    async fn make(door: &Door, data: &Path, fresh: &Path, size: u64, at: &Path) -> Result<(), VolumeError> {
        let failed = |error: MountError| VolumeError::pool("make a pool for homes", error);
        door.reserve_file(fresh, size).map_err(failed)?;
        // One copy of everything: it is as safe as the disk that its file is on.
        let make = Program::new("spawn.mkfs", "mkfs.btrfs")
            .args(["-q", "-K", "-m", "single", "-d", "single", "-L", "toft"])
            .arg(fresh);
        let made = door.run(make).await;
        made.map_err(|error| VolumeError::pool("make a pool for homes (apt install btrfs-progs)", error))?;
        door.mount_file(fresh, at, KIND, OPTIONS).map_err(failed)?;
        let file = data.join(NAME);
        door.pass("volume.pool", NAME, || fs::rename(fresh, &file))
            .map_err(VolumeError::io("create", &file))
    }

    /// Removes one that was not finished.
    pub(crate) fn tidy(door: &Door, data: &Path, at: &Path) -> Result<(), VolumeError> {
        let fresh = data.join(UNFINISHED);
        if !fresh.exists() {
            return Ok(());
        }
        door.unmount_file(&fresh, at)
            .map_err(|error| VolumeError::pool("take an unfinished pool off", error))?;
        fs::remove_file(&fresh).map_err(VolumeError::io("remove", &fresh))
    }

    /// Mounts it at `at`, or finds it mounted there.
    pub(crate) fn open(door: &Door, data: &Path, at: &Path) -> Result<Self, VolumeError> {
        let pool = Self {
            door: door.clone(),
            file: data.join(NAME),
            at: at.to_owned(),
            growing: Mutex::default(),
            cramped: AtomicBool::default(),
        };
        let length = fs::metadata(&pool.file).map_err(VolumeError::io("examine", &pool.file))?;
        if length.blocks() * 512 < length.len() {
            // A copy that was made without its zeros, or a growth that was cut off.
            if let Err(error) = door.reserve_file(&pool.file, length.len()) {
                tracing::warn!(%error, "the pool has holes that the disk has no room for");
            }
        }
        let failed = |error: MountError| VolumeError::pool("mount the pool of homes", error);
        door.mount_file(&pool.file, at, KIND, OPTIONS).map_err(failed)?;
        // Where a growth was cut off.
        if pool.room()?.total < length.len() {
            pool.take_in()?;
        }
        Ok(pool)
    }

    /// Room that nothing was promised: a write that waits in memory has taken its own already.
    pub(crate) fn room(&self) -> Result<Room, VolumeError> {
        let found = room(&self.at)?;
        let promised = promised(&self.at)
            .map_err(|error| VolumeError::pool("see what the pool of homes has promised", error))?;
        let free = found.free.saturating_sub(promised);
        Ok(Room { free, ..found })
    }

    /// Whether it is full as far as it can grow.
    pub(crate) fn cramped(&self) -> bool {
        self.cramped.load(Ordering::Relaxed)
    }

    /// Bytes that the host could give it beside its reserve.
    pub(crate) fn could_take(&self) -> u64 {
        self.file
            .parent()
            .and_then(|data| room(data).ok())
            .map_or(0, spare)
    }

    /// Grows if little is free and the host has something to give. Returns how many bytes were free.
    pub(crate) fn grow(&self) -> Result<u64, VolumeError> {
        let _one = self.growing.lock().unwrap_or_else(PoisonError::into_inner);
        let room = self.room()?;
        if room.free >= low(room.total) {
            self.cramped.store(false, Ordering::Relaxed);
            return Ok(room.free);
        }
        let before = fs::metadata(&self.file)
            .map_err(VolumeError::io("examine", &self.file))?
            .len();
        let more = (before / 4).max(STEP).min(self.could_take()) / GRAIN * GRAIN;
        if more == 0 {
            if !self.cramped.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    free_bytes = room.free,
                    "the pool of homes cannot grow: the disk of the host is full"
                );
            }
            return Ok(room.free);
        }
        if let Err(error) = self.door.reserve_file(&self.file, before + more) {
            // What of it was taken is not the device's yet.
            let file = fs::File::options().write(true).open(&self.file);
            let _ = file.and_then(|file| file.set_len(before));
            self.cramped.store(true, Ordering::Relaxed);
            return Err(VolumeError::pool("grow the pool of homes", error));
        }
        self.take_in()?;
        self.cramped.store(false, Ordering::Relaxed);
        tracing::info!(size_bytes = before + more, "the pool of homes has grown");
        Ok(room.free)
    }

    /// Makes the file system as large as its file.
    fn take_in(&self) -> Result<(), VolumeError> {
        let failed = |error: MountError| VolumeError::pool("grow the pool of homes", error);
        self.door.grow_mounted(&self.file, &self.at).map_err(failed)?;
        self.door
            .btrfs_fill_device(&self.at)
            .map_err(|error| VolumeError::pool("grow the pool of homes", error))
    }

    /// Takes it off, where nothing uses it.
    pub(crate) fn unmount(door: &Door, data: &Path, at: &Path) -> Result<(), VolumeError> {
        let file = data.join(NAME);
        if !file.exists() {
            return Ok(());
        }
        door.unmount_file(&file, at)
            .map_err(|error| VolumeError::pool("take the pool of homes off", error))
    }
}

/// Room in the file system that holds `path`.
pub(crate) fn room(path: &Path) -> Result<Room, VolumeError> {
    let stat = rustix::fs::statvfs(path)
        .map_err(|errno| VolumeError::io("ask for free space of", path)(errno.into()))?;
    Ok(Room {
        total: stat.f_blocks.saturating_mul(stat.f_frsize),
        free: stat.f_bavail.saturating_mul(stat.f_frsize),
    })
}

/// What the host keeps: a twentieth of its disk, at least 1 GiB and at most 4.
fn reserve(host: Room) -> u64 {
    (host.total / 20).clamp(1 << 30, 4 << 30)
}

fn spare(host: Room) -> u64 {
    host.free.saturating_sub(reserve(host))
}

/// What the pool begins with on this host, if it has that much.
fn first_size(host: Room) -> Option<u64> {
    let size = (spare(host) / 2).min(STEP) / GRAIN * GRAIN;
    (size >= LEAST).then_some(size)
}

/// Below this much free space it grows.
fn low(total: u64) -> u64 {
    (total / 4).max(LOW)
}

#[cfg(test)]
mod tests;

//! The volumes of one data directory.

mod health;
mod keep;
mod snapshots;
mod usage;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use toft_effects::Door;
use toft_effects::btrfs::is_subvolume;

use crate::backend::{Backend, Choice};
use crate::ballast::Ballast;
use crate::error::VolumeError;
use crate::home::{self, Owner};
use crate::pool::Pool;
use crate::trash::{self, Leftover};

pub use health::{Health, State};
pub use usage::Usage;

/// Names in the directory that are no volumes.
pub(crate) const TRASH: &str = "trash";
pub(crate) const TMP: &str = "tmp";
const SNAPSHOTS: &str = "snapshots";
const BALLAST: &str = "ballast";
pub(crate) const OWN: [&str; 4] = [TRASH, TMP, SNAPSHOTS, BALLAST];

/// The volumes' directory in the data directory.
const DIR: &str = "volumes";

/// In a volume: the digest of the image that its machine lies over.
const IMAGE: &str = "image";

/// What Toft itself may write beyond a limit while it starts a workspace: names, hosts, users.
const HEADROOM: u64 = 16 << 20;

/// Counts volumes in the making; what an earlier process left in `tmp` is swept at the start.
static STAGED: AtomicU64 = AtomicU64::new(0);

/// The homes of workspaces. Cheap to clone.
///
/// # Guarantees
/// Whenever the daemon is killed, a home is there whole or not at all. A removed one is gone when
/// [`Volumes::remove`] returns, whatever became of its files. Both may be repeated at any time.
///
/// # Caveats
/// Where homes are plain directories there is no quota and there are no snapshots. A power failure
/// within seconds of the making may cost the content of the skeleton's files.
#[derive(Clone, Debug)]
pub struct Volumes {
    door: Door,
    dir: Arc<Path>,
    ballast: Arc<Ballast>,
    backend: Arc<Backend>,
}

/// What a new volume holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A home from a skeleton (the image's `/etc/skel`), where there is one.
    Skeleton(Option<PathBuf>),
    /// What the volume of another workspace holds at this moment.
    Volume(String),
    /// What a snapshot holds.
    Snapshot(String),
}

/// A volume in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VolumeInfo {
    /// The workspace's uid.
    pub uid: String,
    /// Its home.
    pub home: PathBuf,
}

// === impl Volumes ===

impl Volumes {
    /// Opens the volumes of the data directory `data`; what they are is found there, or chosen.
    /// Removals that a killed process left are in [`Volumes::leftovers`], and gone on with by
    /// [`Volumes::retry`].
    ///
    /// # Errors
    /// The directory cannot be made or read, or what was chosen cannot be had.
    pub async fn open(door: Door, data: &Path, choice: Choice) -> Result<Self, VolumeError> {
        let dir = data.join(DIR);
        private(&dir)?;
        let data = data.canonicalize().map_err(VolumeError::io("open", data))?;
        let dir = data.join(DIR);
        let backend = Backend::open(&door, &data, &dir, choice).await?;
        for path in [dir.clone(), dir.join(TRASH), dir.join(TMP), dir.join(SNAPSHOTS)] {
            private(&path)?;
        }
        let ballast = Arc::new(Ballast::new(&dir));
        let volumes = Self {
            door,
            dir: dir.into(),
            ballast,
            backend: Arc::new(backend),
        };
        for entry in fs::read_dir(volumes.tmp())
            .map_err(VolumeError::io("read", &volumes.tmp()))?
            .flatten()
        {
            // A home that never was one; also retried at the next start.
            let _ = volumes.destroy(&entry.path());
        }
        volumes.ballast.fill();
        Ok(volumes)
    }

    /// Where they are.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Removes what a directory's removal cannot: the pool's mount, and subvolumes.
    ///
    /// # Errors
    /// The pool is in use, or a subvolume resists.
    pub fn purge(door: &Door, data: &Path) -> Result<(), VolumeError> {
        Self::release(door, data)?;
        let dir = data.join(DIR);
        for place in [dir.clone(), dir.join(TRASH), dir.join(TMP), dir.join(SNAPSHOTS)] {
            for entry in fs::read_dir(&place).into_iter().flatten().flatten() {
                let path = entry.path();
                if is_subvolume(&path) {
                    destroy(door, &path)?;
                }
            }
        }
        Ok(())
    }

    /// Takes the pool of a data directory off the host, which nothing may use any more. Where
    /// there is none, or it is not mounted, this is a success.
    ///
    /// # Errors
    /// It is in use.
    pub fn release(door: &Door, data: &Path) -> Result<(), VolumeError> {
        Pool::unmount(door, data, &data.join(DIR))
    }

    /// The home of workspace `uid`; made as `origin` says if it is not there. A home that is
    /// there is left as it is.
    ///
    /// # Errors
    /// The disk is full or refuses, or what should be copied cannot be; then no home is there,
    /// and nothing of it.
    pub async fn ensure(&self, uid: &str, origin: Origin, owner: Owner) -> Result<PathBuf, VolumeError> {
        let volume = self.volume(uid)?;
        let (this, uid) = (self.clone(), uid.to_owned());
        blocking(&self.dir, move || this.make(&uid, &volume, &origin, owner)).await
    }

    /// Limits what the volume of `uid` may take, where that can be held. With `starting` Toft
    /// itself may write a little more, so that a full workspace starts.
    ///
    /// # Errors
    /// It is not there, or the file system refuses.
    pub async fn limit(&self, uid: &str, bytes: u64, starting: bool) -> Result<(), VolumeError> {
        let volume = self.volume(uid)?;
        if !self.backend.is_btrfs() || !is_subvolume(&volume) {
            return Ok(());
        }
        let bytes = if starting {
            bytes.saturating_add(HEADROOM)
        } else {
            bytes
        };
        let this = self.clone();
        blocking(&self.dir, move || {
            this.door
                .subvolume_limit(&volume, Some(bytes))
                .map_err(VolumeError::btrfs("limit a home", &volume))
        })
        .await
    }

    /// The image that the machine in the volume of `uid` lies over, if that was written down.
    pub fn begun_on(&self, uid: &str) -> Option<String> {
        let text = fs::read_to_string(self.volume(uid).ok()?.join(IMAGE)).ok()?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// Writes down what image the machine in the volume of `uid` lies over.
    ///
    /// # Errors
    /// The disk is full or refuses.
    pub fn begin_on(&self, uid: &str, digest: &str) -> Result<(), VolumeError> {
        if self.begun_on(uid).as_deref() == Some(digest) {
            return Ok(());
        }
        let volume = self.volume(uid)?;
        let (path, fresh) = (volume.join(IMAGE), volume.join("image.new"));
        self.door.pass("volume.image", uid, || {
            fs::write(&fresh, digest)
                .and_then(|()| fs::rename(&fresh, &path))
                .map_err(VolumeError::io("write", &path))
        })
    }

    /// Whether the volume of `uid` has a home.
    pub fn exists(&self, uid: &str) -> bool {
        self.volume(uid).is_ok_and(|volume| volume.join("home").is_dir())
    }

    /// Takes the volume of `uid` away, so that the next one begins anew. Its files are removed
    /// beside, however many they are.
    ///
    /// # Errors
    /// As [`Volumes::remove`].
    pub async fn renew(&self, uid: &str) -> Result<(), VolumeError> {
        let volume = self.volume(uid)?;
        let (this, uid) = (self.clone(), uid.to_owned());
        let moved = blocking(&self.dir, move || this.set_aside(&uid, &volume)).await?;
        if let Some(path) = moved {
            let this = self.clone();
            tokio::task::spawn_blocking(move || this.delete(&path));
        }
        Ok(())
    }

    /// Removes the volume of `uid`: it is gone when this returns. A volume that is not there is
    /// a success. Files that resist deletion are logged, and kept in [`Volumes::leftovers`].
    ///
    /// # Errors
    /// The volume cannot even be renamed, with the ballast given up: the disk itself fails.
    pub async fn remove(&self, uid: &str) -> Result<(), VolumeError> {
        let volume = self.volume(uid)?;
        let (this, uid) = (self.clone(), uid.to_owned());
        blocking(&self.dir, move || this.discard(&uid, &volume)).await
    }

    /// Bytes that the volume of `uid` takes on disk; see [`Usage`] for the bounds.
    ///
    /// # Errors
    /// Its directory cannot be read. A volume that is not there takes nothing.
    pub async fn usage(&self, uid: &str) -> Result<Usage, VolumeError> {
        let volume = self.volume(uid)?;
        blocking(&self.dir, move || usage::of(&volume)).await
    }

    /// The same where the file system counts, so that no file is looked at.
    pub fn counted(&self, uid: &str) -> Option<Usage> {
        usage::counted(&self.volume(uid).ok()?)
    }

    /// All volumes, by uid.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn list(&self) -> Result<Vec<VolumeInfo>, VolumeError> {
        let mut volumes = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(VolumeError::io("read", &self.dir))? {
            let entry = entry.map_err(VolumeError::io("read", &self.dir))?;
            let Ok(uid) = entry.file_name().into_string() else {
                continue;
            };
            let home = entry.path().join("home");
            if !OWN.contains(&uid.as_str()) && home.is_dir() {
                volumes.push(VolumeInfo { uid, home });
            }
        }
        volumes.sort_by(|a, b| a.uid.cmp(&b.uid));
        Ok(volumes)
    }

    /// Removed volumes of which files are left.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn leftovers(&self) -> Result<Vec<Leftover>, VolumeError> {
        trash::list(&self.trash())
    }

    /// Tries again to delete what removed volumes left; answers what is still there.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub async fn retry(&self) -> Result<Vec<Leftover>, VolumeError> {
        let this = self.clone();
        blocking(&self.dir, move || {
            for leftover in this.leftovers()? {
                this.delete(&leftover.path);
            }
            this.ballast.fill();
            this.leftovers()
        })
        .await
    }

    fn make(&self, uid: &str, volume: &Path, origin: &Origin, owner: Owner) -> Result<PathBuf, VolumeError> {
        let home = volume.join("home");
        if home.is_dir() {
            return Ok(home);
        }
        self.backend.grow()?;
        let staged = self.staged(uid);
        let filled = match origin {
            Origin::Skeleton(skeleton) => self.door.pass("volume.fill", uid, || {
                self.stage(&staged, skeleton.as_deref(), owner)
            }),
            Origin::Volume(other) => self.copy("volume", other, &self.volume(other)?, &staged),
            Origin::Snapshot(id) => self.copy("snapshot", id, &self.snapshot_path(id)?, &staged),
        };
        let made = filled.and_then(|()| {
            // A directory without a home is what a crash before this scheme, or a hand, left.
            let _ = fs::remove_dir(volume);
            self.publish(uid, &staged, volume)
        });
        if let Err(error) = made {
            let _ = self.destroy(&staged);
            // Two callers at once: the other one was first.
            return if home.is_dir() { Ok(home) } else { Err(error) };
        }
        Ok(home)
    }

    /// A name of its own: two callers at once do not fill one directory.
    fn staged(&self, uid: &str) -> PathBuf {
        let number = STAGED.fetch_add(1, Ordering::Relaxed);
        self.tmp().join(format!("{uid}.{number}"))
    }

    /// Gives what was made its place, where there is nothing.
    fn publish(&self, uid: &str, staged: &Path, volume: &Path) -> Result<(), VolumeError> {
        self.door
            .pass("volume.publish", uid, || fs::rename(staged, volume))
            .map_err(VolumeError::io("create", volume))
    }

    /// Makes the volume under a name that nobody looks at.
    fn stage(&self, staged: &Path, skeleton: Option<&Path>, owner: Owner) -> Result<(), VolumeError> {
        let home = staged.join("home");
        if self.backend.is_btrfs() {
            self.door
                .subvolume_create(staged)
                .map_err(VolumeError::btrfs("create a home", &self.dir))?;
        } else {
            fs::create_dir(staged).map_err(VolumeError::io("create", staged))?;
        }
        fs::set_permissions(staged, fs::Permissions::from_mode(0o700))
            .map_err(VolumeError::io("restrict", staged))?;
        fs::create_dir(&home).map_err(VolumeError::io("create", &home))?;
        home::fill(&home, skeleton, owner)
    }

    fn destroy(&self, path: &Path) -> Result<(), VolumeError> {
        destroy(&self.door, path)
    }

    fn discard(&self, uid: &str, volume: &Path) -> Result<(), VolumeError> {
        if let Some(path) = self.set_aside(uid, volume)? {
            self.delete(&path);
            self.ballast.fill();
        }
        Ok(())
    }

    /// Moves a volume that is there into the trash.
    fn set_aside(&self, uid: &str, volume: &Path) -> Result<Option<PathBuf>, VolumeError> {
        if fs::symlink_metadata(volume).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
            return Ok(None);
        }
        let moved = self.door.pass("volume.discard", uid, || {
            trash::discard(&self.trash(), volume, uid).or_else(|_| {
                self.ballast.drop_it()?;
                trash::discard(&self.trash(), volume, uid)
            })
        });
        moved.map(Some).map_err(VolumeError::io("remove", volume))
    }

    /// Deletes a discarded volume; what resists stays in the trash and in the log.
    fn delete(&self, path: &Path) {
        let deleted = self.door.pass("volume.delete", &path.display().to_string(), || {
            self.destroy(path).or_else(|_| {
                let _ = self.ballast.drop_it();
                self.destroy(path)
            })
        });
        if let Err(error) = deleted {
            tracing::warn!(path = %path.display(), %error, "files of a removed volume are left; tried again later");
        }
    }

    fn volume(&self, uid: &str) -> Result<PathBuf, VolumeError> {
        if OWN.contains(&uid) {
            return Err(VolumeError::BadId { id: uid.to_owned() });
        }
        Ok(self.dir.join(name_of(uid)?))
    }

    fn trash(&self) -> PathBuf {
        self.dir.join(TRASH)
    }

    fn tmp(&self) -> PathBuf {
        self.dir.join(TMP)
    }
}

/// Deletes what may be a subvolume. One that holds others goes as a directory does: the kernel lets
/// only empty ones of these be removed, and such ones as any directory.
fn destroy(door: &Door, path: &Path) -> Result<(), VolumeError> {
    if !is_subvolume(path) {
        return trash::delete(path);
    }
    match door.subvolume_destroy(path) {
        Err(error) if error.source.kind() == std::io::ErrorKind::DirectoryNotEmpty => trash::delete(path),
        other => other.map_err(VolumeError::btrfs("delete a home", path)),
    }
}

/// An id as a directory's name.
fn name_of(id: &str) -> Result<&str, VolumeError> {
    let fits = (1..=64).contains(&id.len());
    if fits
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        return Ok(id);
    }
    Err(VolumeError::BadId {
        id: id.chars().take(100).collect(),
    })
}

/// Makes a directory that nobody else enters.
fn private(path: &Path) -> Result<(), VolumeError> {
    fs::create_dir_all(path).map_err(VolumeError::io("create", path))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(VolumeError::io("restrict", path))
}

async fn blocking<T: Send + 'static>(
    dir: &Path,
    work: impl FnOnce() -> Result<T, VolumeError> + Send + 'static,
) -> Result<T, VolumeError> {
    // The thread ends early only by a panic, which was reported where it happened.
    let ended = |_| {
        Err(VolumeError::io("work in", dir)(std::io::Error::other(
            "the work was cut off",
        )))
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(ended)
}

#[cfg(test)]
mod tests;

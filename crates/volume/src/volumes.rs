//! The volumes of one data directory.

mod usage;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use toft_effects::Door;

use crate::ballast::Ballast;
use crate::error::VolumeError;
use crate::home::{self, Owner};
use crate::trash::{self, Leftover};

pub use usage::Usage;

/// Names in the directory that are no volumes.
const TRASH: &str = "trash";
const TMP: &str = "tmp";

/// Counts homes in the making; what an earlier process left in `tmp` is swept at the start.
static STAGED: AtomicU64 = AtomicU64::new(0);

/// The homes of workspaces. Cheap to clone.
///
/// # Guarantees
/// Whenever the daemon is killed, a home is there whole or not at all. A removed one is gone when
/// [`Volumes::remove`] returns, whatever became of its files. Both may be repeated at any time.
///
/// # Caveats
/// Homes are plain directories: no quota and no snapshots. A power failure within seconds of the
/// making may cost the content of the skeleton's files.
#[derive(Clone, Debug)]
pub struct Volumes {
    door: Door,
    dir: Arc<Path>,
    ballast: Arc<Ballast>,
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

/// Room in the file system that holds the volumes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Space {
    /// All of it.
    pub total_bytes: u64,
    /// What may still be written.
    pub free_bytes: u64,
    /// All inodes; 0 where the file system makes them as needed.
    pub total_inodes: u64,
    /// Inodes left.
    pub free_inodes: u64,
}

// === impl Volumes ===

impl Volumes {
    /// Opens the volumes in `dir`, which is made if it is not there. Removals that a killed
    /// process left are in [`Volumes::leftovers`], and gone on with by [`Volumes::retry`].
    ///
    /// # Errors
    /// The directory cannot be made or read.
    pub fn open(door: Door, dir: &Path) -> Result<Self, VolumeError> {
        for path in [dir.to_owned(), dir.join(TRASH), dir.join(TMP)] {
            fs::create_dir_all(&path).map_err(VolumeError::io("create", &path))?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700))
                .map_err(VolumeError::io("restrict", &path))?;
        }
        let dir = dir.canonicalize().map_err(VolumeError::io("open", dir))?;
        let ballast = Arc::new(Ballast::new(&dir));
        let volumes = Self {
            door,
            dir: dir.into(),
            ballast,
        };
        for entry in fs::read_dir(volumes.tmp())
            .map_err(VolumeError::io("read", &volumes.tmp()))?
            .flatten()
        {
            // A home that never was one; also retried at the next start.
            let _ = trash::delete(&entry.path());
        }
        volumes.ballast.fill();
        Ok(volumes)
    }

    /// The home of workspace `uid`; made from `skeleton` (the image's `/etc/skel`) if it is not
    /// there. A home that is there is left as it is.
    ///
    /// # Errors
    /// The disk is full or refuses; then no home is there, and nothing of it.
    pub async fn ensure_home(
        &self,
        uid: &str,
        skeleton: Option<&Path>,
        owner: Owner,
    ) -> Result<PathBuf, VolumeError> {
        let volume = self.volume(uid)?;
        let (this, uid, skeleton) = (self.clone(), uid.to_owned(), skeleton.map(Path::to_owned));
        blocking(&self.dir, move || {
            this.make_home(&uid, &volume, skeleton.as_deref(), owner)
        })
        .await
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
        blocking(&self.dir, move || usage::measure(&volume)).await
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
            if uid != TRASH && uid != TMP && home.is_dir() {
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

    /// Room in the file system that holds the volumes.
    ///
    /// # Errors
    /// The file system does not answer.
    pub fn space(&self) -> Result<Space, VolumeError> {
        let asked = rustix::fs::statvfs(&*self.dir);
        let stat =
            asked.map_err(|errno| VolumeError::io("ask for free space of", &self.dir)(errno.into()))?;
        Ok(Space {
            total_bytes: stat.f_blocks.saturating_mul(stat.f_frsize),
            free_bytes: stat.f_bavail.saturating_mul(stat.f_frsize),
            total_inodes: stat.f_files,
            free_inodes: stat.f_favail,
        })
    }

    fn make_home(
        &self,
        uid: &str,
        volume: &Path,
        skeleton: Option<&Path>,
        owner: Owner,
    ) -> Result<PathBuf, VolumeError> {
        let home = volume.join("home");
        if home.is_dir() {
            return Ok(home);
        }
        // A name of its own: two callers at once do not fill one directory.
        let staged = self
            .tmp()
            .join(format!("{uid}.{}", STAGED.fetch_add(1, Ordering::Relaxed)));
        let filled = self
            .door
            .pass("volume.fill", uid, || stage(&staged, skeleton, owner));
        let made = filled.and_then(|()| {
            // A directory without a home is what a crash before this scheme, or a hand, left.
            let _ = fs::remove_dir(volume);
            let publish = || fs::rename(&staged, volume);
            self.door
                .pass("volume.publish", uid, publish)
                .map_err(VolumeError::io("create", volume))
        });
        if let Err(error) = made {
            let _ = trash::delete(&staged);
            // Two callers at once: the other one was first.
            return if home.is_dir() { Ok(home) } else { Err(error) };
        }
        Ok(home)
    }

    fn discard(&self, uid: &str, volume: &Path) -> Result<(), VolumeError> {
        if fs::symlink_metadata(volume).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
            return Ok(());
        }
        let moved = self.door.pass("volume.discard", uid, || {
            trash::discard(&self.trash(), volume, uid).or_else(|_| {
                self.ballast.drop_it()?;
                trash::discard(&self.trash(), volume, uid)
            })
        });
        let path = moved.map_err(VolumeError::io("remove", volume))?;
        self.delete(&path);
        self.ballast.fill();
        Ok(())
    }

    /// Deletes a discarded volume; what resists stays in the trash and in the log.
    fn delete(&self, path: &Path) {
        let deleted = self.door.pass("volume.delete", &path.display().to_string(), || {
            trash::delete(path).or_else(|_| {
                let _ = self.ballast.drop_it();
                trash::delete(path)
            })
        });
        if let Err(error) = deleted {
            tracing::warn!(path = %path.display(), %error, "files of a removed volume are left; tried again later");
        }
    }

    fn volume(&self, uid: &str) -> Result<PathBuf, VolumeError> {
        let fits = !uid.is_empty() && uid.len() <= 64 && uid != TRASH && uid != TMP;
        if fits
            && uid
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            Ok(self.dir.join(uid))
        } else {
            Err(VolumeError::BadId {
                id: uid.chars().take(100).collect(),
            })
        }
    }

    fn trash(&self) -> PathBuf {
        self.dir.join(TRASH)
    }

    fn tmp(&self) -> PathBuf {
        self.dir.join(TMP)
    }
}

/// Makes the volume under a name that nobody looks at, and everything in it durable.
fn stage(staged: &Path, skeleton: Option<&Path>, owner: Owner) -> Result<(), VolumeError> {
    let home = staged.join("home");
    fs::create_dir(staged).map_err(VolumeError::io("create", staged))?;
    fs::set_permissions(staged, fs::Permissions::from_mode(0o700))
        .map_err(VolumeError::io("restrict", staged))?;
    fs::create_dir(&home).map_err(VolumeError::io("create", &home))?;
    home::fill(&home, skeleton, owner)
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

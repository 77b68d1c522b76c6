//! The store: what is here, and how it comes and goes.

mod collect;
mod job;

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use rustix::fs::FlockOperation;
use toft_effects::Door;

use crate::cancel::Cancel;
use crate::digest::Digest;
use crate::disk;
use crate::error::ImageError;
use crate::flight::{Flights, Outcome};
use crate::limits::Limits;
use crate::progress::{Progress, Reporter};
use crate::record::{ImageInfo, ImageRoot, Record};
use crate::source::ImageSource;

pub use collect::Collected;
pub(crate) use job::Job;

/// A directory of images. Cheap to clone; all clones share jobs.
///
/// # Guarantees
/// What [`ImageStore::get`] and [`ImageStore::list`] show is whole and verified. Concurrent
/// [`ImageStore::ensure`] for one source do the work once.
///
/// # Assumptions
/// One process at a time; a lock in the directory holds it to that.
#[derive(Clone)]
pub struct ImageStore {
    inner: Arc<Inner>,
}

/// How a store works.
#[derive(Debug, Default)]
pub struct Options {
    /// Where finished Debian bases are packed for other stores; none: nowhere.
    pub cache: Option<PathBuf>,
    /// Bounds on what comes from outside.
    pub limits: Limits,
    /// Sign-in by registry (`registry.example.org:5000`); others are asked anonymously.
    pub credentials: BTreeMap<String, Credentials>,
}

/// A name and password for a registry.
#[derive(Clone)]
pub struct Credentials {
    /// Who.
    pub username: String,
    /// Their secret.
    pub password: String,
}

/// One lock for each blob that is being fetched.
type BlobTurns = Mutex<HashMap<Digest, Weak<tokio::sync::Mutex<()>>>>;

pub(crate) struct Inner {
    pub(crate) door: Door,
    pub(crate) dir: PathBuf,
    pub(crate) options: Options,
    flights: Flights,
    blobs_under_way: BlobTurns,
    /// Held as long as the store is open.
    lock: File,
}

// === impl Credentials ===

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

// === impl ImageStore ===

impl ImageStore {
    /// Opens the store in `dir`, which is made if it is not there, with no cache and the default
    /// limits.
    ///
    /// # Errors
    /// As [`ImageStore::open_with`].
    pub fn open(door: Door, dir: &Path) -> Result<Self, ImageError> {
        Self::open_with(door, dir, Options::default())
    }

    /// Opens the store in `dir` and sweeps what a killed process left half done.
    ///
    /// # Errors
    /// The directory cannot be made or read, or another process has it open.
    pub fn open_with(door: Door, dir: &Path, options: Options) -> Result<Self, ImageError> {
        for name in ["", "blobs/sha256", "partial", "roots", "sources", "tmp"] {
            let path = dir.join(name);
            fs::create_dir_all(&path).map_err(ImageError::io("create", &path))?;
        }
        let dir = dir.canonicalize().map_err(ImageError::io("open", dir))?;
        restrict(&dir)?;
        let lock = lock(&dir)?;
        let store = Self {
            inner: Arc::new(Inner {
                door,
                dir,
                options,
                flights: Flights::default(),
                blobs_under_way: BlobTurns::default(),
                lock,
            }),
        };
        store.sweep()?;
        Ok(store)
    }

    /// Lets another process open the directory. Whoever calls this has given up what was being
    /// prepared; roots go on being found.
    ///
    /// # Errors
    /// The lock cannot be given back.
    pub fn leave(&self) -> Result<(), ImageError> {
        rustix::fs::flock(&self.inner.lock, FlockOperation::Unlock)
            .map_err(|errno| ImageError::io("unlock", &self.inner.dir)(errno.into()))
    }

    /// Makes the image of `source` ready, unless it is, and says where its root is.
    ///
    /// A tag of a registry that is known here is not asked for again: see [`ImageStore::pull`].
    /// Callers for the same source share one job. Dropping the future gives up; with the last
    /// caller the job ends, and leaves nothing but downloads that can be resumed.
    ///
    /// # Errors
    /// The source is not valid, cannot be had, or is refused; then nothing of it is visible.
    pub async fn ensure(&self, source: &ImageSource, on_progress: impl FnMut(Progress)) -> Outcome {
        if let Some(image) = self.find(source) {
            self.inner.touch(&image.digest);
            return Ok(image);
        }
        self.run(source, false, on_progress).await
    }

    /// Asks for the image of `source` anew, even if one is here: a tag may have moved, a Debian
    /// base may have newer packages. The former root stays until it is collected.
    ///
    /// # Errors
    /// As [`ImageStore::ensure`].
    pub async fn pull(&self, source: &ImageSource, on_progress: impl FnMut(Progress)) -> Outcome {
        self.run(source, true, on_progress).await
    }

    async fn run(&self, source: &ImageSource, fresh: bool, on_progress: impl FnMut(Progress)) -> Outcome {
        source.validate().map_err(Arc::new)?;
        let key = source.key();
        self.inner
            .flights
            .join(&key, on_progress, |report, cancel| {
                self.job(source, report, cancel).run(fresh)
            })
            .await
    }

    pub(crate) fn job(&self, source: &ImageSource, report: Reporter, cancel: Cancel) -> Job {
        Job {
            store: self.inner.clone(),
            source: source.clone(),
            report,
            cancel,
        }
    }

    /// The image that `source` stands for here; nothing is fetched.
    pub fn find(&self, source: &ImageSource) -> Option<ImageRoot> {
        let digest = fs::read_to_string(self.inner.alias_path(source)).ok()?;
        self.get(&digest.trim().parse().ok()?)
    }

    /// The image of this digest, if it is here.
    pub fn get(&self, digest: &Digest) -> Option<ImageRoot> {
        let record = self.inner.record(digest)?;
        Some(record.root(self.inner.root_path(digest).join("rootfs")))
    }

    /// All images that are here, oldest first.
    pub fn list(&self) -> Vec<ImageInfo> {
        let digests = self.inner.digests();
        let mut images: Vec<ImageInfo> = digests
            .iter()
            .filter_map(|digest| Some(self.inner.record(digest)?.info(self.inner.last_used(digest))))
            .collect();
        images.sort_by(|a, b| (a.created, &a.digest).cmp(&(b.created, &b.digest)));
        images
    }
}

// === impl Inner ===

impl Inner {
    pub(crate) fn root_path(&self, digest: &Digest) -> PathBuf {
        self.dir.join("roots").join(digest.hex())
    }

    pub(crate) fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.dir.join("blobs/sha256").join(digest.hex())
    }

    pub(crate) fn partial_path(&self, digest: &Digest) -> PathBuf {
        self.dir.join("partial").join(digest.hex())
    }

    /// Waits for the turn to fetch a blob.
    pub(crate) async fn blob_turn(&self, digest: &Digest) -> tokio::sync::OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self
                .blobs_under_way
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| turn.strong_count() > 0);
            let turn = turns.get(digest).and_then(Weak::upgrade).unwrap_or_default();
            turns.insert(digest.clone(), Arc::downgrade(&turn));
            turn
        };
        turn.lock_owned().await
    }

    pub(crate) fn tmp(&self) -> PathBuf {
        self.dir.join("tmp")
    }

    fn alias_path(&self, source: &ImageSource) -> PathBuf {
        self.dir.join("sources").join(source.key())
    }

    /// Remembers what a source stands for.
    pub(crate) fn remember(&self, source: &ImageSource, digest: &Digest) -> Result<(), ImageError> {
        disk::write_durably(&self.alias_path(source), digest.as_str().as_bytes())
    }

    pub(crate) fn record(&self, digest: &Digest) -> Option<Record> {
        let path = self.root_path(digest).join("image.json");
        let text = fs::read(&path).ok()?;
        match serde_json::from_slice(&text) {
            Ok(record) => Some(record),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "an image's record is unreadable; the image is ignored");
                None
            }
        }
    }

    pub(crate) fn digests(&self) -> Vec<Digest> {
        let Ok(entries) = fs::read_dir(self.dir.join("roots")) else {
            return Vec::new();
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.filter_map(|name| Digest::from_hex(&name).ok()).collect()
    }

    /// The time of last use is that of the record's file: one inode, no write worth the name.
    pub(crate) fn touch(&self, digest: &Digest) {
        let path = self.root_path(digest).join("image.json");
        if let Ok(file) = File::options().append(true).open(path) {
            // Only the order of collection depends on it.
            let _ = file.set_modified(std::time::SystemTime::now());
        }
    }

    pub(crate) fn last_used(&self, digest: &Digest) -> std::time::SystemTime {
        let meta = fs::metadata(self.root_path(digest).join("image.json"));
        meta.and_then(|meta| meta.modified())
            .unwrap_or(std::time::UNIX_EPOCH)
    }
}

/// Roots have set-user-id files of root's: nobody else may reach them on the host.
fn restrict(dir: &Path) -> Result<(), ImageError> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).map_err(ImageError::io("restrict", dir))
}

fn lock(dir: &Path) -> Result<File, ImageError> {
    let path = dir.join("lock");
    let file = File::create(&path).map_err(ImageError::io("create", &path))?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(ImageError::Locked { dir: dir.to_owned() }),
        Err(errno) => Err(ImageError::io("lock", &path)(errno.into())),
    }
}

#[cfg(test)]
mod tests;

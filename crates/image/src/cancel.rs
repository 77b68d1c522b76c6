//! Giving up: one flag that threads look at between two pieces of work, and directories that
//! vanish with the last one who works in them.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::error::ImageError;

const REMOVAL_ATTEMPTS: u32 = 100;
const REMOVAL_PAUSE: Duration = Duration::from_millis(100);

/// Raised when nobody waits for a job any more.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cancel(Arc<AtomicBool>);

/// A directory under `tmp/`. Removed when dropped, unless it was published by a rename.
#[derive(Debug)]
pub(crate) struct Staging {
    path: PathBuf,
}

/// Fails once the job was cancelled.
pub(crate) struct Cancellable<R> {
    inner: R,
    cancel: Cancel,
}

// === impl Cancel ===

impl Cancel {
    pub(crate) fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn check(&self) -> Result<(), ImageError> {
        if self.0.load(Ordering::Relaxed) {
            Err(ImageError::Cancelled)
        } else {
            Ok(())
        }
    }

    pub(crate) fn reader<R: Read>(&self, inner: R) -> Cancellable<R> {
        Cancellable {
            inner,
            cancel: self.clone(),
        }
    }
}

// === impl Cancellable ===

impl<R: Read> Read for Cancellable<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.cancel.check().map_err(io::Error::other)?;
        self.inner.read(buf)
    }
}

// === impl Staging ===

impl Staging {
    /// Makes a fresh directory with a name of its own.
    pub(crate) fn new(tmp: &Path) -> Result<Self, ImageError> {
        for attempt in 0..1_000_u32 {
            let path = tmp.join(format!("tmp-{}-{attempt}", stamp()));
            match std::fs::create_dir(&path) {
                Ok(()) => return Ok(Self { path }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(ImageError::io("create", &path)(error)),
            }
        }
        Err(ImageError::io("create a directory in", tmp)(
            io::ErrorKind::AlreadyExists.into(),
        ))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Moved away by a rename, it is gone and there is nothing to do.
        if is_removed(&self.path) {
            return;
        }
        // A program that was killed with the job may still be about to end in there.
        let path = self.path.clone();
        std::thread::spawn(move || {
            for _ in 0..REMOVAL_ATTEMPTS {
                std::thread::sleep(REMOVAL_PAUSE);
                if is_removed(&path) {
                    return;
                }
            }
            tracing::warn!(path = %path.display(), "left a temporary directory; it is removed at the next start");
        });
    }
}

fn is_removed(path: &Path) -> bool {
    match std::fs::remove_dir_all(path) {
        Ok(()) => true,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

fn stamp() -> u128 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos())
}

//! Finished Debian bases, packed, in a directory that several data directories share: with it a
//! second one bootstraps in seconds and without a network.
//!
//! ```text
//! CACHE/KEY.tar.zst   the root; KEY is the digest of the recipe
//! CACHE/KEY.json      its checksum and what the store records of it
//! ```
//!
//! What comes out is verified twice, by the archive's checksum and by the tree's digest; what
//! does not verify is deleted, and the base is made anew. The cache can be deleted at any time.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::pack;
use crate::cancel::Staging;
use crate::digest::{Digest, HashingReader};
use crate::disk;
use crate::error::ImageError;
use crate::progress::Step;
use crate::record::{ImageRoot, Record};
use crate::store::Job;
use crate::tree;
use crate::unpack::{Compression, Layer, Unpacker};

/// Bases kept; those used longest ago go first.
const KEEP: usize = 12;
/// Raised when what is packed or how changes.
const FORMAT: u32 = 1;

/// `KEY.json`.
#[derive(Serialize, Deserialize)]
struct Label {
    format: u32,
    archive: Digest,
    record: Record,
}

/// Brings the base of this job from the cache, if it is there and sound.
pub(super) async fn restore(job: &Job) -> Option<ImageRoot> {
    let dir = job.cache()?;
    let job = job.clone();
    tokio::task::spawn_blocking(move || {
        let key = job.source.key();
        let (archive, label) = paths(&dir, &key);
        if !is_private(&dir) || !label.exists() {
            return None;
        }
        match unpack(&job, &archive, &label) {
            Ok(image) => Some(image),
            Err(ImageError::Cancelled) => None,
            Err(error) => {
                tracing::warn!(cache = %archive.display(), %error, "a cached base is unusable; making it anew");
                let _ = fs::remove_file(&label);
                let _ = fs::remove_file(&archive);
                None
            }
        }
    })
    .await
    .ok()?
}

/// Packs a base that was just made. Failing costs time later and nothing now: it is only logged.
pub(super) fn save(job: &Job, record: &Record, root: &Path) {
    let Some(dir) = job.cache() else { return };
    job.report
        .say(Step::Verify, "keeping a copy for other data directories");
    if let Err(error) = write(job, &dir, record, root) {
        tracing::warn!(cache = %dir.display(), %error, "failed to keep a copy of the base");
    }
    prune(&dir);
}

fn unpack(job: &Job, archive: &Path, label: &Path) -> Result<ImageRoot, ImageError> {
    let text = fs::read(label).map_err(ImageError::io("read", label))?;
    let parsed = serde_json::from_slice(&text).map_err(io::Error::other);
    let label: Label = parsed.map_err(ImageError::io("understand", label))?;
    if label.format != FORMAT {
        return Err(ImageError::io("understand", archive)(
            io::ErrorKind::Unsupported.into(),
        ));
    }
    let staging = Staging::new(&job.tmp())?;
    let root = staging.path().join("rootfs");
    fs::create_dir(&root).map_err(ImageError::io("create", &root))?;
    let actual = unpack_archive(job, archive, &root)?;
    expect("the cached base", &label.archive, &actual)?;
    job.report.say(Step::Verify, "checking the digest");
    expect(
        "the cached base's tree",
        &label.record.digest,
        &tree::digest(&root, &job.cancel)?,
    )?;
    let record = Record {
        created: SystemTime::now(),
        ..label.record
    };
    let image = job.publish(&staging, &record)?;
    if let Ok(file) = File::options().append(true).open(archive) {
        // The order in which bases leave the cache.
        let _ = file.set_modified(SystemTime::now());
    }
    Ok(image)
}

/// Unpacks and answers the digest of the packed file, all of which was read.
fn unpack_archive(job: &Job, archive: &Path, root: &Path) -> Result<Digest, ImageError> {
    let file = File::open(archive).map_err(ImageError::io("open", archive))?;
    let compressed_bytes = file.metadata().map_err(ImageError::io("read", archive))?.len();
    let mut hashed = HashingReader::new(file);
    let layer = Layer {
        name: "cached base".to_owned(),
        reader: &mut hashed,
        compression: Compression::Zstd,
        compressed_bytes,
    };
    let mut unpacker = Unpacker::new(root, job.limits(), &job.cancel)?;
    unpacker.layer(layer, &mut |bytes| {
        job.report
            .bytes(Step::Unpack, bytes, None, "unpacking the base kept in the cache");
    })?;
    io::copy(&mut hashed, &mut io::sink()).map_err(ImageError::io("read", archive))?;
    Ok(hashed.finish())
}

fn expect(what: &str, expected: &Digest, actual: &Digest) -> Result<(), ImageError> {
    if expected == actual {
        return Ok(());
    }
    Err(ImageError::Mismatch {
        what: what.to_owned(),
        expected: expected.to_string(),
        actual: actual.to_string(),
    })
}

fn write(job: &Job, dir: &Path, record: &Record, root: &Path) -> Result<(), ImageError> {
    fs::create_dir_all(dir).map_err(ImageError::io("create", dir))?;
    if !is_private(dir) {
        return Err(ImageError::io(
            "use (it must be owned by this user, and writable by nobody else)",
            dir,
        )(io::ErrorKind::PermissionDenied.into()));
    }
    disk::require_space(dir, record.size_bytes / 2, job.limits().keep_free_bytes)?;
    let (archive, label) = paths(dir, &job.source.key());
    // The old label goes first: label and archive never disagree, whenever this is cut off.
    let _ = fs::remove_file(&label);
    let fresh = archive.with_extension("new");
    let packed = pack_to(&fresh, root, job);
    let digest = packed.inspect_err(|_| drop(fs::remove_file(&fresh)))?;
    fs::rename(&fresh, &archive).map_err(ImageError::io("write", &archive))?;
    let text = serde_json::to_vec_pretty(&Label {
        format: FORMAT,
        archive: digest,
        record: record.clone(),
    });
    disk::write_durably(
        &label,
        &text
            .map_err(io::Error::other)
            .map_err(ImageError::io("write", &label))?,
    )
}

fn pack_to(path: &Path, root: &Path, job: &Job) -> Result<Digest, ImageError> {
    let options = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path);
    let file = options.map_err(ImageError::io("create", path))?;
    let (file, digest) = pack::pack(root, file, &job.cancel).map_err(ImageError::io("write", path))?;
    file.sync_all().map_err(ImageError::io("write", path))?;
    Ok(digest)
}

/// A directory that others can write to could bring a root of theirs.
fn is_private(dir: &Path) -> bool {
    fs::metadata(dir).is_ok_and(|meta| {
        meta.uid() == rustix::process::geteuid().as_raw() && meta.permissions().mode() & 0o022 == 0
    })
}

fn paths(dir: &Path, key: &str) -> (PathBuf, PathBuf) {
    (
        dir.join(format!("{key}.tar.zst")),
        dir.join(format!("{key}.json")),
    )
}

fn prune(dir: &Path) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    let mut archives: Vec<(SystemTime, PathBuf)> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let packed = path.to_str()?.ends_with(".tar.zst");
            packed.then_some((fs::metadata(&path).ok()?.modified().ok()?, path))
        })
        .collect();
    archives.sort();
    let surplus = archives.len().saturating_sub(KEEP);
    for (_, archive) in archives.into_iter().take(surplus) {
        let _ = fs::remove_file(archive.with_extension("").with_extension("json"));
        let _ = fs::remove_file(archive);
    }
}

#[cfg(test)]
mod tests;

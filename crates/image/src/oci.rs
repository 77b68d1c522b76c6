//! Pulls an image from an OCI registry.
//!
//! The reference is resolved to a manifest for this platform, whose digest names the image. Its
//! blobs are fetched in parallel, each resumable and verified (`blob`), then the layers are
//! unpacked in order, each against the digest of its content that the configuration states.

mod blob;
mod manifest;
mod registry;

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, TryStreamExt};

use crate::cancel::Staging;
use crate::digest::Digest;
use crate::disk;
use crate::error::ImageError;
use crate::progress::Step;
use crate::record::{ImageRoot, Record};
use crate::source::OciReference;
use crate::store::Job;
use crate::tree;
use crate::unpack::{Layer, Unpacker};
use manifest::{Config, Descriptor, Document, Manifest};
use registry::Registry;

/// What layers usually unpack to, relative to what they are as transferred.
const USUAL_RATIO: u64 = 4;

/// An image that was resolved: all that is needed to fetch it.
struct Resolved {
    digest: Digest,
    manifest: Manifest,
}

/// Reads bytes as each document that a registry may send, for the fuzz target.
pub(crate) fn read_documents(bytes: &[u8]) {
    let limits = crate::limits::Limits::default();
    match Document::parse(bytes) {
        Ok(Document::Index(index)) => drop(index.choose()),
        Ok(Document::Manifest(manifest)) => {
            if manifest.check(&limits).is_ok() {
                // Sums that a registry states cannot overflow once they are checked.
                let _ = (manifest.transfer_bytes(), manifest.blobs().count());
                if let Ok(config) = Config::parse(bytes) {
                    let _ = config.check(&manifest);
                }
            }
        }
        Err(_) => {}
    }
    if let Ok(config) = Config::parse(bytes) {
        let _ = (config.diff_ids().len(), config.image_config());
    }
}

/// Makes the image of `source` ready.
pub(crate) async fn pull(job: Job, source: OciReference) -> Result<ImageRoot, ImageError> {
    let reference = source.parse()?;
    let registry = Arc::new(Registry::new(reference, &job.store.options.credentials)?);
    job.report.say(
        Step::Resolve,
        format!("asking {} for {}", registry.host(), source.reference),
    );
    let resolved = resolve(&job, &registry).await?;
    if let Some(image) = job.known(&resolved.digest) {
        job.remember(&job.source, &resolved.digest)?;
        return Ok(image);
    }
    let fetching = fetch(&job, &registry, &resolved.manifest);
    job.door()
        .pass_async("image.fetch", resolved.digest.as_str(), fetching)
        .await?;
    let dir = job.dir().to_owned();
    let need = resolved.manifest.transfer_bytes().saturating_mul(USUAL_RATIO);
    let unpacked = tokio::task::spawn_blocking(move || unpack(&job, &registry, &resolved));
    match unpacked.await {
        Ok(result) => result.map_err(|error| disk::explain_full(error, &dir, need)),
        Err(_) => Err(ImageError::Cancelled),
    }
}

/// From a tag or digest to the one manifest for this platform.
async fn resolve(job: &Job, registry: &Registry) -> Result<Resolved, ImageError> {
    let (digest, document) = document(job, registry, &registry.wanted()).await?;
    let (digest, manifest) = match document {
        Document::Manifest(manifest) => (digest, manifest),
        Document::Index(index) => {
            let chosen = index.choose().map_err(|reason| registry.bad("index", reason))?;
            match self::document(job, registry, chosen.as_str()).await? {
                (digest, Document::Manifest(manifest)) => (digest, manifest),
                (_, Document::Index(_)) => {
                    return Err(registry.bad("index", "it leads to another index".to_owned()));
                }
            }
        }
    };
    manifest
        .check(job.limits())
        .map_err(|reason| registry.bad("manifest", reason))?;
    Ok(Resolved { digest, manifest })
}

async fn document(job: &Job, registry: &Registry, wanted: &str) -> Result<(Digest, Document), ImageError> {
    let bytes = registry.manifest(wanted, job.limits().manifest_bytes).await?;
    let digest = Digest::of(&bytes);
    if let Ok(expected) = wanted.parse::<Digest>()
        && expected != digest
    {
        return Err(ImageError::Mismatch {
            what: format!("the manifest of {}", registry.name()),
            expected: expected.to_string(),
            actual: digest.to_string(),
        });
    }
    let document = Document::parse(&bytes).map_err(|reason| registry.bad("manifest", reason))?;
    Ok((digest, document))
}

/// Brings all blobs of the image into the store, some at a time.
async fn fetch(job: &Job, registry: &Arc<Registry>, manifest: &Manifest) -> Result<(), ImageError> {
    let missing: Vec<&Descriptor> = manifest
        .blobs()
        .filter(|blob| !blob::is_here(job, blob))
        .collect();
    let bytes = missing.iter().map(|blob| blob.size).fold(0, u64::saturating_add);
    let need = bytes.saturating_add(manifest.transfer_bytes().saturating_mul(USUAL_RATIO));
    disk::require_space(job.dir(), need, job.limits().keep_free_bytes)?;
    let counter = blob::Counter::new(job.report.clone(), bytes);
    // Boxed: the compiler cannot see that a closure over borrowed blobs yields futures to send.
    let downloads: Vec<BoxFuture<'_, Result<(), ImageError>>> = missing
        .into_iter()
        .map(|blob| blob::fetch(job, registry, blob, &counter).boxed())
        .collect();
    futures_util::stream::iter(downloads)
        .buffer_unordered(job.limits().parallel_downloads.max(1))
        .try_collect::<Vec<()>>()
        .await
        .map_err(|error| disk::explain_full(error, job.dir(), need))?;
    Ok(())
}

fn unpack(job: &Job, registry: &Registry, resolved: &Resolved) -> Result<ImageRoot, ImageError> {
    let manifest = &resolved.manifest;
    let config = read_config(job, registry, manifest)?;
    let staging = Staging::new(&job.tmp())?;
    let root = staging.path().join("rootfs");
    fs::create_dir(&root).map_err(ImageError::io("create", &root))?;
    let unpacking = || unpack_layers(job, manifest, &config, &root);
    job.door()
        .pass("image.unpack", resolved.digest.as_str(), unpacking)?;
    let record = Record {
        digest: resolved.digest.clone(),
        source: job.source.clone(),
        size_bytes: tree::disk_usage(&root, &job.cancel)?,
        created: SystemTime::now(),
        config: config.image_config(),
        blobs: manifest.blobs().map(|blob| blob.digest.clone()).collect(),
    };
    job.publish(&staging, &record)
}

fn read_config(job: &Job, registry: &Registry, manifest: &Manifest) -> Result<Config, ImageError> {
    let path = job.blob_path(&manifest.config.digest);
    let bytes = fs::read(&path).map_err(ImageError::io("read", &path))?;
    let config = Config::parse(&bytes).and_then(|config| config.check(manifest).map(|()| config));
    config.map_err(|reason| registry.bad("configuration", reason))
}

fn unpack_layers(job: &Job, manifest: &Manifest, config: &Config, root: &Path) -> Result<(), ImageError> {
    let mut unpacker = Unpacker::new(root, job.limits(), &job.cancel)?;
    let (count, before) = (manifest.layers.len(), AtomicU64::new(0));
    for (index, (layer, expected)) in manifest.layers.iter().zip(config.diff_ids()).enumerate() {
        let path = job.blob_path(&layer.digest);
        let reader = File::open(&path).map_err(ImageError::io("open", &path))?;
        let compression =
            manifest::compression(&layer.media_type).unwrap_or(crate::unpack::Compression::None);
        let name = layer.digest.to_string();
        let message = format!("unpacking layer {} of {count}", index + 1);
        job.report.bytes(
            Step::Unpack,
            before.load(Ordering::Relaxed),
            None,
            message.clone(),
        );
        let mut last = 0;
        let mut tell = |bytes| {
            last = bytes;
            job.report.bytes(
                Step::Unpack,
                before.load(Ordering::Relaxed) + bytes,
                None,
                message.clone(),
            );
        };
        let layer_to_unpack = Layer {
            name,
            reader,
            compression,
            compressed_bytes: layer.size,
        };
        let actual = unpacker.layer(layer_to_unpack, &mut tell)?;
        before.fetch_add(last, Ordering::Relaxed);
        if actual != *expected {
            // The file was damaged after it came: the next attempt fetches it anew.
            let _ = fs::remove_file(&path);
            return Err(ImageError::Mismatch {
                what: format!("the content of layer {}", layer.digest),
                expected: expected.to_string(),
                actual: actual.to_string(),
            });
        }
    }
    Ok(())
}

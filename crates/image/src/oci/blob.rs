//! Fetches one blob: resumed where an earlier attempt ended, verified, then renamed into the
//! store. A blob that is there was verified.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::CONTENT_RANGE;
use reqwest::{Response, StatusCode};
use tokio::sync::{OwnedMutexGuard, mpsc};
use tokio::task::JoinHandle;

use super::manifest::Descriptor;
use super::registry::Registry;
use crate::digest::{Digest, HashingReader};
use crate::error::ImageError;
use crate::progress::{Reporter, Step};
use crate::store::Job;

/// Attempts in a row that bring nothing before a download is given up.
const FRUITLESS_ATTEMPTS: u32 = 5;
/// All attempts: a peer that drips one byte per connection is no registry.
const ATTEMPTS: u32 = 1_000;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Chunks under way between the network and the disk.
const QUEUE: usize = 16;
const REPORT_EVERY: u64 = 256 << 10;

/// Counts the bytes of all downloads of one job.
pub(super) struct Counter {
    report: Reporter,
    done: AtomicU64,
    told: AtomicU64,
    total: u64,
}

/// The right to write a partial file. The thread that writes shares it: when the job is dropped
/// under way, the next one waits for that thread.
type Turn = Arc<OwnedMutexGuard<()>>;

/// How a blob ended up not being here.
enum Failure {
    /// Worth another attempt.
    Broken(ImageError),
    /// Not.
    Final(ImageError),
}

// === impl Counter ===

impl Counter {
    pub(super) fn new(report: Reporter, total: u64) -> Self {
        Self {
            report,
            done: AtomicU64::new(0),
            told: AtomicU64::new(0),
            total,
        }
    }

    fn add(&self, bytes: u64) {
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if done.saturating_sub(self.told.load(Ordering::Relaxed)) >= REPORT_EVERY || done == self.total {
            self.told.store(done, Ordering::Relaxed);
            let message = format!(
                "downloading {} of {} MB",
                done / 1_000_000,
                self.total.div_ceil(1_000_000)
            );
            self.report
                .bytes(Step::Download, done.min(self.total), Some(self.total), message);
        }
    }

    /// What was counted is fetched again.
    fn take_back(&self, bytes: u64) {
        self.done.fetch_sub(bytes, Ordering::Relaxed);
        self.told.store(0, Ordering::Relaxed);
    }
}

/// Whether the blob is in the store.
pub(super) fn is_here(job: &Job, blob: &Descriptor) -> bool {
    fs::metadata(job.blob_path(&blob.digest)).is_ok_and(|meta| meta.len() == blob.size)
}

/// Brings a blob into the store.
pub(super) async fn fetch(
    job: &Job,
    registry: &Registry,
    blob: &Descriptor,
    counter: &Counter,
) -> Result<(), ImageError> {
    // Two images may share a layer: one of them fetches it.
    let turn = Arc::new(job.blob_turn(&blob.digest).await);
    if is_here(job, blob) {
        counter.add(blob.size);
        return Ok(());
    }
    let partial = job.partial_path(&blob.digest);
    let found = size_of(&partial);
    counter.add(found);
    download(registry, blob, &partial, &turn, counter).await?;
    match keep(job, blob).await {
        // What an earlier attempt left was bad: once more, from the start.
        Err(ImageError::Mismatch { .. }) if found > 0 => {
            counter.take_back(blob.size);
            download(registry, blob, &partial, &turn, counter).await?;
            keep(job, blob).await
        }
        other => other,
    }
}

/// Fills the partial file up to the size stated for the blob.
async fn download(
    registry: &Registry,
    blob: &Descriptor,
    partial: &Path,
    turn: &Turn,
    counter: &Counter,
) -> Result<(), ImageError> {
    let (mut fruitless, mut pause) = (0, FIRST_PAUSE);
    for _ in 0..ATTEMPTS {
        let before = size_of(partial);
        if before >= blob.size && (before > 0 || partial.exists()) {
            return Ok(());
        }
        let outcome = attempt(registry, blob, partial, before, turn, counter).await;
        if size_of(partial) > before {
            (fruitless, pause) = (0, FIRST_PAUSE);
        } else {
            fruitless += 1;
        }
        match outcome {
            Ok(()) if fruitless < FRUITLESS_ATTEMPTS => continue,
            Ok(()) => return Err(registry.bad("layer", format!("{} is shorter than stated", blob.digest))),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Broken(error)) if fruitless >= FRUITLESS_ATTEMPTS => return Err(error),
            Err(Failure::Broken(error)) => {
                tracing::debug!(digest = %blob.digest, %error, "a download broke off; resuming");
            }
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    Err(registry.bad("layer", format!("{} came in too many pieces", blob.digest)))
}

async fn attempt(
    registry: &Registry,
    blob: &Descriptor,
    partial: &Path,
    offset: u64,
    turn: &Turn,
    counter: &Counter,
) -> Result<(), Failure> {
    let response = registry
        .blob(blob.digest.as_str(), offset)
        .await
        .map_err(|error| match error {
            ImageError::Unreachable { .. } => Failure::Broken(error),
            _ => Failure::Final(error),
        })?;
    let resumed = resumes(&response, offset);
    if !resumed {
        counter.take_back(offset);
    }
    let file =
        open(partial, resumed).map_err(|error| Failure::Final(ImageError::io("write", partial)(error)))?;
    if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
        // The file is empty again; the next attempt asks for all of it.
        return Ok(());
    }
    let room = blob.size - if resumed { offset } else { 0 };
    receive(
        registry,
        blob,
        response,
        Sink {
            file,
            room,
            turn: turn.clone(),
        },
        partial,
        counter,
    )
    .await
}

/// Where chunks go, and how many bytes may still come.
struct Sink {
    file: File,
    room: u64,
    turn: Turn,
}

async fn receive(
    registry: &Registry,
    blob: &Descriptor,
    mut response: Response,
    sink: Sink,
    partial: &Path,
    counter: &Counter,
) -> Result<(), Failure> {
    let Sink { file, mut room, turn } = sink;
    let (chunks, writer) = write_in_background(file, turn);
    let mut broken = None;
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                let length = chunk.len() as u64;
                let Some(left) = room.checked_sub(length) else {
                    broken = Some(Failure::Final(
                        registry.bad("layer", format!("{} is longer than stated", blob.digest)),
                    ));
                    break;
                };
                room = left;
                counter.add(length);
                if chunks.send(chunk).await.is_err() {
                    break;
                }
            }
            Ok(None) => break,
            Err(error) => {
                broken = Some(Failure::Broken(registry.unreachable(&error)));
                break;
            }
        }
    }
    drop(chunks);
    let written = writer
        .await
        .unwrap_or_else(|_| Err(io::Error::other("the writer was cut off")));
    written.map_err(|error| {
        // A full disk gets back what this took of it.
        let _ = fs::remove_file(partial);
        Failure::Final(ImageError::io("write", partial)(error))
    })?;
    match broken {
        Some(failure @ Failure::Final(_)) => {
            let _ = fs::remove_file(partial);
            Err(failure)
        }
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

/// Gives the disk a thread of its own. Dropped with the download, the queue ends it.
fn write_in_background(mut file: File, turn: Turn) -> (mpsc::Sender<Bytes>, JoinHandle<io::Result<()>>) {
    let (chunks, mut queue) = mpsc::channel::<Bytes>(QUEUE);
    let writer = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        while let Some(chunk) = queue.blocking_recv() {
            file.write_all(&chunk)?;
        }
        Ok(())
    });
    (chunks, writer)
}

/// Verifies a complete download and moves it into the store.
async fn keep(job: &Job, blob: &Descriptor) -> Result<(), ImageError> {
    let (partial, target) = (job.partial_path(&blob.digest), job.blob_path(&blob.digest));
    let (expected, cancel) = (blob.digest.clone(), job.cancel.clone());
    let verified = tokio::task::spawn_blocking(move || {
        let file = File::open(&partial).map_err(ImageError::io("read", &partial))?;
        let mut content = HashingReader::new(cancel.reader(&file));
        io::copy(&mut content, &mut io::sink()).map_err(|error| match cancel.check() {
            Err(cancelled) => cancelled,
            Ok(()) => ImageError::io("read", &partial)(error),
        })?;
        let actual: Digest = content.finish();
        if actual != expected {
            let _ = fs::remove_file(&partial);
            let what = "a layer or configuration from the registry".to_owned();
            return Err(ImageError::Mismatch {
                what,
                expected: expected.to_string(),
                actual: actual.to_string(),
            });
        }
        file.sync_all().map_err(ImageError::io("write", &partial))?;
        fs::rename(&partial, &target).map_err(ImageError::io("write", &target))
    });
    verified.await.unwrap_or(Err(ImageError::Cancelled))
}

/// Whether the answer goes on where the partial file ends.
fn resumes(response: &Response, offset: u64) -> bool {
    let range = response
        .headers()
        .get(CONTENT_RANGE)
        .and_then(|value| value.to_str().ok());
    offset > 0
        && response.status() == StatusCode::PARTIAL_CONTENT
        && range.is_some_and(|range| range.starts_with(&format!("bytes {offset}-")))
}

fn open(partial: &Path, resumed: bool) -> io::Result<File> {
    if resumed {
        return File::options().append(true).open(partial);
    }
    File::create(partial)
}

fn size_of(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |meta| meta.len())
}

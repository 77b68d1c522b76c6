use std::collections::BTreeSet;

use super::*;
use crate::cancel::{Cancel, Staging};
use crate::progress::Reporter;
use crate::record::ImageConfig;
use crate::source::DebianRecipe;

fn open(dir: &Path) -> ImageStore {
    ImageStore::open(Door::default(), dir).unwrap()
}

fn source(suite: &str) -> ImageSource {
    ImageSource::Debian(DebianRecipe {
        suite: suite.into(),
        ..DebianRecipe::minimal()
    })
}

/// Publishes an image with one file, as a job does.
fn publish(store: &ImageStore, suite: &str, content: &str, blobs: &[&str]) -> ImageRoot {
    let job = store.job(&source(suite), Reporter::new(|_| {}), Cancel::default());
    let staging = Staging::new(&job.tmp()).unwrap();
    fs::create_dir(staging.path().join("rootfs")).unwrap();
    fs::write(staging.path().join("rootfs/file"), content).unwrap();
    let blobs: Vec<Digest> = blobs.iter().map(|blob| Digest::of(blob.as_bytes())).collect();
    for blob in &blobs {
        fs::write(job.blob_path(blob), "blob").unwrap();
    }
    let record = Record {
        digest: Digest::of(content.as_bytes()),
        source: job.source.clone(),
        size_bytes: 100,
        created: std::time::SystemTime::now(),
        config: ImageConfig::default(),
        blobs,
    };
    job.publish(&staging, &record).unwrap()
}

fn count(dir: &Path) -> usize {
    fs::read_dir(dir).unwrap().count()
}

#[tokio::test]
async fn a_published_image_is_found_by_source_digest_and_list_also_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let image = publish(&open(dir.path()), "bookworm", "a", &[]);
    let store = open(dir.path());
    assert_eq!(fs::read_to_string(image.root.join("file")).unwrap(), "a");
    assert_eq!(store.find(&source("bookworm")), Some(image.clone()));
    assert_eq!(store.get(&image.digest), Some(image.clone()));
    assert_eq!(
        store
            .list()
            .into_iter()
            .map(|info| (info.digest, info.source))
            .collect::<Vec<_>>(),
        [(image.digest.clone(), source("bookworm"))]
    );
    assert_eq!(store.ensure(&source("bookworm"), |_| {}).await.unwrap(), image);
    assert_eq!(store.find(&source("trixie")), None);
}

#[test]
fn two_sources_of_one_content_share_a_root() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let (a, b) = (
        publish(&store, "bookworm", "same", &[]),
        publish(&store, "trixie", "same", &[]),
    );
    assert_eq!(a, b);
    assert_eq!((store.list().len(), count(&dir.path().join("tmp"))), (1, 0));
    assert_eq!(store.find(&source("trixie")), Some(a));
}

#[test]
fn what_a_killed_process_left_is_swept() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    fs::create_dir_all(dir.path().join("tmp/tmp-1/rootfs/dev")).unwrap();
    fs::write(dir.path().join("tmp/stray"), "").unwrap();
    // A root without a record was never published by a rename: damage, not an image.
    fs::create_dir_all(dir.path().join("roots").join("a".repeat(64)).join("rootfs")).unwrap();
    fs::write(dir.path().join("partial/kept"), "half a download").unwrap();
    let store = open(dir.path());
    assert_eq!(
        (
            count(&dir.path().join("tmp")),
            store.list().len(),
            count(&dir.path().join("partial"))
        ),
        (0, 0, 1)
    );
}

#[test]
fn a_second_process_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let _first = open(dir.path());
    let error = ImageStore::open(Door::default(), dir.path())
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.starts_with("another process uses the image store"),
        "{error}"
    );
}

#[tokio::test]
async fn collection_keeps_what_is_used_and_the_blobs_of_that() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let used = publish(&store, "bookworm", "used", &["shared", "own"]);
    let unused = publish(&store, "trixie", "unused", &["shared", "stray"]);
    fs::write(dir.path().join("partial/half"), "12345").unwrap();
    let collected = store.gc(&BTreeSet::from([used.digest.clone()])).await.unwrap();
    assert_eq!(
        collected,
        Collected {
            images: vec![unused.digest.clone()],
            bytes: 100 + 4 + 5
        }
    );
    assert_eq!(
        (store.get(&unused.digest), store.find(&source("trixie"))),
        (None, None)
    );
    assert_eq!(store.find(&source("bookworm")), Some(used));
    let left = |name: &str| count(&dir.path().join(name));
    assert_eq!(
        (
            left("roots"),
            left("blobs/sha256"),
            left("partial"),
            left("sources"),
            left("tmp")
        ),
        (1, 2, 0, 1, 0)
    );
}

#[tokio::test]
async fn a_removed_image_is_gone_and_an_unknown_one_is_said_to_be() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let image = publish(&store, "bookworm", "a", &["blob"]);
    store.remove(&image.digest).await.unwrap();
    assert_eq!(
        (store.list().len(), count(&dir.path().join("blobs/sha256"))),
        (0, 0)
    );
    let error = store.remove(&image.digest).await.unwrap_err().to_string();
    assert_eq!(
        error,
        format!("image {} is not here; pull it first", image.digest)
    );
}

#[tokio::test]
async fn a_source_that_is_none_is_refused_before_anything_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let error = open(dir.path())
        .ensure(&ImageSource::oci("a b"), |_| {})
        .await
        .unwrap_err();
    assert!(error.to_string().starts_with("invalid reference"), "{error}");
}

#[tokio::test]
async fn a_full_disk_is_said_before_the_work_begins() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits {
        keep_free_bytes: 1 << 60,
        ..Limits::default()
    };
    let store = ImageStore::open_with(
        Door::default(),
        dir.path(),
        Options {
            limits,
            ..Options::default()
        },
    )
    .unwrap();
    let error = store.ensure(&source("bookworm"), |_| {}).await.unwrap_err();
    assert!(
        matches!(*error, ImageError::NoSpace { free_bytes: 0, .. }),
        "{error}"
    );
    assert!(error.to_string().contains("toft image gc"), "{error}");
}

#[test]
fn nobody_else_on_the_host_reaches_the_roots() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let _store = open(&dir.path().join("images"));
    assert_eq!(
        fs::metadata(dir.path().join("images"))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o700
    );
}

#[test]
fn passwords_are_not_shown() {
    let known = Credentials {
        username: "me".into(),
        password: "hunter2".into(),
    };
    assert!(!format!("{known:?}").contains("hunter2"));
}

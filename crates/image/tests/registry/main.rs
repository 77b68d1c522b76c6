//! Pulls from a real registry (`docker-registry`), over good lines and bad ones. Needs root (the
//! layers have owners) and `busybox-static` for a root that runs.

// How tests fail; the helpers here are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod proxy;
mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::Ordering;

use proxy::Proxy;
use server::{Layer, Server, architecture};
use tar::{Builder, EntryType, Header};
use toft_effects::Door;
use toft_effects::spawn::Program;
use toft_image::{Credentials, ImageError, ImageSource, ImageStore, Limits, Options, Step};

/// What is unpacked by a layer: name, type, link's target or content.
type Item<'a> = (&'a str, EntryType, &'a [u8]);

fn archive(items: &[Item<'_>]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, kind, content) in items {
        let mut header = Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_mode(0o755);
        header.set_uid(1000);
        header.set_gid(1000);
        header.set_mtime(1);
        let data: &[u8] = if matches!(kind, EntryType::Regular) {
            content
        } else {
            b""
        };
        header.set_size(data.len() as u64);
        // Written by hand: the builder refuses hostile names.
        let old = header.as_old_mut();
        old.name[..name.len()].copy_from_slice(name.as_bytes());
        if data.is_empty() && !content.is_empty() {
            old.linkname[..content.len()].copy_from_slice(content);
        }
        header.set_cksum();
        builder.append(&header, data).unwrap();
    }
    builder.into_inner().unwrap()
}

/// Bytes that no compression shortens.
fn noise(length: usize, mut seed: u64) -> Vec<u8> {
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed.to_le_bytes()
    };
    std::iter::repeat_with(&mut next).flatten().take(length).collect()
}

/// A root that runs: static busybox, and layers that add, replace and remove.
fn layers() -> Vec<Layer> {
    let busybox = std::fs::read("/bin/busybox").expect("busybox-static is not installed");
    let base = archive(&[
        ("bin/", EntryType::Directory, b""),
        ("bin/busybox", EntryType::Regular, &busybox),
        ("bin/sh", EntryType::Link, b"bin/busybox"),
        ("etc/motd", EntryType::Regular, b"old"),
        ("etc/issue", EntryType::Regular, b"removed later"),
        ("cache/a", EntryType::Regular, b"hidden later"),
        ("lib", EntryType::Symlink, b"/usr/lib"),
    ]);
    let second = archive(&[
        ("etc/.wh.issue", EntryType::Regular, b""),
        ("etc/motd", EntryType::Regular, b"new"),
        ("cache/.wh..wh..opq", EntryType::Regular, b""),
        ("cache/b", EntryType::Regular, b"seen"),
    ]);
    let third = archive(&[
        ("usr/lib/x", EntryType::Regular, b"x"),
        ("lib/y", EntryType::Regular, b"y"),
    ]);
    vec![Layer::gzip(&base), Layer::zstd(&second), Layer::plain(&third)]
}

fn store(dir: &Path) -> ImageStore {
    ImageStore::open(Door::default(), dir).unwrap()
}

fn count(dir: &Path) -> usize {
    std::fs::read_dir(dir).unwrap().count()
}

fn nothing_is_left(dir: &Path) {
    for name in ["roots", "tmp", "sources"] {
        assert_eq!(count(&dir.join(name)), 0, "{name} is not empty");
    }
}

#[tokio::test]
async fn an_image_is_pulled_unpacked_and_runs() {
    let (server, dir) = (Server::start(), tempfile::tempdir().unwrap());
    let digest = server.push("lab/box:1", &layers()).await;
    let source = ImageSource::oci(format!("{}/lab/box:1", server.address));
    let (store, mut steps) = (store(dir.path()), BTreeMap::new());
    let image = store
        .ensure(&source, |progress| {
            steps.insert(
                format!("{:?}", progress.step),
                (progress.done_bytes, progress.total_bytes),
            );
        })
        .await
        .unwrap();

    assert_eq!(image.digest.as_str(), digest);
    let read = |name: &str| std::fs::read_to_string(image.root.join(name)).unwrap();
    assert_eq!(
        (read("etc/motd"), read("cache/b"), read("usr/lib/y")),
        ("new".into(), "seen".into(), "y".into())
    );
    assert!(!image.root.join("etc/issue").exists() && !image.root.join("cache/a").exists());
    assert_eq!(
        std::fs::metadata(image.root.join("etc/motd")).unwrap().uid(),
        1000
    );
    assert_eq!(
        (
            image.config.env["GREETING"].as_str(),
            image.config.workdir.as_str()
        ),
        ("hello", "/srv")
    );
    assert_eq!(
        (image.config.entrypoint.as_slice(), image.config.user.as_str()),
        (&["/bin/sh".to_owned()][..], "1000")
    );
    assert!(steps.contains_key("Verify"), "{steps:?}");

    let hello =
        Program::new("test.chroot", "chroot")
            .arg(&image.root)
            .args(["/bin/busybox", "echo", "it runs"]);
    assert_eq!(Door::default().run(hello).await.unwrap().stdout, b"it runs\n");

    // Known from now on, whatever becomes of the registry.
    drop(server);
    assert_eq!(store.ensure(&source, |_| {}).await.unwrap(), image);
    assert_eq!(store.list()[0].source, source);
}

#[tokio::test]
async fn a_line_that_breaks_all_the_time_costs_time_and_no_byte_twice() {
    let (server, dir) = (Server::start(), tempfile::tempdir().unwrap());
    let big = Layer::gzip(&archive(&[("big", EntryType::Regular, &noise(9 << 20, 7))]));
    server.push("big:1", std::slice::from_ref(&big)).await;
    let line = Proxy::start(server.address, 2 << 20).await;
    let source = ImageSource::oci(format!("{}/big:1", line.address));
    let image = store(dir.path()).ensure(&source, |_| {}).await.unwrap();
    assert_eq!(std::fs::read(image.root.join("big")).unwrap(), noise(9 << 20, 7));
    assert!(
        line.asked("range: bytes=") >= 4,
        "resumed {} times",
        line.asked("range: bytes=")
    );
    let overhead = line.delivered() - big.bytes.len() as u64;
    assert!(overhead < 100_000, "{overhead} bytes were fetched twice");
}

#[tokio::test]
async fn a_pull_that_was_given_up_is_resumed_by_the_next_process() {
    let (server, dir) = (Server::start(), tempfile::tempdir().unwrap());
    let big = Layer::gzip(&archive(&[("big", EntryType::Regular, &noise(4 << 20, 9))]));
    server.push("big:1", std::slice::from_ref(&big)).await;
    let line = Proxy::start(server.address, 1 << 20).await;
    let source = ImageSource::oci(format!("{}/big:1", line.address));
    {
        let store = store(dir.path());
        let proxy = line.seen.clone();
        let waiting = store.ensure(&source, |progress| {
            if progress.step == Step::Download {
                // From here on nothing comes through any more.
                proxy.cut_after.store(0, Ordering::Relaxed);
            }
        });
        let error = waiting.await.unwrap_err();
        assert!(
            matches!(*error, ImageError::Unreachable { .. }) && error.is_transient(),
            "{error}"
        );
    }
    nothing_is_left(dir.path());
    assert_eq!(count(&dir.path().join("partial")), 1);

    let before = line.delivered();
    line.seen.cut_after.store(u64::MAX >> 1, Ordering::Relaxed);
    store(dir.path()).ensure(&source, |_| {}).await.unwrap();
    let fetched = line.delivered() - before;
    assert!(
        fetched < big.bytes.len() as u64,
        "all {fetched} bytes were fetched again"
    );
    assert_eq!(count(&dir.path().join("partial")), 0);
}

#[tokio::test]
async fn giving_up_in_the_middle_leaves_nothing_but_what_can_be_resumed() {
    let (server, dir) = (Server::start(), tempfile::tempdir().unwrap());
    let big = Layer::gzip(&archive(&[("big", EntryType::Regular, &noise(9 << 20, 3))]));
    server.push("big:1", &[big]).await;
    let line = Proxy::start(server.address, 2 << 20).await;
    let source = ImageSource::oci(format!("{}/big:1", line.address));
    let store = store(dir.path());
    let (sender, mut downloading) = tokio::sync::mpsc::unbounded_channel();
    let waiting = store.ensure(&source, move |progress| {
        let _ = sender.send(progress.step);
    });
    tokio::select! {
        outcome = waiting => panic!("it ended: {outcome:?}"),
        () = async { while downloading.recv().await != Some(Step::Download) {} } => {}
    }
    nothing_is_left(dir.path());
    assert_eq!(store.list(), []);
    // And the next one who asks gets it.
    line.seen.cut_after.store(u64::MAX >> 1, Ordering::Relaxed);
    store.ensure(&source, |_| {}).await.unwrap();
}

#[tokio::test]
async fn what_the_registry_says_is_passed_on() {
    let (server, dir) = (Server::start(), tempfile::tempdir().unwrap());
    server.push("lab/box:1", &layers()[2..]).await;
    let store = store(dir.path());
    let error = store
        .ensure(&ImageSource::oci(format!("{}/lab/box:2", server.address)), |_| {})
        .await
        .unwrap_err();
    let expected = format!(
        "{0} answered for {0}/lab/box:2: MANIFEST_UNKNOWN: manifest unknown",
        server.address
    );
    assert_eq!(error.to_string(), expected);
    assert!(!error.is_transient());
    let error = store
        .ensure(&ImageSource::oci(format!("{}/none:1", server.address)), |_| {})
        .await
        .unwrap_err();
    assert!(error.to_string().contains("UNKNOWN"), "{error}");
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let error = store
        .ensure(&ImageSource::oci(format!("{closed}/none:1")), |_| {})
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with(&format!("failed to reach {closed} for "))
            && error.is_transient(),
        "{error}"
    );
    nothing_is_left(dir.path());
}

#[tokio::test]
async fn content_that_is_not_what_its_digest_says_is_refused() {
    let (server, dir) = (Server::start(), tempfile::tempdir().unwrap());
    let layers = layers();
    server.push("lab/box:1", &layers).await;
    let blob = server.blob_file(&layers[0].digest());
    let honest = std::fs::read(&blob).unwrap();
    let mut tampered = honest.clone();
    tampered[1000] ^= 1;
    std::fs::write(&blob, tampered).unwrap();
    let (store, source) = (
        store(dir.path()),
        ImageSource::oci(format!("{}/lab/box:1", server.address)),
    );
    let error = store.ensure(&source, |_| {}).await.unwrap_err();
    assert!(
        matches!(*error, ImageError::Mismatch { .. }) && error.to_string().contains(&layers[0].digest()),
        "{error}"
    );
    nothing_is_left(dir.path());
    let hex = layers[0].digest().split_off("sha256:".len());
    for place in ["partial", "blobs/sha256"] {
        assert!(
            !dir.path().join(place).join(&hex).exists(),
            "tampered content was kept in {place}"
        );
    }

    std::fs::write(&blob, honest).unwrap();
    store.ensure(&source, |_| {}).await.unwrap();
}

#[tokio::test]
async fn content_that_is_not_what_the_configuration_says_is_refused() {
    let (server, dir) = (Server::start(), tempfile::tempdir().unwrap());
    let mut layers = layers();
    layers[1].diff_id = server::digest(b"something else");
    server.push("lab/box:1", &layers).await;
    let source = ImageSource::oci(format!("{}/lab/box:1", server.address));
    let error = store(dir.path())
        .ensure(&source, |_| {})
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains(&format!("the content of layer {}", layers[1].digest())),
        "{error}"
    );
    nothing_is_left(dir.path());
}

#[tokio::test]
async fn hostile_layers_are_named_and_leave_nothing() {
    let server = Server::start();
    let bomb = archive(&[("zeros", EntryType::Regular, &vec![0; 70 << 20])]);
    let hostile = [
        (
            "up",
            Layer::gzip(&archive(&[("../evil", EntryType::Regular, b"x")])),
            r#"refused at "../evil": the path contains `..`"#,
        ),
        (
            "root",
            Layer::zstd(&archive(&[("/evil", EntryType::Regular, b"x")])),
            r#"refused at "/evil": the path is absolute"#,
        ),
        (
            "link",
            Layer::plain(&archive(&[("a", EntryType::Link, b"/etc/shadow")])),
            r#"refused at "a": the path is absolute"#,
        ),
        (
            "node",
            Layer::plain(&archive(&[("dev/sda", EntryType::Block, b"")])),
            r#"refused at "dev/sda": device nodes are not allowed"#,
        ),
        (
            "bomb",
            Layer::zstd(&bomb),
            r#"refused at "zeros": unpacks to more than"#,
        ),
    ];
    for (name, layer, expected) in hostile {
        let dir = tempfile::tempdir().unwrap();
        server
            .push(&format!("{name}:1"), &[layers()[2].clone(), layer.clone()])
            .await;
        let source = ImageSource::oci(format!("{}/{name}:1", server.address));
        let error = store(dir.path())
            .ensure(&source, |_| {})
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(expected) && error.contains(&layer.digest()),
            "{name}: {error}"
        );
        nothing_is_left(dir.path());
    }
}

/// A file system of its own, as large as one finds it full.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    async fn new(size: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mount =
            Program::new("test.mount", "mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]);
        Door::default().run(mount.arg(dir.path())).await.unwrap();
        Self(dir)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // The test may be unwinding: the door is asked by a thread with a runtime of its own.
        let path = self.0.path().to_owned();
        let unmount = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime
                .block_on(Door::default().run(Program::new("test.umount", "umount").arg("--lazy").arg(path)))
        };
        let _ = std::thread::spawn(unmount).join();
    }
}

#[tokio::test]
async fn a_disk_that_fills_up_is_said_and_given_back() {
    let (server, disk) = (Server::start(), SmallDisk::new("24m").await);
    // Small as it comes, and far more than there is room for when unpacked.
    let layer = Layer::zstd(&archive(&[("zeros", EntryType::Regular, &vec![0; 40 << 20])]));
    server.push("big:1", &[layers()[2].clone(), layer]).await;
    let limits = Limits {
        keep_free_bytes: 0,
        ..Limits::default()
    };
    let dir = disk.0.path().join("images");
    let store = ImageStore::open_with(
        Door::default(),
        &dir,
        Options {
            limits,
            ..Options::default()
        },
    )
    .unwrap();
    let error = store
        .ensure(&ImageSource::oci(format!("{}/big:1", server.address)), |_| {})
        .await
        .unwrap_err();
    assert!(matches!(*error, ImageError::NoSpace { .. }), "{error}");
    assert!(
        error.to_string().starts_with("not enough disk space in "),
        "{error}"
    );
    nothing_is_left(&dir);
    // What is there still works: the small image fits.
    server.push("small:1", &layers()[2..]).await;
    store
        .ensure(&ImageSource::oci(format!("{}/small:1", server.address)), |_| {})
        .await
        .unwrap();
}

#[tokio::test]
async fn an_index_leads_to_this_machine() {
    let (server, dir) = (Server::start(), tempfile::tempdir().unwrap());
    let here = server.push("multi:here", &layers()).await;
    let other = server.push("multi:other", &layers()[2..]).await;
    server
        .push_index(
            "multi:1",
            &[("linux", "s390x", &other), ("linux", architecture(), &here)],
        )
        .await;
    server.push_index("multi:2", &[("linux", "s390x", &other)]).await;
    let store = store(dir.path());
    let image = store
        .ensure(&ImageSource::oci(format!("{}/multi:1", server.address)), |_| {})
        .await
        .unwrap();
    assert_eq!(image.digest.as_str(), here);
    let error = store
        .ensure(&ImageSource::oci(format!("{}/multi:2", server.address)), |_| {})
        .await
        .unwrap_err();
    assert!(error.to_string().contains("only for linux/s390x"), "{error}");
}

#[tokio::test]
async fn images_share_layers_and_a_collection_keeps_the_shared_ones() {
    let (server, dir) = (Server::start(), tempfile::tempdir().unwrap());
    let shared = Layer::gzip(&archive(&[("shared", EntryType::Regular, &noise(1 << 20, 5))]));
    let own = |name: &str| Layer::gzip(&archive(&[(name, EntryType::Regular, name.as_bytes())]));
    server.push("a:1", &[shared.clone(), own("a")]).await;
    server.push("b:1", &[shared.clone(), own("b")]).await;
    let line = Proxy::start(server.address, u64::MAX >> 1).await;
    let (a, b) = ["a:1", "b:1"]
        .map(|name| ImageSource::oci(format!("{}/{name}", line.address)))
        .into();
    let store = store(dir.path());
    let (first, second) = tokio::join!(store.ensure(&a, |_| {}), store.ensure(&b, |_| {}));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(line.asked(&format!("blobs/{}", shared.digest())), 1);

    let collected = store.gc(&BTreeSet::from([first.digest.clone()])).await.unwrap();
    assert_eq!(collected.images, [second.digest]);
    // Its two layers and its configuration.
    assert_eq!(count(&dir.path().join("blobs/sha256")), 3);
    assert!(first.root.join("shared").is_file());
    store.ensure(&b, |_| {}).await.unwrap();
    assert_eq!(line.asked(&format!("blobs/{}", shared.digest())), 1);
}

#[tokio::test]
async fn a_tag_that_moved_is_followed_when_asked_to() {
    let (server, dir) = (Server::start(), tempfile::tempdir().unwrap());
    let first = server.push("moving:1", &layers()[..1]).await;
    let (store, source) = (
        store(dir.path()),
        ImageSource::oci(format!("{}/moving:1", server.address)),
    );
    store.ensure(&source, |_| {}).await.unwrap();
    let second = server.push("moving:1", &layers()).await;
    assert_eq!(
        store.ensure(&source, |_| {}).await.unwrap().digest.as_str(),
        first
    );
    assert_eq!(store.pull(&source, |_| {}).await.unwrap().digest.as_str(), second);
    assert_eq!(store.find(&source).unwrap().digest.as_str(), second);
    assert_eq!(store.list().len(), 2);
}

#[tokio::test]
async fn a_registry_with_a_password() {
    let (server, dir) = (Server::start_with_password(), tempfile::tempdir().unwrap());
    server.push("private:1", &layers()[2..]).await;
    let source = ImageSource::oci(format!("{}/private:1", server.address));
    let error = store(dir.path()).ensure(&source, |_| {}).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("UNAUTHORIZED: authentication required"),
        "{error}"
    );

    let known = Credentials {
        username: server::USER.into(),
        password: server::PASSWORD.into(),
    };
    let credentials = BTreeMap::from([(server.address.to_string(), known)]);
    let options = Options {
        credentials,
        ..Options::default()
    };
    let store = ImageStore::open_with(Door::default(), dir.path(), options).unwrap();
    store.ensure(&source, |_| {}).await.unwrap();
}

#[tokio::test]
async fn this_machine_by_name_needs_no_name_service() {
    let (server, dir) = (Server::start(), tempfile::tempdir().unwrap());
    server.push("box:1", &layers()[2..]).await;
    let source = ImageSource::oci(format!("localhost:{}/box:1", server.address.port()));
    store(dir.path()).ensure(&source, |_| {}).await.unwrap();
}

use std::os::unix::fs::MetadataExt;

use toft_effects::Door;
use toft_effects::spawn::Program;

use super::*;

async fn open(dir: &tempfile::TempDir) -> Volumes {
    Volumes::open(Door::default(), dir.path(), Choice::Directory)
        .await
        .unwrap()
}

async fn home(volumes: &Volumes, uid: &str) -> PathBuf {
    volumes
        .ensure(uid, Origin::Skeleton(None), Owner::default())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_home_is_made_once_and_then_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (volumes, skeleton) = (open(&dir).await, dir.path().join("skel"));
    fs::create_dir(&skeleton).unwrap();
    fs::write(skeleton.join(".profile"), "first").unwrap();
    let make = || {
        volumes.ensure(
            "0192-aa",
            Origin::Skeleton(Some(skeleton.clone())),
            Owner::default(),
        )
    };
    let home = make().await.unwrap();
    assert_eq!(fs::read_to_string(home.join(".profile")).unwrap(), "first");
    fs::remove_file(home.join(".profile")).unwrap();
    assert_eq!(make().await.unwrap(), home);
    assert!(!home.join(".profile").exists());
    assert_eq!(
        volumes.list().unwrap(),
        [VolumeInfo {
            uid: "0192-aa".into(),
            home
        }]
    );
}

#[tokio::test]
async fn homes_are_reached_by_nobody_else_on_the_host() {
    let dir = tempfile::tempdir().unwrap();
    let home = home(&open(&dir).await, "a").await;
    for path in [
        dir.path().join("volumes"),
        home.parent().unwrap().to_owned(),
        home,
    ] {
        assert_eq!(
            fs::metadata(&path).unwrap().mode() & 0o077,
            0,
            "{}",
            path.display()
        );
    }
}

#[tokio::test]
async fn removal_is_complete_repeatable_and_frees_the_name() {
    let dir = tempfile::tempdir().unwrap();
    let volumes = open(&dir).await;
    let path = home(&volumes, "a").await;
    fs::write(path.join("file"), "x").unwrap();
    volumes.remove("a").await.unwrap();
    volumes.remove("a").await.unwrap();
    assert_eq!(
        (volumes.list().unwrap(), volumes.leftovers().unwrap()),
        (vec![], vec![])
    );
    assert_eq!(fs::read_dir(home(&volumes, "a").await).unwrap().count(), 0);
}

#[tokio::test]
async fn what_resists_is_listed_and_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let volumes = open(&dir).await;
    let home = home(&volumes, "stubborn").await;
    fs::write(home.join("file"), "x").unwrap();
    fs::create_dir(home.join("held")).unwrap();
    let held = Held::new(&home.join("held"));
    volumes.remove("stubborn").await.unwrap();
    // Gone as a volume, and all but the held directory deleted.
    assert_eq!(volumes.list().unwrap(), []);
    let leftovers = volumes.leftovers().unwrap();
    assert_eq!(
        leftovers
            .iter()
            .map(|leftover| leftover.uid.as_str())
            .collect::<Vec<_>>(),
        ["stubborn"]
    );
    assert!(!leftovers[0].path.join("home/file").exists());
    assert_eq!(volumes.retry().await.unwrap().len(), 1);
    drop(held);
    assert_eq!(volumes.retry().await.unwrap(), []);
}

/// A directory that cannot be deleted, even by root: one that may not be changed.
struct Held(fs::File);

impl Held {
    fn new(dir: &Path) -> Self {
        let dir = fs::File::open(dir).unwrap();
        rustix::fs::ioctl_setflags(&dir, rustix::fs::IFlags::IMMUTABLE).unwrap();
        Self(dir)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        rustix::fs::ioctl_setflags(&self.0, rustix::fs::IFlags::empty()).unwrap();
    }
}

#[tokio::test]
async fn what_a_killed_process_left_half_made_is_no_home() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(&dir).await);
    fs::create_dir_all(dir.path().join("volumes/tmp/a/home/half")).unwrap();
    fs::create_dir(dir.path().join("volumes/a")).unwrap();
    let volumes = open(&dir).await;
    assert_eq!(
        (
            volumes.list().unwrap(),
            fs::read_dir(volumes.tmp()).unwrap().count()
        ),
        (vec![], 0)
    );
    assert_eq!(fs::read_dir(home(&volumes, "a").await).unwrap().count(), 0);
}

#[tokio::test]
async fn two_callers_at_once_get_one_home() {
    let dir = tempfile::tempdir().unwrap();
    let volumes = open(&dir).await;
    let homes = tokio::join!(home(&volumes, "a"), home(&volumes, "a"), home(&volumes, "a"));
    assert_eq!((&homes.0, &homes.1), (&homes.1, &homes.2));
    assert_eq!(volumes.list().unwrap().len(), 1);
}

#[tokio::test]
async fn names_that_are_no_ids_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let volumes = open(&dir).await;
    for id in [
        "",
        "..",
        "a/b",
        "trash",
        "tmp",
        "snapshots",
        "ballast",
        "a.b",
        "ä",
        &"a".repeat(65),
    ] {
        assert!(
            matches!(
                volumes.ensure(id, Origin::Skeleton(None), Owner::default()).await,
                Err(VolumeError::BadId { .. })
            ),
            "{id}"
        );
        assert!(
            matches!(volumes.remove(id).await, Err(VolumeError::BadId { .. })),
            "{id}"
        );
    }
}

#[tokio::test]
async fn space_and_usage_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let volumes = open(&dir).await;
    let health = volumes.health().unwrap();
    assert!(
        health.total_bytes > health.free_bytes && health.free_bytes > 0 && !health.read_only,
        "{health:?}"
    );
    assert!(matches!(health.state, State::Directories { .. }));
    fs::write(home(&volumes, "a").await.join("file"), vec![0; 100_000]).unwrap();
    assert!(volumes.usage("a").await.unwrap().bytes >= 100_000);
    assert_eq!(volumes.usage("none").await.unwrap().bytes, 0);
}

/// A file system of its own, as large as one finds it full.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mount =
            Program::new("test.mount", "mount").args(["-t", "tmpfs", "-o", "size=6m,nr_inodes=100", "tmpfs"]);
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
async fn on_a_full_disk_nothing_is_made_by_half_and_everything_can_be_removed() {
    let disk = SmallDisk::new().await;
    let volumes = open(&disk.0).await;
    let full = home(&volumes, "full").await;
    // Every byte and every inode.
    let written = std::io::copy(
        &mut std::io::repeat(1),
        &mut fs::File::create(full.join("file")).unwrap(),
    );
    assert_eq!(written.unwrap_err().kind(), std::io::ErrorKind::StorageFull);
    let stopped = (0..200)
        .find_map(|index| fs::File::create(full.join(index.to_string())).err())
        .unwrap();
    assert_eq!(stopped.kind(), std::io::ErrorKind::StorageFull);

    let refused = volumes
        .ensure("second", Origin::Skeleton(None), Owner::default())
        .await
        .unwrap_err();
    assert!(matches!(refused, VolumeError::NoSpace { .. }), "{refused}");
    assert_eq!(volumes.list().unwrap().len(), 1);
    volumes.remove("full").await.unwrap();
    assert_eq!(
        (volumes.list().unwrap(), volumes.leftovers().unwrap()),
        (vec![], vec![])
    );
    home(&volumes, "second").await;
}

use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::*;
use crate::btrfs::{is_btrfs, is_subvolume, taken};
use crate::spawn::Program;

/// A file system in a file, mounted; taken off when it is dropped.
pub(crate) struct Pool {
    dir: TempDir,
    pub(crate) door: Door,
}

// === impl Pool ===

impl Pool {
    pub(crate) async fn new() -> Self {
        let pool = Self {
            dir: TempDir::new().unwrap(),
            door: Door::default(),
        };
        pool.door.reserve_file(&pool.file(), 256 << 20).unwrap();
        let make = Program::new("spawn.mkfs", "mkfs.btrfs")
            .args(["-q", "-K"])
            .arg(pool.file());
        pool.door.run(make).await.unwrap();
        fs::create_dir(pool.at()).unwrap();
        pool.mount();
        pool.door.btrfs_count(&pool.at()).unwrap();
        pool
    }

    fn mount(&self) {
        self.door
            .mount_file(&self.file(), &self.at(), "btrfs", "nodiscard")
            .unwrap();
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("the pool.img")
    }

    pub(crate) fn at(&self) -> PathBuf {
        self.dir.path().join("the pool")
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // A program that another test is about to start may hold what is open here for a moment.
        let unmounted = (0..500).any(|_| {
            let done = self.door.unmount_file(&self.file(), &self.at()).is_ok();
            if !done {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            done
        });
        assert!(unmounted || std::thread::panicking(), "its mount is left");
    }
}

#[tokio::test]
async fn a_file_is_mounted_once_adopted_and_leaves_no_device() {
    let pool = Pool::new().await;
    let device = mounted(&pool.file(), &pool.at()).unwrap().unwrap();
    pool.mount();
    assert_eq!(mounted(&pool.file(), &pool.at()).unwrap().as_ref(), Some(&device));
    assert!(is_btrfs(&pool.at()) && !is_btrfs(pool.dir.path()));
    fs::write(pool.at().join("kept"), "here").unwrap();
    pool.door.unmount_file(&pool.file(), &pool.at()).unwrap();
    pool.door.unmount_file(&pool.file(), &pool.at()).unwrap();
    assert!(!pool.at().join("kept").exists());
    assert!(!shows(&device, &pool.file()), "its device is free");
    pool.mount();
    assert_eq!(fs::read_to_string(pool.at().join("kept")).unwrap(), "here");
}

#[tokio::test]
async fn a_reserved_file_has_no_hole_and_grows_while_it_is_mounted() {
    let pool = Pool::new().await;
    let room = || {
        rustix::fs::statvfs(pool.at())
            .map(|stat| stat.f_blocks * stat.f_frsize)
            .unwrap()
    };
    let before = room();
    pool.door.reserve_file(&pool.file(), 384 << 20).unwrap();
    let found = fs::metadata(pool.file()).unwrap();
    assert!(found.len() == 384 << 20 && found.blocks() * 512 >= found.len());
    pool.door.grow_mounted(&pool.file(), &pool.at()).unwrap();
    pool.door.btrfs_fill_device(&pool.at()).unwrap();
    assert_eq!(room() - before, 128 << 20);
}

#[tokio::test]
async fn a_subvolume_is_limited_snapshotted_exchanged_and_destroyed() {
    let pool = Pool::new().await;
    let path = |name: &str| pool.at().join(name);
    let (door, home, kept) = (&pool.door, path("home"), path("kept"));
    door.subvolume_create(&home).unwrap();
    assert!(is_subvolume(&home) && !is_subvolume(pool.dir.path()));
    fs::write(home.join("note"), "first").unwrap();
    door.subvolume_snapshot(&home, &kept, true).unwrap();
    fs::write(home.join("note"), "second").unwrap();
    assert!(
        fs::write(kept.join("note"), "third").is_err(),
        "a snapshot is not written"
    );
    door.exchange(&home, &kept).unwrap();
    assert_eq!(fs::read_to_string(home.join("note")).unwrap(), "first");
    door.exchange(&home, &kept).unwrap();

    door.subvolume_limit(&home, Some(8 << 20)).unwrap();
    let error = fs::write(home.join("large"), vec![7; 16 << 20]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::QuotaExceeded);
    fs::remove_file(home.join("large")).unwrap();
    // What was removed counts until the file system has committed, and sometimes until it did so again.
    let deadline = Instant::now() + Duration::from_mins(1);
    while let Err(error) = fs::write(home.join("small"), vec![7; 4 << 20]) {
        assert!(
            error.kind() == io::ErrorKind::QuotaExceeded && Instant::now() < deadline,
            "{error}"
        );
        rustix::fs::syncfs(File::open(&home).unwrap()).unwrap();
    }
    File::open(home.join("small")).unwrap().sync_all().unwrap();
    let found = taken(&home).unwrap().unwrap();
    assert_eq!(found.limit, Some(8 << 20));
    assert!((4 << 20..8 << 20).contains(&found.referenced), "{found:?}");
    door.subvolume_limit(&home, None).unwrap();
    assert_eq!(taken(&home).unwrap().unwrap().limit, None);
    fs::write(home.join("large"), vec![7; 16 << 20]).unwrap();

    for gone in [&home, &kept, &kept] {
        door.subvolume_destroy(gone).unwrap();
        assert!(!gone.exists());
    }
    assert!(
        door.subvolume_destroy(&pool.at()).is_err(),
        "a mounted file system is none"
    );
}

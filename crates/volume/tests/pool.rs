//! Volumes on a pool: what they are, what holds them, what survives.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use toft_effects::Door;
use toft_effects::spawn::Program;
use toft_volume::{Choice, Origin, Owner, State, VolumeError, Volumes};

const MIB: u64 = 1 << 20;

/// A disk of its own with room for a pool of 256 MiB and two more steps, holding a data directory.
struct Disk {
    dir: tempfile::TempDir,
}

// === impl Disk ===

impl Disk {
    async fn new(mib: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let image = dir.path().join("disk");
        File::create(&image).unwrap().set_len(mib * MIB).unwrap();
        let disk = Self { dir };
        fs::create_dir(disk.data()).unwrap();
        run(Program::new("test.mkfs", "mkfs.ext4")
            .args(["-q", "-m", "0"])
            .arg(&image))
        .await;
        run(Program::new("test.mount", "mount")
            .args(["-o", "loop"])
            .arg(&image)
            .arg(disk.data()))
        .await;
        disk
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    async fn open(&self, choice: Choice) -> Result<Volumes, VolumeError> {
        Volumes::open(Door::default(), &self.data(), choice).await
    }

    fn pool_bytes(&self) -> u64 {
        fs::metadata(self.data().join("pool.img")).unwrap().len()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let data = self.data();
        // The test may be unwinding: the door is asked by a thread with a runtime of its own.
        let unmount = move || {
            let _ = Volumes::release(&Door::default(), &data);
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime
                .block_on(Door::default().run(Program::new("test.umount", "umount").arg("--lazy").arg(data)))
        };
        let _ = std::thread::spawn(unmount).join();
    }
}

async fn run(program: Program) {
    Door::default().run(program).await.unwrap();
}

async fn home(volumes: &Volumes, uid: &str) -> PathBuf {
    volumes
        .ensure(uid, Origin::Skeleton(None), Owner::default())
        .await
        .unwrap()
}

fn write(path: &Path, bytes: u64) -> io::Result<()> {
    let mut file = File::create(path)?;
    // Noise: zeros might be stored as nothing.
    let mut noise = io::Read::take(File::open("/dev/urandom")?, bytes);
    io::copy(&mut noise, &mut file)?;
    file.sync_all()
}

/// Takes room for a file without writing it.
fn take(path: &Path, bytes: u64) -> io::Result<()> {
    let file = File::create(path)?;
    Ok(rustix::fs::fallocate(
        &file,
        rustix::fs::FallocateFlags::empty(),
        0,
        bytes,
    )?)
}

/// Waits for what should come.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..1200 {
        if holds() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}

#[tokio::test]
async fn homes_are_held_to_their_limit_and_a_full_one_is_renewed_and_removed() {
    let disk = Disk::new(2048).await;
    let volumes = disk.open(Choice::Btrfs).await.unwrap();
    let (full, other) = (home(&volumes, "full").await, home(&volumes, "other").await);
    volumes.limit("full", 64 * MIB, false).await.unwrap();
    let layer = full.parent().unwrap().join("layer");
    fs::create_dir(&layer).unwrap();
    write(&layer.join("machine"), 40 * MIB).unwrap();
    let refused = write(&full.join("large"), 40 * MIB).unwrap_err();
    assert_eq!(
        refused.kind(),
        io::ErrorKind::QuotaExceeded,
        "one limit over home and machine"
    );
    write(&other.join("large"), 40 * MIB).unwrap();
    let usage = volumes.usage("full").await.unwrap();
    assert_eq!(usage.limit_bytes, Some(64 * MIB));
    assert!(usage.bytes > 60 * MIB && usage.bytes <= 64 * MIB, "{usage:?}");

    // What the daemon writes at a start has its own room; what is inside has not.
    volumes.limit("full", 64 * MIB, true).await.unwrap();
    volumes.begin_on("full", "sha256:one").unwrap();
    volumes.limit("full", 64 * MIB, false).await.unwrap();
    assert_eq!(volumes.begun_on("full").as_deref(), Some("sha256:one"));
    assert!(write(&full.join("more"), MIB).is_err());
    volumes.limit("full", 128 * MIB, false).await.unwrap();
    write(&full.join("more"), 8 * MIB).unwrap();

    volumes.renew("full").await.unwrap();
    assert!(!volumes.exists("full") && volumes.begun_on("full").is_none());
    home(&volumes, "full").await;
    volumes.remove("full").await.unwrap();
    volumes.remove("other").await.unwrap();
    assert_eq!(
        (volumes.list().unwrap(), volumes.retry().await.unwrap()),
        (vec![], vec![])
    );
}

#[tokio::test]
async fn a_pool_is_adopted_mounted_again_and_gone_after_a_purge() {
    let disk = Disk::new(2048).await;
    let volumes = disk.open(Choice::Auto).await.unwrap();
    assert!(matches!(
        volumes.health().unwrap().state,
        State::Pool { cramped: false, .. }
    ));
    write(&home(&volumes, "kept").await.join("note"), 1000).unwrap();
    // As a killed daemon leaves it.
    drop(volumes);
    let volumes = disk.open(Choice::Auto).await.unwrap();
    assert!(volumes.exists("kept"));
    drop(volumes);
    // As a reboot leaves it; and a copy that was made without zeros.
    Volumes::release(&Door::default(), &disk.data()).unwrap();
    Volumes::release(&Door::default(), &disk.data()).unwrap();
    assert!(!disk.data().join("volumes/kept").exists());
    let pool = disk.data().join("pool.img");
    run(Program::new("test.dig", "fallocate")
        .arg("--dig-holes")
        .arg(&pool))
    .await;
    let volumes = disk.open(Choice::Auto).await.unwrap();
    assert!(volumes.exists("kept"));
    let found = fs::metadata(&pool).unwrap();
    assert!(
        std::os::unix::fs::MetadataExt::blocks(&found) * 512 >= found.len(),
        "it has no holes"
    );
    drop(volumes);
    let refused = disk.open(Choice::Directory).await.unwrap_err();
    assert!(matches!(refused, VolumeError::Kept { .. }), "{refused}");
    Volumes::purge(&Door::default(), &disk.data()).unwrap();
    assert!(!toft_effects::btrfs::is_btrfs(&disk.data().join("volumes")));
    fs::remove_dir_all(disk.data().join("volumes")).unwrap();
}

#[tokio::test]
async fn homes_that_are_directories_stay_so_and_a_small_disk_gets_no_pool() {
    let disk = Disk::new(1200).await;
    let refused = disk.open(Choice::Btrfs).await.unwrap_err();
    assert!(matches!(refused, VolumeError::NoPoolRoom { .. }), "{refused}");
    let volumes = disk.open(Choice::Auto).await.unwrap();
    let State::Directories { reason } = volumes.health().unwrap().state else {
        panic!("{:?}", volumes.health());
    };
    assert!(reason.contains("MiB free"), "{reason}");
    home(&volumes, "old").await;
    volumes.limit("old", MIB, false).await.unwrap();
    let refused = volumes.snapshot("old", "s").await.unwrap_err();
    assert!(matches!(refused, VolumeError::NeedsBtrfs { .. }), "{refused}");
    drop(volumes);

    let roomy = Disk::new(2048).await;
    drop(roomy.open(Choice::Directory).await.unwrap());
    fs::create_dir_all(roomy.data().join("volumes/old/home")).unwrap();
    let volumes = roomy.open(Choice::Auto).await.unwrap();
    assert!(matches!(
        volumes.health().unwrap().state,
        State::Directories { .. }
    ));
    let refused = roomy.open(Choice::Btrfs).await.unwrap_err();
    assert!(matches!(refused, VolumeError::Kept { .. }), "{refused}");
}

#[tokio::test]
async fn the_pool_grows_before_it_is_full_and_leaves_the_host_its_part() {
    let disk = Disk::new(3072).await;
    let volumes = disk.open(Choice::Btrfs).await.unwrap();
    let keeper = tokio::spawn(volumes.clone().keep());
    let before = disk.pool_bytes();
    let note = home(&volumes, "a").await.join("note");
    take(&note.with_file_name("some"), 400 * MIB).unwrap();
    until("it grows", || disk.pool_bytes() > before).await;
    // Until nothing more is given: what is written then fails as on any full disk.
    let mut number = 0;
    let cramped = || matches!(volumes.health().unwrap().state, State::Pool { cramped: true, .. });
    until("it is full", || {
        number += 1;
        take(&note.with_file_name(format!("hog-{number}")), 64 * MIB).is_err() && cramped()
    })
    .await;
    let error = take(&note.with_file_name("last"), 1024 * MIB).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    for bytes in [16 * MIB, MIB, 64 << 10] {
        while take(&note.with_file_name(format!("more-{number}")), bytes).is_ok() {
            number += 1;
        }
    }
    let host = rustix::fs::statvfs(disk.data()).unwrap();
    assert!(
        host.f_bavail * host.f_frsize >= 1 << 30,
        "the host keeps its part"
    );
    assert!(!volumes.health().unwrap().read_only);
    // On a full pool there is still a delete, and then there is room.
    volumes.remove("a").await.unwrap();
    assert_eq!(volumes.leftovers().unwrap(), []);
    let again = home(&volumes, "b").await.join("note");
    until("there is room again", || write(&again, 64 * MIB).is_ok()).await;
    keeper.abort();
}

#[tokio::test]
async fn what_waits_in_memory_makes_the_pool_grow_and_nobody_outruns_it() {
    let disk = Disk::new(6144).await;
    let volumes = disk.open(Choice::Btrfs).await.unwrap();
    let large = home(&volumes, "a").await.join("large");
    let before = disk.pool_bytes();
    // Not yet on the disk: what asks the disk alone still finds all of it free.
    let mut file = File::create(&large).unwrap();
    let zeros = |bytes: u64| io::Read::take(io::repeat(0), bytes);
    io::copy(&mut zeros(before / 2), &mut file).unwrap();
    home(&volumes, "b").await;
    assert!(disk.pool_bytes() > before, "it has grown before the next home");

    let keeper = tokio::spawn(volumes.clone().keep());
    let writer = tokio::task::spawn_blocking(move || io::copy(&mut zeros(1664 * MIB), &mut file));
    let written = writer.await.unwrap().unwrap();
    assert_eq!(written, 1664 * MIB);
    keeper.abort();
}

#[tokio::test]
async fn snapshots_are_kept_restored_copied_and_removed() {
    let disk = Disk::new(2048).await;
    let volumes = disk.open(Choice::Btrfs).await.unwrap();
    let note = home(&volumes, "a").await.join("note");
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    fs::write(&note, "first").unwrap();
    volumes.begin_on("a", "sha256:one").unwrap();
    volumes.snapshot("a", "s1").await.unwrap();
    fs::write(&note, "second").unwrap();
    // Asked again it is there, as it was.
    volumes.snapshot("a", "s1").await.unwrap();
    assert!(volumes.has_snapshot("s1") && !volumes.has_snapshot("s2"));
    let copy = volumes
        .ensure("b", Origin::Volume("a".into()), Owner::default())
        .await
        .unwrap();
    assert_eq!(read(&copy.join("note")), "second");
    let old = volumes
        .ensure("c", Origin::Snapshot("s1".into()), Owner::default())
        .await
        .unwrap();
    assert_eq!(read(&old.join("note")), "first");
    assert_eq!(volumes.begun_on("c").as_deref(), Some("sha256:one"));
    fs::write(old.join("note"), "mine").unwrap();

    volumes.restore("a", "s1").await.unwrap();
    volumes.restore("a", "s1").await.unwrap();
    assert_eq!(read(&note), "first");
    let failed = volumes.restore("a", "none").await.unwrap_err();
    assert!(matches!(failed, VolumeError::Absent { .. }), "{failed}");
    assert_eq!(read(&note), "first");
    let failed = volumes
        .ensure("d", Origin::Volume("none".into()), Owner::default())
        .await;
    assert!(matches!(failed, Err(VolumeError::Absent { .. })) && !volumes.exists("d"));

    volumes.remove("a").await.unwrap();
    volumes.restore("a", "s1").await.unwrap();
    assert_eq!(read(&note), "first", "of one that is gone, too");
    volumes.remove_snapshot("s1").await.unwrap();
    volumes.remove_snapshot("s1").await.unwrap();
    for place in ["snapshots", "tmp"] {
        assert_eq!(
            fs::read_dir(volumes.dir().join(place)).unwrap().count(),
            0,
            "{place}"
        );
    }
}

#[tokio::test]
async fn a_home_that_holds_subvolumes_is_removed_with_them() {
    let disk = Disk::new(2048).await;
    let volumes = disk.open(Choice::Btrfs).await.unwrap();
    let home = home(&volumes, "a").await;
    for inner in ["one", "one/two"] {
        Door::default().subvolume_create(&home.join(inner)).unwrap();
        write(&home.join(inner).join("file"), MIB).unwrap();
    }
    volumes.remove("a").await.unwrap();
    assert_eq!(
        (volumes.list().unwrap(), volumes.leftovers().unwrap()),
        (vec![], vec![])
    );
}

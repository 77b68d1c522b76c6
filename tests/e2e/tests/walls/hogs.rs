//! One workspace takes all it can get: the host and a neighbour answer all the same.

use toft_e2e::{Daemon, eventually};

use crate::house::{House, INSIDE, Running};
use crate::stage::sh;

/// What each of the image's workspaces may have.
const MEMORY: u64 = 192 << 20;
const PROCESSES: u64 = 96;

fn wild_and_calm() -> House {
    let house = House::new();
    for name in ["wild", "calm"] {
        house.create(name);
    }
    house
}

/// The number in a line like `held 12 files: why`, which must not say that there was no end.
fn held(line: &str) -> u64 {
    assert!(!line.ends_with("no end"), "{line}");
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn who_takes_all_gets_its_part_and_no_more() {
    let house = wild_and_calm();
    // Each is held while the others look, and let go before the next.
    for what in [
        "processes",
        "files",
        "watches",
        "polls",
        "pipes",
        "segments",
        "queues",
        "terminals",
    ] {
        let mut hog = house.begin("wild", &["hog", what]);
        // Who takes memory by what it holds is ended for it, which is an end, too.
        let told = hog.until_or_end("held");
        house.answers("calm", what);
        let count = told.map_or(1, |line| held(&line));
        assert!(count > 0, "{what}: nothing was taken");
        assert!(used(&house, "wild") <= MEMORY + (8 << 20), "{what}");
        assert!(what != "processes" || count < PROCESSES, "{count} processes");
        hog.finish();
    }
    let keys = house.root("wild", &format!("{INSIDE} hog keys </dev/null")).ok();
    assert_eq!(held(&keys), 0, "the kernel keeps keys for nobody inside: {keys}");
    memory_is_bounded(&house);
    processors_are_shared(&house);
    house.answers("wild", "afterwards");
}

/// Memory of its own, and files of memory: who takes more than its part is ended, and nobody else.
fn memory_is_bounded(house: &House) {
    for what in ["memory", "shared", "run"] {
        let ran = house.root("wild", &format!("{INSIDE} hog {what} </dev/null; echo ended $?"));
        house.answers("calm", what);
        assert!(used(house, "wild") <= MEMORY + (8 << 20), "{what}");
        let stopped = ran.out.contains("ended 137") || ran.out.contains("No space left") || ran.code != 0;
        assert!(stopped, "{what} took it all: {}", ran.out);
        if what != "memory" {
            // Files of memory outlive who wrote them, and leave room for nothing: its own trouble.
            house.toft.run(&["restart", "wild", "--wait=120"]).ok();
        }
    }
    // The control: nothing ends one that stays below.
    assert_eq!(
        house
            .root(
                "wild",
                "head -c 33554432 /dev/zero > /dev/shm/small; stat -c %s /dev/shm/small; rm /dev/shm/small"
            )
            .ok(),
        "33554432\n"
    );
}

fn processors_are_shared(house: &House) {
    let hogs: Vec<Running> = (0..4).map(|_| house.begin("wild", &["hog", "cpu"])).collect();
    eventually("the wild one is busy", || {
        (cpu_milli(house, "wild") >= 100).then_some(())
    });
    for _ in 0..5 {
        house.answers("calm", "a neighbour computes");
    }
    assert!(cpu_milli(house, "wild") <= 1_200, "it may have one processor");
    for hog in hogs {
        hog.finish();
    }
}

fn usage(house: &House, name: &str, field: &str) -> u64 {
    let told = house.toft.run(&["top", "-o", "json"]).ok();
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let items = told["items"].as_array().unwrap_or_else(|| panic!("{told}"));
    let one = items
        .iter()
        .find(|item| item["name"] == name)
        .unwrap_or_else(|| panic!("{told}"));
    one[field].as_u64().unwrap_or_default()
}

fn used(house: &House, name: &str) -> u64 {
    usage(house, name, "memoryBytes")
}

fn cpu_milli(house: &House, name: &str) -> u64 {
    usage(house, name, "cpuMilli")
}

#[test]
fn a_disk_that_one_fills_is_told_and_emptied_again() {
    let disk = SmallDisk::mount(700);
    let house = House::over(Daemon::within(&disk.path()));
    for name in ["wild", "calm"] {
        house.create(name);
    }
    // Without its rights there is nothing reserved for root either.
    let mut hog = house.begin("wild", &["hog", "disk", "/home/toft/hog"]);
    let line = hog.until("held");
    assert!(line.contains("No space left") && held(&line) > 16, "{line}");
    // A running neighbour goes on, and is told when it writes itself.
    house.answers("calm", "the disk is full");
    assert!(
        house
            .toft
            .sh(
                "calm",
                "/bin/busybox dd if=/dev/zero of=/home/toft/mine bs=1M count=50"
            )
            .failed()
            .contains("No space left")
    );
    let doctor = house.toft.run(&["doctor"]);
    assert!(
        doctor.out.contains("disk") || doctor.err.contains("disk"),
        "{doctor:?}"
    );
    // What cannot be kept is refused in words, and nothing of it stays.
    let more = house
        .toft
        .run(&["create", "more", "--template", "box", "--wait=60"]);
    assert_ne!(more.code, 0, "{more:?}");
    assert!(
        ["full", "No space", "space"]
            .iter()
            .any(|word| more.err.contains(word)),
        "{more:?}\n{}",
        house.toft.log()
    );
    let _ = house.toft.run(&["delete", "more", "--yes", "--wait=60"]);
    hog.finish();
    // A delete needs no room, and makes some.
    house.toft.run(&["delete", "wild", "--yes", "--wait=60"]).ok();
    house.create("more");
    house.toft.sh("calm", "head -c 1000000 /dev/zero > ~/mine").ok();
}

/// A file system of a few hundred megabytes, in a file.
struct SmallDisk {
    dir: tempfile::TempDir,
}

// === impl SmallDisk ===

impl SmallDisk {
    fn mount(megabytes: u32) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (file, at) = (dir.path().join("disk"), dir.path().join("mounted"));
        std::fs::create_dir(&at).unwrap();
        let (file, at) = (file.display(), at.display());
        // Nothing is kept back for root, so that full is full.
        sh(&format!(
            "truncate -s {megabytes}M {file} && mkfs.ext4 -q -m 0 {file} && mount -o loop {file} {at}"
        ));
        Self { dir }
    }

    fn path(&self) -> std::path::PathBuf {
        self.dir.path().join("mounted")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount")
            .arg("--lazy")
            .arg(self.path())
            .status();
    }
}

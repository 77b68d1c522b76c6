use super::*;

/// A directory whose pins go even when the test fails.
struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn pins(&self) -> PathBuf {
        self.0.path().join("ns")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = Door::default().remove_namespaces(&self.pins());
    }
}

fn inode(path: &Path) -> u64 {
    fs::metadata(path).unwrap().ino()
}

const RANGE: IdRange = IdRange {
    start: 0x4000_0000,
    len: 65_536,
};

#[test]
fn pins_are_made_kept_and_removed() {
    let scratch = Scratch::new();
    let door = Door::default();
    let pins = door.ensure_namespaces(&scratch.pins(), RANGE).unwrap();
    let made = (inode(&pins.user), inode(&pins.net));
    assert_eq!(door.ensure_namespaces(&scratch.pins(), RANGE).unwrap(), pins);
    assert_eq!((inode(&pins.user), inode(&pins.net)), made, "as asked: kept");
    door.remove_namespaces(&scratch.pins()).unwrap();
    assert!(!scratch.pins().exists());
    door.remove_namespaces(&scratch.pins()).unwrap();
}

#[test]
fn the_network_belongs_to_the_user_namespace() {
    let scratch = Scratch::new();
    let pins = Door::default().ensure_namespaces(&scratch.pins(), RANGE).unwrap();
    let user = File::open(&pins.user).unwrap();
    assert!(same(&owner_of(&File::open(&pins.net).unwrap()).unwrap(), &user));
}

#[test]
fn another_range_makes_them_anew() {
    let scratch = Scratch::new();
    let door = Door::default();
    let pins = door.ensure_namespaces(&scratch.pins(), RANGE).unwrap();
    // Held open, as the kernel gives a freed inode number to the next namespace.
    let old = File::open(&pins.user).unwrap();
    let other = IdRange {
        start: RANGE.start + IDS,
        ..RANGE
    };
    door.ensure_namespaces(&scratch.pins(), other).unwrap();
    assert_ne!(old.metadata().unwrap().ino(), inode(&pins.user));
}

#[test]
fn half_made_pins_are_completed() {
    let scratch = Scratch::new();
    let door = Door::default();
    let pins = door.ensure_namespaces(&scratch.pins(), RANGE).unwrap();
    unpin(&pins.net).unwrap();
    door.ensure_namespaces(&scratch.pins(), RANGE).unwrap();
    assert!(pinned(&scratch.pins(), &pins, RANGE));
}

#[test]
fn pins_left_by_a_reboot_are_plain_files_and_made_anew() {
    let scratch = Scratch::new();
    fs::create_dir_all(scratch.pins()).unwrap();
    for name in ["user", "net"] {
        fs::write(scratch.pins().join(name), "").unwrap();
    }
    fs::write(scratch.pins().join("range"), record(RANGE)).unwrap();
    let pins = Door::default().ensure_namespaces(&scratch.pins(), RANGE).unwrap();
    assert!(pinned(&scratch.pins(), &pins, RANGE));
}

#[tokio::test]
async fn ids_and_loopback_are_as_asked_inside() {
    let scratch = Scratch::new();
    let door = Door::default();
    let pins = door.ensure_namespaces(&scratch.pins(), RANGE).unwrap();
    let inside = crate::spawn::Program::new("t", "nsenter")
        .arg(format!("--user={}", pins.user.display()))
        .arg(format!("--net={}", pins.net.display()))
        .args(["sh", "-c", "cat /proc/self/uid_map; cat /proc/net/if_inet6"]);
    let said = String::from_utf8(door.run(inside).await.unwrap().stdout).unwrap();
    let words: Vec<&str> = said.split_whitespace().take(3).collect();
    assert_eq!(words, ["0", "1073741824", "65536"]);
    assert!(
        said.contains(" lo\n"),
        "an address on lo says that it is up: {said}"
    );
}

#[test]
fn ranges_of_an_instance_never_overlap_and_end_below_systemds() {
    let first = IdRange::nth(0xab_cdef, 0).unwrap();
    let mut starts: Vec<u32> = (0..IdRange::count())
        .map(|index| IdRange::nth(0xab_cdef, index).unwrap().start)
        .collect();
    starts.sort_unstable();
    starts.dedup();
    assert_eq!(starts.len(), usize::try_from(IdRange::count()).unwrap());
    assert!(
        starts
            .iter()
            .all(|start| start % IDS == 0 && *start >= FIRST_ID && *start < 0x7ffd_0000)
    );
    assert_eq!(first.len, IDS);
    assert_eq!(IdRange::nth(0, IdRange::count()), None);
}

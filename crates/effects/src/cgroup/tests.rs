use super::*;

const HYBRID: &str = "\
25 30 0:23 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
26 25 0:24 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
27 25 0:25 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
28 25 0:26 / /sys/fs/cgroup/pids rw,relatime shared:4 - cgroup cgroup rw,pids
29 25 0:27 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd
30 25 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
";
const UNIFIED: &str = "26 25 0:24 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

/// A group of a test's own, gone at its end.
struct Scratch(String);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(format!("toft-test-{}-{name}", std::process::id()))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let hierarchies = Hierarchies::detect().unwrap();
        for dir in hierarchies.directories(&self.0) {
            let _ = fs::remove_dir(&dir);
        }
    }
}

#[test]
fn hybrid_hosts_count_as_version_1() {
    let found = Hierarchies::parse(HYBRID).unwrap();
    assert_eq!(found.version(), Version::V1);
    assert_eq!(
        found.directory("toft-x/y", "memory"),
        Some("/sys/fs/cgroup/memory/toft-x/y".into())
    );
}

#[test]
fn unified_hosts_count_as_version_2() {
    assert_eq!(Hierarchies::parse(UNIFIED).unwrap().version(), Version::V2);
}

#[test]
fn a_host_without_any_has_none() {
    assert_eq!(Hierarchies::parse("25 30 0:23 / / rw - ext4 /dev/vda rw\n"), None);
}

#[tokio::test]
async fn groups_come_limit_and_go_repeatedly() {
    let (door, group) = (Door::default(), Scratch::new("limits"));
    let limits = Limits {
        memory_bytes: Some(64 << 20),
        pids: Some(7),
        cpu_millis: Some(500),
        ..Limits::default()
    };
    for _ in 0..2 {
        assert_eq!(door.ensure_cgroup(&group.0, &limits).unwrap(), Vec::<&str>::new());
    }
    let counters = Hierarchies::detect().unwrap().counters(&group.0).unwrap();
    assert_eq!((counters.memory_limit_bytes, counters.pids), (Some(64 << 20), 0));
    let larger = Limits {
        memory_bytes: Some(128 << 20),
        ..limits
    };
    door.ensure_cgroup(&group.0, &larger).unwrap();
    assert_eq!(
        Hierarchies::detect()
            .unwrap()
            .counters(&group.0)
            .unwrap()
            .memory_limit_bytes,
        Some(128 << 20)
    );
    for _ in 0..2 {
        door.remove_cgroup(&group.0).await.unwrap();
    }
    assert_eq!(Hierarchies::detect().unwrap().counters(&group.0), None);
}

// The processes are the test's, not the product's.
#[allow(clippy::disallowed_methods)]
#[tokio::test]
async fn every_process_in_a_group_and_below_is_killed() {
    let (door, group) = (Door::default(), Scratch::new("kill"));
    // Both below: on version 2 a group that hands controllers down holds no processes itself.
    let names = ["one", "two/deep"].map(|name| format!("{}/{name}", group.0));
    let hierarchies = Hierarchies::detect().unwrap();
    let mut children = Vec::new();
    for name in &names {
        door.ensure_cgroup(name, &Limits::default()).unwrap();
        let child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        for dir in hierarchies.directories(name) {
            fs::write(dir.join("cgroup.procs"), child.id().to_string()).unwrap();
        }
        children.push(child);
    }
    assert_eq!(hierarchies.processes(&group.0).len(), 2);
    // Somebody must reap them, as the host's first process does for orphans.
    let reaper = std::thread::spawn(move || {
        children
            .into_iter()
            .map(|mut c| c.wait().unwrap())
            .collect::<Vec<_>>()
    });
    door.kill_cgroup(&group.0).await.unwrap();
    door.remove_cgroup(&group.0).await.unwrap();
    assert_eq!(reaper.join().unwrap().len(), 2);
}

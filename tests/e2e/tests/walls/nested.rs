//! Root inside where Docker works: it may more, and all of it stays its own.

use toft_e2e::eventually;

use crate::house::{House, INSIDE, Running};
use crate::sandbox;

/// What comes through there, and goes no further than the workspace's own namespaces.
const OPENED: [&str; 24] = [
    "a new control group namespace",
    "a new host name namespace",
    "a new mount namespace",
    "a new network namespace",
    "a new process namespace",
    "a new time namespace",
    "a new user namespace",
    "a process in a new user namespace",
    "bind a folder elsewhere",
    "build a bridge",
    "change a mount",
    "change the address",
    "change the hardware address",
    "clone a mount",
    "enter the first process's namespace",
    "mount a control group",
    "mount a file system",
    "mount proc",
    "move the root",
    "open a file system",
    "rename the interface",
    "rename the machine",
    "take the interface down",
    "uncover the agent",
];
/// Mounts that are laid over what tells of the host. They come off, which is why nothing depends
/// on them: see below.
const COVERS: [&str; 4] = [
    "make /proc/sys writable",
    "make /sys writable",
    "uncover /proc/keys",
    "uncover /proc/sys",
];
/// Takes off every cover.
const UNCOVER: &str = "/bin/busybox grep -E ' /(proc|sys)/' /proc/mounts | /bin/busybox cut -d' ' -f2 | \
    while read -r at; do /bin/busybox umount -l \"$at\"; done; /bin/busybox mount -o remount,rw /sys; true";
/// Moves a shell into a group of its own in every hierarchy, without any limit there.
const INNER: &str = "for at in /sys/fs/cgroup /sys/fs/cgroup/*; do [ ! -e $at/cgroup.procs ] || \
    { mkdir -p $at/inner && echo $$ > $at/inner/cgroup.procs; }; done 2>/dev/null;";
const MEMORY: u64 = 192 << 20;
const PROCESSES: u64 = 96;

#[test]
fn what_docker_needs_reaches_nothing_of_the_hosts() {
    let house = House::nested();
    house.create("dev");
    house.create("calm");
    let inside = house.attack("dev", &["kernel"]);
    let beyond: Vec<&str> = inside
        .through()
        .into_iter()
        .filter(|name| !OPENED.contains(name) && !COVERS.contains(name))
        .collect();
    assert_eq!(beyond, Vec::<&str>::new(), "{inside:#?}");
    // As much as Docker needs is there, or this test would look at something else.
    for needed in ["mount a file system", "a new user namespace", "build a bridge"] {
        assert!(inside.through().contains(&needed), "{needed}: {inside:#?}");
    }
    // The attacks have moved and renamed what was theirs.
    house.toft.run(&["restart", "dev", "--wait=120"]).ok();

    house.root("dev", UNCOVER).ok();
    let inside = house.attack("dev", &["files"]);
    let writes: Vec<&str> = inside
        .through()
        .into_iter()
        .filter(|name| name.starts_with("write ") && !is_own(name))
        .collect();
    assert_eq!(writes, Vec::<&str>::new(), "{inside:#?}");
    for secret in [
        "/proc/kcore",
        "/proc/kmsg",
        "/dev/mem",
        "/dev/vda",
        "/dev/sda",
        "/dev/kvm",
        "/dev/kmsg",
    ] {
        let name = format!("read {secret}");
        assert!(!inside.through().contains(&name.as_str()), "{inside:#?}");
    }
    // Where its parent's limits are, there is nothing to see.
    let release = "mkdir -p /tmp/g && for kind in memory pids devices; do \
        /bin/busybox mount -t cgroup -o $kind none /tmp/g && { [ ! -e /tmp/g/release_agent ] || echo AGENT; /bin/busybox umount /tmp/g; }; done; \
        /bin/busybox mount -t cgroup -o memory,release_agent=/bin/who none /tmp/g && echo AGENT; true";
    assert_eq!(house.root("dev", release).out, "");

    sandbox::processes_of_the_host_are_out_of_reach(&house);
    sandbox::sockets_of_the_host_are_out_of_reach(&house);
    sandbox::the_agent_keeps_what_it_holds(&house);
    sandbox::what_is_the_hosts_stays_the_hosts(&house);
    groups_of_its_own_are_bounded_by_its_own(&house);
}

/// Settings of its own network, and lists of members of its own group.
fn is_own(name: &str) -> bool {
    name.starts_with("write /proc/sys/net/")
        || name == "write /sys/class/net/lo/mtu"
        || (name.starts_with("write /sys/fs/cgroup/")
            && (name.ends_with("/cgroup.procs") || name.ends_with("/cgroup.subtree_control")))
}

fn groups_of_its_own_are_bounded_by_its_own(house: &House) {
    let hog = |what: &str| {
        house.root(
            "dev",
            &format!("{INNER} {INSIDE} hog {what} </dev/null; echo ended $?"),
        )
    };
    let ran = hog("memory");
    assert!(
        ran.out.contains("ended 137") || ran.code != 0,
        "it took it all: {ran:?}"
    );
    house.answers("calm", "memory in an inner group");
    let ran = hog("processes");
    let held = ran.out.lines().find_map(|line| line.strip_prefix("held "));
    let held: u64 = held.unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(held > 0 && held < PROCESSES, "{ran:?}");
    let inner = format!("{INNER} exec {INSIDE} hog cpu");
    let inside = ["exec", "--user", "root", "dev", "--", "sh", "-c", &inner];
    let hogs: Vec<Running> = (0..4)
        .map(|_| Running::start(house.toft.command(&inside)))
        .collect();
    eventually("it is busy", || (used(house, "cpuMilli") >= 100).then_some(()));
    for _ in 0..3 {
        house.answers("calm", "a neighbour computes in an inner group");
    }
    assert!(used(house, "cpuMilli") <= 1_200, "it may have one processor");
    for hog in hogs {
        hog.finish();
    }
    assert!(used(house, "memoryBytes") <= MEMORY + (8 << 20));
}

fn used(house: &House, field: &str) -> u64 {
    let told = house.toft.run(&["top", "-o", "json"]).ok();
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let mut items = told["items"].as_array().unwrap().iter();
    let one = items.find(|item| item["name"] == "dev").unwrap();
    one[field].as_u64().unwrap_or_default()
}

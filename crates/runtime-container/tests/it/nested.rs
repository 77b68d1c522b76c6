//! What is opened for containers inside, and what stays closed.

use std::fs;
use std::time::Duration;

use toft_runtime::{Init, Nesting, Runtime, SandboxSpec};

use crate::support::{Host, run};

async fn nested(nesting: Nesting) -> (Host, SandboxSpec) {
    let host = Host::new();
    let mut spec = host.spec("nested");
    spec.nesting = nesting;
    spec.resources.memory_limit_bytes = Some(128 << 20);
    host.runtime.start(&spec).await.unwrap();
    (host, spec)
}

/// Everything of a group that a process is moved into, below the sandbox's own.
const GROUP: &str = "memory() { if [ -e /sys/fs/cgroup/memory ]; then echo /sys/fs/cgroup/memory; else echo /sys/fs/cgroup; fi; }; \
                     limit() { if [ -e $1/memory.max ]; then echo $1/memory.max; else echo $1/memory.limit_in_bytes; fi; };";

#[tokio::test]
async fn groups_of_ones_own_hold_and_ones_own_limits_stay() {
    let (host, spec) = nested(Nesting::Docker).await;
    let inner = format!(
        "{GROUP} g=$(memory)/inner; mkdir $g && echo 33554432 > $(limit $g) \
         && sh -c \"echo 0 > $g/cgroup.procs; exec dd if=/dev/zero of=/dev/null bs=100M count=1\"; echo ended $?"
    );
    let said = host.say(spec.id, &inner).await;
    assert!(said.contains("ended 137\n"), "{said}");
    // Less than there is, which nothing but its rights keeps it from.
    let own = format!("{GROUP} echo 100663296 > $(limit $(memory))");
    let said = host.say(spec.id, &own).await;
    assert!(said.contains("exit"), "it set its own limit: {said}");
    // What it made goes with it.
    let left = host.runtime.remove(spec.id).await;
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(host.traces_of(spec.id), Vec::<String>::new());
}

#[tokio::test]
async fn docker_may_mount_and_nest_and_the_host_stays_closed() {
    let (host, spec) = nested(Nesting::Docker).await;
    let said = host
        .say(
            spec.id,
            "mkdir /tmp/m && mount -t tmpfs none /tmp/m && unshare -Urmp -f sh -c 'mount -t proc none /proc && echo fresh' \
             && echo 1 > /proc/sys/net/ipv4/ip_forward && df -T /var/lib/docker | grep -c overlay",
        )
        .await;
    assert_eq!(said, "fresh\n0\nexit 1\n");
    for closed in [
        "umount /proc/sys/kernel; echo x > /proc/sys/kernel/core_pattern",
        "umount /proc/sysrq-trigger; echo b > /proc/sysrq-trigger",
        "mknod /tmp/sda b 8 0",
        "mount -o remount,rw /sys; echo x > /sys/kernel/uevent_helper",
        "unshare -Ur sh -c 'mknod /tmp/mem c 1 1'",
    ] {
        let said = host.say(spec.id, &format!("({closed}) 2>&1 && echo DONE")).await;
        assert!(!said.contains("DONE"), "`{closed}` succeeded: {said}");
    }
}

#[tokio::test]
async fn rootless_containers_are_made_by_people_and_root_gains_nothing() {
    let (host, spec) = nested(Nesting::Containers).await;
    let client = host.client(spec.id);
    assert_eq!(host.say(spec.id, "echo there").await, "there\n");
    let own = "unshare -Urmp -f sh -c 'mount -t proc none /proc && mount -t tmpfs none /tmp && id -u'";
    assert_eq!(run(&client, "dev", own).await, "0\n");
    // Root has no more than elsewhere outside of namespaces that it makes.
    let said = host.say(spec.id, "mount -t tmpfs none /tmp").await;
    assert!(said.contains("exit"), "{said}");
    let said = host
        .say(spec.id, "mkdir /sys/fs/cgroup/memory/x /sys/fs/cgroup/x")
        .await;
    assert!(said.contains("exit"), "{said}");
}

#[tokio::test]
async fn whether_docker_works_is_tried_by_many_at_once_and_leaves_nothing() {
    let host = Host::new();
    let docker = || host.fresh();
    let (one, two, three) = (docker(), docker(), docker());
    // The last one's asker goes away in the middle.
    let hasty = tokio::time::timeout(Duration::ZERO, three.refuses(Init::Agent, Nesting::Docker));
    let (first, second, gone) = tokio::join!(
        one.refuses(Init::Agent, Nesting::Docker),
        two.refuses(Init::Agent, Nesting::Docker),
        hasty,
    );
    assert_eq!((first, second), (None, None));
    assert!(gone.is_err(), "it was there in no time: {gone:?}");
    let left = || fs::read_dir(host.path("run")).unwrap().count();
    for _ in 0..600 {
        if left() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} places that something was tried in are left", left());
}

//! What somebody who is root inside tries against the walls.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use toft_runtime::{Runtime, SandboxSpec, SandboxState};

use crate::support::Host;

/// A running sandbox and what shells in it say.
struct Inside {
    host: Host,
    spec: SandboxSpec,
}

impl Inside {
    async fn new() -> Self {
        let host = Host::new();
        let spec = host.spec("walls");
        host.runtime.start(&spec).await.unwrap();
        Self { host, spec }
    }

    async fn say(&self, line: &str) -> String {
        self.host.say(self.spec.id, line).await
    }

    /// Asserts that root inside is refused each of these.
    async fn refused(&self, attempts: &[&str]) {
        for attempt in attempts {
            let said = self
                .say(&format!("if ({attempt}) 2>&1; then echo DONE; fi"))
                .await;
            assert!(!said.contains("DONE"), "`{attempt}` succeeded: {said}");
        }
    }
}

#[tokio::test]
async fn there_are_no_devices_but_ones_own() {
    let inside = Inside::new().await;
    let attempts = [
        "mknod /tmp/sda b 8 0",
        "mknod /tmp/mem c 1 1",
        "mknod /dev/kmsg c 1 11",
        "mknod /home/dev/vda b 254 0",
    ];
    inside.refused(&attempts).await;
    let names = inside.say("cd /dev; echo *").await;
    assert_eq!(
        names.trim(),
        "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero"
    );
    assert_eq!(
        inside
            .say("echo x > /dev/null; head -c 3 /dev/zero | wc -c; test -c /dev/pts/ptmx && echo pts")
            .await,
        "3\npts\n"
    );
}

#[tokio::test]
async fn the_host_and_its_processes_are_out_of_sight() {
    let inside = Inside::new().await;
    let others = inside.say("ps -o pid,comm").await;
    assert!(
        others.lines().count() < 8 && !others.contains("cargo"),
        "{others}"
    );
    let SandboxState::Running { pid: Some(pid), .. } =
        inside.host.runtime.inspect(inside.spec.id).await.unwrap()
    else {
        panic!("it does not run");
    };
    // Neither the host's number of its own first process nor the test's means anything inside.
    inside
        .refused(&[
            &format!("kill -0 {pid}"),
            &format!("kill -0 {}", std::process::id()),
        ])
        .await;
    let mounts = inside.say("cat /proc/self/mountinfo").await;
    let data = inside.host.path("");
    assert!(
        !mounts.contains("/old")
            && inside
                .say(&format!("ls {}", data.display()))
                .await
                .contains("No such file")
    );
}

#[tokio::test]
async fn the_agent_cannot_be_replaced() {
    let inside = Inside::new().await;
    inside
        .refused(&[
            "echo x > /.toft/toft",
            "rm /.toft/toft",
            "chmod 777 /.toft/toft",
            "ln -sf /bin/sh /.toft/toft",
        ])
        .await;
}

#[tokio::test]
async fn no_file_on_disk_carries_the_range() {
    let inside = Inside::new().await;
    inside.say("echo x > /etc/mine; mkdir /opt; chown 1234:1234 /opt; echo y > /home/dev/file; chown 1000 /home/dev/file; touch /tmp/t; chmod 4755 /tmp/t").await;
    inside
        .host
        .runtime
        .stop(inside.spec.id, Duration::from_secs(5))
        .await
        .unwrap();
    let mut seen = 0;
    for dir in ["sandboxes", "volumes", "run"] {
        seen += walk(&inside.host.path(dir), &mut |path| {
            let (uid, gid) = path
                .symlink_metadata()
                .map(|found| (found.uid(), found.gid()))
                .unwrap();
            assert!(
                uid < 65_536 && gid < 65_536,
                "{} belongs to {uid}:{gid}",
                path.display()
            );
        });
    }
    assert!(seen > 10, "{seen} files looked at");
    let layer = inside
        .host
        .path("volumes")
        .join(inside.spec.id.to_string())
        .join("layer/upper");
    assert_eq!(std::fs::metadata(layer.join("opt")).unwrap().uid(), 1_234);
    assert_eq!(std::fs::metadata(layer.join("etc/mine")).unwrap().uid(), 0);
}

fn walk(dir: &Path, look: &mut dyn FnMut(&Path)) -> usize {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return 0;
    };
    let mut seen = 0;
    for entry in entries.flatten() {
        look(&entry.path());
        seen += 1;
        if entry.file_type().unwrap().is_dir() {
            seen += walk(&entry.path(), look);
        }
    }
    seen
}

#[tokio::test]
async fn a_machine_full_of_traps_harms_only_itself() {
    let inside = Inside::new().await;
    let target = inside.host.path("target");
    std::fs::create_dir(&target).unwrap();
    let traps = format!(
        "mkdir -p {0}; cp /etc/passwd /etc/group {0}; rm -rf /etc; ln -s {0} /etc",
        target.display()
    );
    inside.say(&traps).await;
    inside
        .host
        .runtime
        .stop(inside.spec.id, Duration::from_secs(5))
        .await
        .unwrap();
    inside.host.runtime.start(&inside.spec).await.unwrap();
    assert_eq!(
        inside.say("readlink /etc || ls -ld /etc").await.trim(),
        target.to_str().unwrap()
    );
    assert_eq!(
        std::fs::read_dir(&target).unwrap().count(),
        0,
        "nothing was written through the link"
    );
}

#[tokio::test]
async fn a_fork_bomb_and_a_hog_leave_the_neighbour_alone() {
    let host = Host::new();
    let (mut wild, calm) = (host.spec("wild"), host.spec("calm"));
    wild.resources.pids_limit = 48;
    wild.resources.memory_limit_bytes = Some(64 << 20);
    host.runtime.start(&wild).await.unwrap();
    host.runtime.start(&calm).await.unwrap();
    host.say(wild.id, "(bomb() { bomb | bomb & }; bomb) >/dev/null 2>&1")
        .await;
    assert_eq!(host.say(calm.id, "echo calm").await, "calm\n");
    assert!(host.runtime.usage(wild.id).await.unwrap().pids <= 48);
    host.runtime.stop(wild.id, Duration::ZERO).await.unwrap();
    assert_eq!(host.say(calm.id, "echo calm").await, "calm\n");
}

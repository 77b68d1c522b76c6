//! An init of the image's own as the first process, the agent beside it.

use std::time::{Duration, Instant};

use toft_effects::cgroup::Hierarchies;
use toft_runtime::{Exit, Init, Runtime, SandboxSpec, SandboxState};

use crate::support::Host;

const GRACE: Duration = Duration::from_mins(1);

async fn server(inittab: &str) -> (Host, SandboxSpec) {
    let host = Host::new();
    host.give_init(inittab);
    let mut spec = host.spec("server");
    spec.init = Init::System;
    host.runtime.start(&spec).await.unwrap();
    (host, spec)
}

#[tokio::test]
async fn the_images_own_init_is_first_and_the_agent_beside_it() {
    let (host, spec) =
        server("::sysinit:/bin/touch /tmp/begun\n::shutdown:/bin/touch /home/dev/ended-in-order\n").await;
    let first = "readlink /proc/1/exe; until [ -e /tmp/begun ]; do sleep 0.1; done; echo begun";
    assert_eq!(host.say(spec.id, first).await, "/bin/busybox\nbegun\n");
    // The agent's socket is the agent's alone, and orphans are the init's.
    let held = "for fd in /proc/1/fd/*; do readlink $fd; done | grep -c socket";
    assert_eq!(host.say(spec.id, held).await, "0\nexit 1\n");
    let orphan = "(sleep 0 & echo $! > /tmp/orphan); until [ ! -e /proc/$(cat /tmp/orphan) ]; do sleep 0.1; done; echo reaped";
    assert_eq!(host.say(spec.id, orphan).await, "reaped\n");
    // Twice is once.
    let before = host.runtime.inspect(spec.id).await.unwrap();
    host.fresh().start(&spec).await.unwrap();
    assert_eq!(host.runtime.inspect(spec.id).await.unwrap(), before);

    host.runtime.stop(spec.id, GRACE).await.unwrap();
    host.runtime.start(&spec).await.unwrap();
    assert_eq!(
        host.say(spec.id, "cd /home/dev; echo *").await,
        "ended-in-order\n",
        "its own way to end things was gone"
    );
}

/// Waits for its end.
async fn exit(host: &Host, spec: &SandboxSpec) -> Exit {
    let deadline = Instant::now() + GRACE;
    loop {
        if let SandboxState::Exited(exit) = host.runtime.inspect(spec.id).await.unwrap() {
            return exit;
        }
        assert!(
            Instant::now() < deadline,
            "nobody can reach it, and it counts as running"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn without_its_agent_it_does_not_run() {
    let (host, spec) = server("").await;
    assert_eq!(host.say(spec.id, "echo there").await, "there\n");
    let agent = Hierarchies::detect()
        .unwrap()
        .processes(&host.cgroup(spec.id))
        .into_iter()
        .find(|pid| {
            let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            command.starts_with(b"/.toft/toft")
        });
    // SAFETY: a plain system call; the process is one of the sandbox's.
    unsafe { libc::kill(agent.unwrap().try_into().unwrap(), libc::SIGKILL) };
    let exit = exit(&host, &spec).await;
    assert!(exit.started && exit.message.contains("agent"), "{exit:?}");
    // A start puts that in order.
    host.runtime.start(&spec).await.unwrap();
    assert_eq!(host.say(spec.id, "echo there").await, "there\n");
}

#[tokio::test]
async fn an_image_without_an_init_says_so() {
    let host = Host::new();
    let mut spec = host.spec("server");
    spec.init = Init::System;
    let told = match host.runtime.start(&spec).await {
        Err(error) => error.to_string(),
        // It may end a moment after it was seen to begin.
        Ok(()) => exit(&host, &spec).await.message,
    };
    assert!(told.contains("the image has no /sbin/init"), "{told}");
}

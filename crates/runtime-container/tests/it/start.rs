//! Starting, stopping and what is known of it.

use std::time::Duration;

use toft_runtime::{Runtime, SandboxState};

use crate::support::Host;

#[tokio::test]
async fn it_is_told_when_it_began_and_what_it_said() {
    let host = Host::new();
    let spec = host.spec("first");
    let before = std::time::SystemTime::now();
    host.runtime.start(&spec).await.unwrap();
    let SandboxState::Running { started_at, .. } = host.runtime.inspect(spec.id).await.unwrap() else {
        panic!("it does not run");
    };
    // The kernel counts in hundredths of a second since a boot that it tells in whole seconds.
    let off = started_at.duration_since(before).or_else(|e| Ok::<_, ()>(e.duration())).unwrap();
    assert!(off < Duration::from_secs(5), "{off:?}");
}

#[tokio::test]
async fn a_start_that_fails_says_why_and_leaves_nothing_running() {
    let host = Host::new();
    let mut spec = host.spec("broken");
    // A text file is no program.
    spec.agent_binary = host.path("image/etc/passwd");
    let error = host.runtime.start(&spec).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("failed to start sandbox {}: runc did not start it: ", spec.id)), "{error}");
    assert_eq!(host.runtime.inspect(spec.id).await.unwrap(), SandboxState::Prepared);
    assert!(host.runtime.remove(spec.id).await.is_empty());
    assert!(host.traces_of(spec.id).is_empty());
}

#[tokio::test]
async fn processes_get_the_time_they_were_promised() {
    let host = Host::new();
    let spec = host.spec("slow");
    host.runtime.start(&spec).await.unwrap();
    // Deaf to hang-ups, which the agent sends for the sake of shells.
    let script = "trap '' HUP; trap 'echo bye > /home/dev/bye; exit' TERM; touch /tmp/set; while :; do sleep 0.05; done";
    let wait = "while ! test -e /tmp/set; do sleep 0.01; done";
    host.say(spec.id, &format!("sh -c \"{script}\" >/dev/null 2>&1 </dev/null & {wait}")).await;
    host.runtime.stop(spec.id, Duration::from_secs(20)).await.unwrap();
    let home = host.path("volumes").join(spec.id.to_string());
    assert_eq!(std::fs::read_to_string(home.join("bye")).unwrap(), "bye\n");
}

#[tokio::test]
async fn what_does_not_end_is_killed() {
    let host = Host::new();
    let spec = host.spec("stubborn");
    host.runtime.start(&spec).await.unwrap();
    host.say(spec.id, "(trap '' TERM HUP; while :; do sleep 1; done) >/dev/null 2>&1 </dev/null &").await;
    host.runtime.stop(spec.id, Duration::from_millis(200)).await.unwrap();
    assert_eq!(host.runtime.inspect(spec.id).await.unwrap(), SandboxState::Prepared);
}

#[tokio::test]
async fn the_console_of_the_last_run_stays_and_is_bounded() {
    let host = Host::new();
    let spec = host.spec("console");
    host.runtime.start(&spec).await.unwrap();
    let console = host.path("sandboxes").join(spec.id.to_string()).join("console.log");
    std::fs::write(&console, vec![0; 3_000_000]).unwrap();
    let said = host.say(spec.id, "echo x > /proc/1/fd/1").await;
    assert!(said.contains("Permission denied"), "nobody inside can reach it: {said}");
    host.runtime.inspect(spec.id).await.unwrap();
    assert_eq!(std::fs::metadata(&console).unwrap().len(), 0);
    std::fs::write(&console, "last words\n").unwrap();
    host.runtime.stop(spec.id, Duration::from_secs(5)).await.unwrap();
    host.runtime.start(&spec).await.unwrap();
    assert_eq!(std::fs::read_to_string(console.with_extension("log.1")).unwrap(), "last words\n");
}

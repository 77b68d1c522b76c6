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
    let off = started_at
        .duration_since(before)
        .or_else(|e| Ok::<_, ()>(e.duration()))
        .unwrap();
    assert!(off < Duration::from_secs(5), "{off:?}");
}

#[tokio::test]
async fn a_start_that_fails_says_why_and_leaves_nothing_running() {
    let host = Host::new();
    let mut spec = host.spec("broken");
    // A text file is no program.
    spec.agent_binary = host.path("image/etc/passwd");
    let error = host.runtime.start(&spec).await.unwrap_err().to_string();
    assert!(
        error.starts_with(&format!(
            "failed to start sandbox {}: runc did not start it: ",
            spec.id
        )),
        "{error}"
    );
    assert_eq!(
        host.runtime.inspect(spec.id).await.unwrap(),
        SandboxState::Prepared
    );
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
    host.say(
        spec.id,
        &format!("sh -c \"{script}\" >/dev/null 2>&1 </dev/null & {wait}"),
    )
    .await;
    host.runtime.stop(spec.id, Duration::from_secs(20)).await.unwrap();
    let home = host.path("volumes").join(spec.id.to_string()).join("home");
    assert_eq!(std::fs::read_to_string(home.join("bye")).unwrap(), "bye\n");
}

#[tokio::test]
async fn what_does_not_end_is_killed() {
    let host = Host::new();
    let spec = host.spec("stubborn");
    host.runtime.start(&spec).await.unwrap();
    host.say(
        spec.id,
        "(trap '' TERM HUP; while :; do sleep 1; done) >/dev/null 2>&1 </dev/null &",
    )
    .await;
    host.runtime
        .stop(spec.id, Duration::from_millis(200))
        .await
        .unwrap();
    assert_eq!(
        host.runtime.inspect(spec.id).await.unwrap(),
        SandboxState::Prepared
    );
}

#[tokio::test]
async fn the_console_of_the_last_run_stays_and_is_bounded() {
    let host = Host::new();
    let spec = host.spec("console");
    host.runtime.start(&spec).await.unwrap();
    let console = host.path("volumes").join(spec.id.to_string()).join("console.log");
    std::fs::write(&console, vec![0; 3_000_000]).unwrap();
    let said = host.say(spec.id, "echo x > /proc/1/fd/1").await;
    assert!(
        said.contains("Permission denied"),
        "nobody inside can reach it: {said}"
    );
    host.runtime.inspect(spec.id).await.unwrap();
    assert_eq!(std::fs::metadata(&console).unwrap().len(), 0);
    std::fs::write(&console, "last words\n").unwrap();
    host.runtime.stop(spec.id, Duration::from_secs(5)).await.unwrap();
    host.runtime.start(&spec).await.unwrap();
    assert_eq!(
        std::fs::read_to_string(console.with_extension("log.1")).unwrap(),
        "last words\n"
    );
}

/// Prints figures; run alone: `cargo test -p toft-runtime-container --test it -- --ignored --nocapture`.
#[tokio::test]
#[ignore = "prints figures and asserts nothing about them"]
async fn how_long_it_takes() {
    let host = Host::new();
    let mut figures: [Vec<Duration>; 4] = Default::default();
    for number in 0..20 {
        let spec = host.spec(&format!("n{number}"));
        let begun = std::time::Instant::now();
        host.runtime.start(&spec).await.unwrap();
        figures[0].push(begun.elapsed());
        assert_eq!(host.say(spec.id, "echo x").await, "x\n");
        figures[1].push(begun.elapsed());
        let begun = std::time::Instant::now();
        host.runtime.stop(spec.id, Duration::from_secs(5)).await.unwrap();
        figures[2].push(begun.elapsed());
        let begun = std::time::Instant::now();
        assert!(host.runtime.remove(spec.id).await.is_empty());
        figures[3].push(begun.elapsed());
    }
    for (name, mut figures) in ["start", "start to exec", "stop", "remove"]
        .into_iter()
        .zip(figures)
    {
        figures.sort();
        println!(
            "{name}: median {:?}, worst {:?}",
            figures[figures.len() / 2],
            figures[figures.len() - 1]
        );
    }
}

/// Prints figures.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints figures and asserts nothing about them"]
async fn fifty_at_once() {
    let host = std::sync::Arc::new(Host::new());
    let begun = std::time::Instant::now();
    let mut all = tokio::task::JoinSet::new();
    for number in 0..50 {
        let host = std::sync::Arc::clone(&host);
        all.spawn(async move {
            let spec = host.spec(&format!("n{number}"));
            host.runtime.start(&spec).await.unwrap();
            host.say(spec.id, "echo x").await
        });
    }
    assert!(all.join_all().await.iter().all(|said| said == "x\n"));
    println!("50 at once: {:?}", begun.elapsed());
}

#[tokio::test]
async fn the_probe_finds_a_host_that_can_and_leaves_nothing() {
    let host = Host::new();
    let checks = host.runtime.probe().await;
    for check in &checks {
        println!(
            "{:4} {}: {} {}",
            check.verdict.to_string(),
            check.name,
            check.detail,
            check.fix
        );
    }
    let names: Vec<&str> = checks.iter().map(|check| check.name).collect();
    assert_eq!(
        names,
        [
            "cgroups",
            "oci-runtime",
            "inside",
            "root",
            "seccomp",
            "namespaces",
            "open-files",
            "watchers",
            "guard"
        ]
    );
    assert!(
        checks
            .iter()
            .all(|check| check.verdict != toft_runtime::Verdict::Fail)
    );
    assert_eq!(std::fs::read_dir(host.path("run")).unwrap().count(), 0);
}

#[tokio::test]
async fn starting_what_runs_gives_it_its_new_limits() {
    let host = Host::new();
    let mut spec = host.spec("resized");
    host.runtime.start(&spec).await.unwrap();
    spec.resources.memory_limit_bytes = Some(300 << 20);
    host.runtime.start(&spec).await.unwrap();
    assert_eq!(
        host.runtime.usage(spec.id).await.unwrap().memory_limit_bytes,
        Some(300 << 20)
    );
}

#[tokio::test]
async fn a_purge_leaves_nothing_on_the_host() {
    let host = Host::new();
    host.runtime.guard().unwrap();
    let spec = host.spec("purged");
    host.runtime.start(&spec).await.unwrap();
    assert!(host.fresh().purge().await.is_empty());
    assert!(host.traces_of(spec.id).is_empty());
    assert!(
        !std::path::Path::new("/run")
            .join(format!("toft-{}", host.instance))
            .exists()
    );
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(host.dir.path().to_str().unwrap()));
}

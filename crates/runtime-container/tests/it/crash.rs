//! The daemon dies before and after every effect of a sandbox's life.
//!
//! The effects are recorded during one undisturbed life; then a process of its own is killed at
//! each. What follows must find the world in a state from which everything works, and nothing
//! may be left at the end.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use toft_runtime::{Runtime, SandboxId, SandboxSpec};

use crate::support::{Host, Reopened};

/// Lives one life of a sandbox: what the killed process does.
async fn life(runtime: &impl Runtime, spec: &SandboxSpec) {
    runtime.create(spec).await.unwrap();
    runtime.start(spec).await.unwrap();
    runtime.stop(spec.id, Duration::from_secs(5)).await.unwrap();
    runtime.start(spec).await.unwrap();
    let left = runtime.remove(spec.id).await;
    assert!(left.is_empty(), "{left:?}");
}

/// Not a test of its own: the process that the sweep kills.
#[tokio::test]
async fn victim() {
    let Some(reopened) = Reopened::from_env() else {
        return;
    };
    life(&reopened.runtime, &reopened.spec).await;
}

#[tokio::test]
async fn killed_at_every_effect_it_converges() {
    let host = Host::new();
    let record = host.path("record");
    let spec = host.spec("recorded");
    let status = Reopened::run(
        &host,
        &spec,
        &[("TOFT_FAILPOINT_RECORD", record.to_str().unwrap())],
    );
    assert!(status.success());
    let effects = fs::read_to_string(&record).unwrap().lines().count();
    assert!(effects >= 16, "{effects} effects recorded");
    for (when, number) in (1..=effects).flat_map(|number| [("before", number), ("after", number)]) {
        let spec = host.spec("killed");
        let point = format!("{when}:#:{number}");
        let status = Reopened::run(&host, &spec, &[("TOFT_FAILPOINT", &point)]);
        assert!(!status.success(), "{point} was never passed");
        recovers(&host, &spec, &point).await;
    }
}

async fn recovers(host: &Host, spec: &SandboxSpec, point: &str) {
    let runtime = host.fresh();
    let id: SandboxId = spec.id;
    let deadline = Instant::now() + Duration::from_secs(20);
    // As the engine does it: an agent that was told to end just before may still be ending.
    while host.client(id).info().await.is_err() {
        assert!(Instant::now() < deadline, "{point}: it never answers");
        if let Err(error) = runtime.start(spec).await {
            panic!("{point}: {error}");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(host.say(id, "echo alive").await, "alive\n", "{point}");
    runtime.stop(id, Duration::from_secs(5)).await.unwrap();
    let left = runtime.remove(id).await;
    assert!(left.is_empty(), "{point}: {left:?}");
    let traces = host.traces_of(id);
    assert!(traces.is_empty(), "{point}: {traces:?}");
    let stage = format!("/run/toft-{}", host.instance);
    assert!(
        fs::read_dir(Path::new(&stage)).unwrap().next().is_none(),
        "{point}: the stage is empty on the host"
    );
}

//! What a started sandbox looks like from inside and outside.

use std::time::Duration;

use toft_runtime::{Runtime, SandboxState};

use crate::support::Host;

#[tokio::test]
async fn a_sandbox_starts_answers_and_stops() {
    let host = Host::new();
    let spec = host.spec("first");
    host.runtime.create(&spec).await.unwrap();
    let begun = std::time::Instant::now();
    if let Err(error) = host.runtime.start(&spec).await {
        panic!("{error}; console: {}", host.console(spec.id));
    }
    eprintln!("started in {:?}", begun.elapsed());
    let said = host.say(spec.id, "id -u; hostname; cat /proc/self/uid_map; mount; ls -l /dev /; env").await;
    eprintln!("{said}");
    assert!(matches!(host.runtime.inspect(spec.id).await.unwrap(), SandboxState::Running { .. }));
    let begun = std::time::Instant::now();
    host.runtime.stop(spec.id, Duration::from_secs(5)).await.unwrap();
    eprintln!("stopped in {:?}", begun.elapsed());
    assert_eq!(host.runtime.inspect(spec.id).await.unwrap(), SandboxState::Prepared);
}

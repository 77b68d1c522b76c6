//! Ways to the ports inside.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use toft_runtime::{Runtime, RuntimeError, SandboxId, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::Host;

/// Loopback inside is the network's to switch on; there is none here.
// Test programs have no door.
#[allow(clippy::disallowed_methods)]
fn switch_loopback_on(host: &Host, id: SandboxId) {
    let net = host.runtime.namespaces(id).join("net");
    let mut command = std::process::Command::new("nsenter");
    command
        .arg(format!("--net={}", net.display()))
        .args(["ip", "link", "set", "lo", "up"]);
    assert!(command.status().unwrap().success());
}

/// The body of a page, once somebody listens.
async fn page(host: &Host, id: SandboxId, port: u16) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut stream = loop {
        match host.runtime.connect(id, Target::Port(port)).await {
            Ok(stream) => break stream,
            Err(RuntimeError::NotListening { .. }) if Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Err(error) => panic!("{error}"),
        }
    };
    stream.write_all(b"GET /page HTTP/1.0\r\n\r\n").await.unwrap();
    let mut back = String::new();
    stream.read_to_string(&mut back).await.unwrap();
    back.rsplit("\r\n").next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn ports_inside_are_reached_and_none_of_the_hosts() {
    let host = Host::new();
    let spec = host.spec("ports");
    // Who took a wrong turn would end here.
    let outside = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = outside.local_addr().unwrap().port();
    let connect = async || host.runtime.connect(spec.id, Target::Port(port)).await.err();
    assert!(matches!(connect().await, Some(RuntimeError::Absent(_))));
    host.runtime.create(&spec).await.unwrap();
    assert!(matches!(connect().await, Some(RuntimeError::NotRunning(_))));
    host.runtime.start(&spec).await.unwrap();
    switch_loopback_on(&host, spec.id);
    assert!(matches!(connect().await, Some(RuntimeError::NotListening { .. })));
    host.say(spec.id, "mkdir /tmp/site && echo hello > /tmp/site/page")
        .await;
    for (port, address) in [(4004, "127.0.0.1"), (4006, "[::1]")] {
        // By itself it goes into the background.
        let serve = format!("/bin/busybox httpd -p {address}:{port} -h /tmp/site");
        assert_eq!(host.say(spec.id, &serve).await, "");
        assert_eq!(page(&host, spec.id, port).await, "hello\n", "{address}");
    }
    host.runtime.stop(spec.id, Duration::from_secs(5)).await.unwrap();
    assert!(matches!(connect().await, Some(RuntimeError::NotRunning(_))));
}

//! Ways in and out: ports of apps, revocation, and a daemon that hands over to the next.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

use std::net::TcpStream;

use serde_json::json;
use toft_e2e::{Daemon, eventually};

/// A machine with one web app that answers every connection with a word.
const TEMPLATE: &str = r#"
apiVersion: toft.dev/v1alpha1
kind: Template
metadata: {name: word}
spec:
  title: Word
  image: debian-shell
  apps:
    - name: word
      title: Word
      kind: web
      port: 8080
      command: [perl, -MIO::Socket::INET, -e, '$l = IO::Socket::INET->new(LocalAddr => "127.0.0.1:8080", Listen => 9, ReuseAddr => 1) or die; while ($c = $l->accept) { while (<$c>) { last if /^\r?\n$/ } print $c "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nword"; close $c }']
"#;

/// A workspace of that template.
fn create(toft: &Daemon, name: &str) {
    let spec = json!({ "apiVersion": "toft.dev/v1alpha1", "kind": "Workspace",
        "metadata": { "name": name, "namespace": "admin" }, "spec": { "template": "word" } });
    toft.feed(&["apply", "-f", "-"], TEMPLATE.as_bytes()).ok();
    toft.feed(&["apply", "-f", "-"], spec.to_string().as_bytes()).ok();
    toft.until_phase(name, "Running");
}

/// Where the app is for whoever comes by address: the port of the link's target.
fn port(toft: &Daemon, name: &str) -> u16 {
    eventually("it has a port", || {
        let path = format!("/apis/toft.dev/v1alpha1/namespaces/admin/workspaces/{name}/open");
        let link = toft.ask_by_address("POST", &path, &json!({ "app": "word" }));
        let target = link["target"].as_str()?;
        target.rsplit_once(':')?.1.trim_end_matches('/').parse().ok()
    })
}

fn is_open(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

#[test]
fn apps_keep_their_ports_and_give_them_back() {
    let mut toft = Daemon::start();
    create(&toft, "one");
    create(&toft, "two");
    let (one, two) = (port(&toft, "one"), port(&toft, "two"));
    assert_ne!(one, two);
    assert!(is_open(one) && is_open(two));

    toft.kill();
    toft.launch(&[]);
    eventually("its port is open again", || {
        (is_open(one) && is_open(two)).then_some(())
    });
    assert_eq!(
        (port(&toft, "one"), port(&toft, "two")),
        (one, two),
        "the same after a restart"
    );

    toft.run(&["stop", "one", "--wait=60"]).ok();
    eventually("the port of a stopped one is closed", || {
        (!is_open(one)).then_some(())
    });
    create(&toft, "three");
    assert_ne!(port(&toft, "three"), one, "it is kept");
    toft.run(&["start", "one", "--wait=60"]).ok();
    eventually("the same is open", || is_open(one).then_some(()));

    toft.run(&["delete", "one", "--yes", "--wait=60"]).ok();
    eventually("the port of a deleted one is closed", || {
        (!is_open(one)).then_some(())
    });
    create(&toft, "four");
    assert_eq!(port(&toft, "four"), one, "and free again");
}

//! A world outside of Toft: a server in a network namespace of the test's own, to which the host
//! has a cable and which nobody else can reach.

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::wait::eventually;

/// Answers every line with itself.
const ECHO: &str = "
import socket, threading
def talk(conn):
    with conn:
        while data := conn.recv(4096):
            conn.sendall(data)
server = socket.create_server(('', 7777))
print('ready', flush=True)
while True:
    threading.Thread(target=talk, args=(server.accept()[0],), daemon=True).start()
";

static COUNT: AtomicU32 = AtomicU32::new(0);

/// The namespace and its server; both go when it is dropped.
pub struct Outer {
    name: String,
    /// The server's address.
    pub address: String,
    /// The network that it is in, as a template's `lan` names it.
    pub network: String,
    server: Child,
}

// === impl Outer ===

impl Outer {
    /// Makes it, with an echo at port 7777.
    pub fn start() -> Self {
        let number = std::process::id() % 10_000 * 10 + COUNT.fetch_add(1, Ordering::Relaxed) % 10;
        let name = format!("toft-e2e-{number}");
        // A network for examples (RFC 5737), cut into pieces of four.
        let base = number % 64 * 4;
        let address = |last: u32| format!("198.51.100.{}", base + last);
        let (near, far) = (format!("te{number}a"), format!("te{number}b"));
        let steps = [
            format!("ip netns add {name}"),
            format!("ip link add {near} type veth peer name {far} netns {name}"),
            format!("ip address add {}/30 dev {near}", address(1)),
            format!("ip link set {near} up"),
            format!("ip -n {name} address add {}/30 dev {far}", address(2)),
            format!("ip -n {name} link set {far} up"),
            format!("ip -n {name} link set lo up"),
        ];
        for step in &steps {
            let words: Vec<&str> = step.split_whitespace().collect();
            let output = Command::new(words[0]).args(&words[1..]).output().unwrap();
            assert!(
                output.status.success(),
                "{step}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        let mut server = Command::new("ip");
        let server = server
            .args(["netns", "exec", &name, "python3", "-c", ECHO])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let outer = Self {
            name,
            address: address(2),
            network: format!("{}/30", address(0)),
            server,
        };
        eventually("the outer server listens", || {
            std::net::TcpStream::connect((outer.address.as_str(), 7777)).ok()
        });
        outer
    }
}

impl Drop for Outer {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        // The cable goes with its far end.
        let _ = Command::new("ip").args(["netns", "del", &self.name]).status();
    }
}

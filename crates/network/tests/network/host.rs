//! A host to test on: a network, mount and process namespace of its own, so that the tables of
//! the machine are never touched and nothing outlives the test.
//!
//! ```text
//!   a1 a2  b1 b2       workspaces: plain network namespaces
//!    └┬┘    └┬┘
//!   bridges of Toft's
//!      host ───── up0 203.0.113.2 ── 203.0.113.1 inet (also 8.8.8.8)
//!        └─────── lan0 192.168.50.2 ── 192.168.50.10 lan
//! ```

// Tests make what the code under test may only make through the door.
#![allow(clippy::disallowed_methods)]

use std::ffi::OsString;
use std::future::Future;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use socket2::{Domain, Protocol, Socket, Type};
use toft_effects::Door;
use toft_network::{Attach, Egress, Network, NetworkConfig, Seat};

/// Set in the process that is the host.
const ON_STAGE: &str = "TOFT_TEST_HOST";
/// How long something that must not answer is listened for.
pub const SILENCE: Duration = Duration::from_millis(400);

/// Runs a story on a host of its own: starts this test again inside new namespaces.
pub fn stage<F: Future<Output = ()>>(module: &str, name: &str, story: impl FnOnce(Host) -> F) {
    if std::env::var_os(ON_STAGE).is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        return runtime.block_on(async { story(Host::new()).await });
    }
    let test = format!("{}::{name}", module.split_once("::").unwrap().1);
    let setup = "mount -t tmpfs tmpfs /run && mount -t sysfs sysfs /sys && ip link set lo up && exec \"$@\"";
    let output = Command::new("unshare")
        .args([
            "--net",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "sh",
            "-c",
            setup,
            "sh",
        ])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &test, "--nocapture", "--test-threads=1"])
        .env(ON_STAGE, "1")
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{}\n{}", said[0], said[1]);
    assert!(said[0].contains("1 passed"), "{test} did not run: {}", said[0]);
}

/// The host of a test, with an internet and a LAN.
pub struct Host {
    /// Where data directories go.
    pub temp: Temp,
}

/// A directory that goes with the host, or one of another process's.
pub enum Temp {
    Own(tempfile::TempDir),
    Theirs(PathBuf),
}

/// A network namespace.
#[derive(Clone, Debug)]
pub struct Ns(pub String);

/// A service that says who it is and counts who came.
pub struct Service {
    visits: Arc<AtomicUsize>,
}

// === impl Host ===

impl Host {
    fn new() -> Self {
        let host = Self {
            temp: Temp::Own(tempfile::tempdir().unwrap()),
        };
        // The forwarder reads its resolv.conf as nobody.
        std::fs::set_permissions(host.temp.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
        for (ns, link, near, far) in [
            ("inet", "up0", "203.0.113.2/24", "203.0.113.1/24"),
            ("lan", "lan0", "192.168.50.2/24", "192.168.50.10/24"),
        ] {
            Ns::new(ns);
            sh(&format!("ip link add {link} type veth peer name eth0 netns {ns}"));
            sh(&format!("ip addr add {near} dev {link} && ip link set {link} up"));
            sh(&format!(
                "ip -n {ns} addr add {far} dev eth0 && ip -n {ns} link set eth0 up"
            ));
        }
        sh("ip route add default via 203.0.113.1");
        sh("ip -n inet addr add 8.8.8.8/32 dev lo");
        host
    }

    /// The host that this process runs on, made by another one.
    pub fn on(dir: &Path) -> Self {
        Self {
            temp: Temp::Theirs(dir.to_owned()),
        }
    }

    /// An instance of Toft's network, its data in a directory of its own.
    pub fn instance(&self, id: &str, pool: &str) -> Network {
        let data = self.temp.path().join(id);
        std::fs::create_dir_all(&data).unwrap();
        std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o700)).unwrap();
        let dir = data.join("run/network");
        let conf = self.temp.path().join("resolv.conf");
        std::fs::write(&conf, "nameserver 127.0.0.53\n").unwrap();
        let forwarder = env!("CARGO_BIN_EXE_toft-forwarder");
        let forwarder: Vec<OsString> = vec![forwarder.into(), "--resolv-conf".into(), conf.into()];
        let config = NetworkConfig {
            instance: id.to_owned(),
            pool: pool.parse().unwrap(),
            dir,
            forwarder,
        };
        Network::new(Door::from_env(), config).unwrap()
    }
}

/// What is to be attached: workspace `name` of the owner with this subnet, in the namespace of its name.
pub fn attach(name: &str, subnet: u32, host: u32, egress: Egress) -> Attach {
    Attach {
        uid: format!("uid-{name}"),
        owner: format!("owner{subnet}"),
        name: name.to_owned(),
        netns: Path::new("/run/netns").join(name),
        seat: Seat { subnet, host },
        egress,
    }
}

// === impl Temp ===

impl Temp {
    pub fn path(&self) -> &Path {
        match self {
            Self::Own(dir) => dir.path(),
            Self::Theirs(dir) => dir,
        }
    }
}

// === impl Ns ===

impl Ns {
    /// Makes a network namespace with nothing in it but its loopback.
    pub fn new(name: &str) -> Self {
        sh(&format!("ip netns add {name} && ip -n {name} link set lo up"));
        Self(name.to_owned())
    }

    /// Runs `act` on a thread inside.
    pub fn run<T: Send>(&self, act: impl FnOnce() -> T + Send) -> T {
        let file = std::fs::File::open(Path::new("/run/netns").join(&self.0)).unwrap();
        std::thread::scope(|scope| {
            let work = scope.spawn(move || {
                move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
                act()
            });
            work.join().unwrap()
        })
    }

    /// Runs a shell line inside.
    pub fn sh(&self, line: &str) -> String {
        sh(&format!("ip netns exec {} sh -c '{line}'", self.0))
    }

    /// A service inside.
    pub fn serve(&self, address: &str) -> Service {
        let address: SocketAddr = address.parse().unwrap();
        Service::over(self.run(|| TcpListener::bind(address).unwrap()))
    }

    /// What the service at this address says to someone inside; none when it does not answer.
    pub fn visit(&self, address: impl Into<SocketAddr>) -> Option<String> {
        let address = address.into();
        self.run(|| visit(address))
    }

    /// Whether anyone answers to a ping of this address from inside; for IPv6 through `eth0`.
    pub fn pings(&self, address: impl Into<IpAddr>) -> bool {
        let address = address.into();
        self.run(|| ping(address).unwrap_or(false))
    }
}

// === impl Service ===

impl Service {
    /// A service of the host itself.
    pub fn here(address: &str) -> Self {
        Self::over(TcpListener::bind(address).unwrap())
    }

    fn over(listener: TcpListener) -> Self {
        let visits = Arc::new(AtomicUsize::new(0));
        let seen = visits.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                seen.fetch_add(1, Ordering::SeqCst);
                let _ = write!(stream, "{}", stream.peer_addr().unwrap().ip());
            }
        });
        Self { visits }
    }

    /// How many came so far.
    pub fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }
}

/// What a service says: the address that it sees us come from.
pub fn visit(address: SocketAddr) -> Option<String> {
    let mut stream = TcpStream::connect_timeout(&address, SILENCE).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    Some(text)
}

fn ping(address: IpAddr) -> std::io::Result<bool> {
    // Type, code, checksum, identifier, number; of ICMPv6 the kernel fills in the checksum.
    let (domain, protocol, echo, reply) = match address {
        IpAddr::V4(_) => (Domain::IPV4, Protocol::ICMPV4, [8, 0, 0xf7, 0xfd, 0, 1, 0, 1], 0),
        IpAddr::V6(_) => (Domain::IPV6, Protocol::ICMPV6, [128, 0, 0, 0, 0, 1, 0, 1], 129),
    };
    let socket = Socket::new(domain, Type::RAW, Some(protocol))?;
    let target = match address {
        IpAddr::V4(address) => SocketAddr::from((address, 0)),
        IpAddr::V6(address) => {
            let scope = rustix::net::netdevice::name_to_index(&socket, "eth0").unwrap_or(0);
            SocketAddr::V6(SocketAddrV6::new(address, 0, 0, scope))
        }
    };
    socket.send_to(&echo, &target.into())?;
    socket.set_read_timeout(Some(Duration::from_millis(20)))?;
    let (end, mut buffer) = (Instant::now() + SILENCE, [0; 256]);
    while Instant::now() < end {
        let length = (&socket).read(&mut buffer).unwrap_or(0);
        // Raw sockets of IPv4 hear the header too.
        let message = if address.is_ipv4() {
            buffer.get(20..length.max(20))
        } else {
            buffer.get(..length)
        };
        let own = |message: &&[u8]| message.len() >= 8 && message[0] == reply && message[4..8] == echo[4..8];
        if message.as_ref().is_some_and(own) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Runs a shell line that must succeed.
pub fn sh(line: &str) -> String {
    let output = Command::new("sh").args(["-c", line]).output().unwrap();
    let text = [output.stdout, output.stderr]
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .concat();
    assert!(output.status.success(), "{line}: {text}");
    text
}

/// An address and a port.
pub fn at(address: Ipv4Addr, port: u16) -> SocketAddr {
    SocketAddr::from((address, port))
}

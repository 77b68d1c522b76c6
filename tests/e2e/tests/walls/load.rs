//! Load with intent against the gateway, while a terminal goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::house::House;

/// What a browser has: the daemon's address and trust in its authority.
#[derive(Clone)]
struct Browser {
    port: u16,
    token: String,
    roots: RootCertStore,
}

const NAME: &str = "toft.localhost";
/// How many of each kind are sent.
const MANY: usize = 300;
/// Half-open connections: beyond the bound of 1,024 handshakes at once. Both ends are in the file limit
/// of this machine, so the five thousand come one after another as the first are evicted.
const HALF_OPEN: usize = 5_000;

// === impl Browser ===

impl Browser {
    fn of(house: &House) -> Self {
        let token = house
            .toft
            .run(&["token", "create", "load"])
            .ok()
            .trim()
            .to_owned();
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(house.toft.data_dir().join("tls/ca.pem")).unwrap())
            .unwrap();
        let port = house.toft.url().rsplit_once(':').unwrap().1.parse().unwrap();
        Self { port, token, roots }
    }

    async fn tcp(&self) -> std::io::Result<TcpStream> {
        TcpStream::connect(("127.0.0.1", self.port)).await
    }

    async fn tls(&self, protocol: &str) -> std::io::Result<TlsStream<TcpStream>> {
        let mut config = ClientConfig::builder()
            .with_root_certificates(self.roots.clone())
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        connector
            .connect(ServerName::try_from(NAME).unwrap(), self.tcp().await?)
            .await
    }

    /// Sends these octets and reads what comes back until the other end has enough.
    async fn say(&self, protocol: &str, octets: &[u8]) -> Vec<u8> {
        let mut back = Vec::new();
        let Ok(mut stream) = self.tls(protocol).await else {
            return back;
        };
        // What is refused early is not read to its end.
        let _ = stream.write_all(octets).await;
        let _ = stream.flush().await;
        let reading = (&mut stream).take(1 << 20);
        let _ = tokio::time::timeout(Duration::from_secs(20), { reading }.read_to_end(&mut back)).await;
        back
    }
}

/// Everything that a terminal has echoed, until told to stop.
async fn echo(browser: Browser, stop: Arc<AtomicBool>, echoes: Arc<AtomicUsize>) -> Duration {
    let path = "/apis/toft.dev/v1alpha1/namespaces/admin/workspaces/dev/terminal?cols=80&rows=24";
    let mut request = format!("wss://{NAME}:{}{path}", browser.port)
        .into_client_request()
        .unwrap();
    request.headers_mut().insert(
        "authorization",
        format!("Bearer {}", browser.token).parse().unwrap(),
    );
    let stream = browser.tls("http/1.1").await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    let (mut number, mut worst) = (0, Duration::ZERO);
    while !stop.load(Ordering::Relaxed) {
        // Computed inside, so that it is an answer and not the line that was typed.
        let (line, mark) = (format!("echo w$(({number}+1))s\n"), format!("w{}s", number + 1));
        let begun = Instant::now();
        socket.send(Message::binary(line.into_bytes())).await.unwrap();
        let mut seen = String::new();
        while !seen.contains(&mark) {
            let message = tokio::time::timeout(toft_e2e::wait::PATIENCE, socket.next()).await;
            let message = message.expect("the terminal fell silent").unwrap().unwrap();
            if let Message::Binary(bytes) = message {
                seen.push_str(&String::from_utf8_lossy(&bytes));
            }
        }
        worst = worst.max(begun.elapsed());
        number += 1;
        echoes.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    worst
}

#[test]
fn a_terminal_goes_on_under_load_with_intent() {
    let house = House::new();
    house.create("dev");
    let browser = Browser::of(&house);
    let before = resident(&house);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (stop, echoes) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let terminal = tokio::spawn(echo(browser.clone(), Arc::clone(&stop), Arc::clone(&echoes)));
        until_more(&echoes).await;
        for (name, octets, protocol) in floods() {
            let octets = Arc::new(octets);
            let all = (0..MANY / 10).map(|_| {
                let (browser, octets) = (browser.clone(), Arc::clone(&octets));
                tokio::spawn(async move { browser.say(protocol, &octets).await })
            });
            let answers = futures_util::future::join_all(all).await;
            until_more(&echoes).await;
            for answer in answers {
                let text = String::from_utf8_lossy(&answer.unwrap()).into_owned();
                assert!(!text.starts_with("HTTP/1.1 2"), "{name} was taken: {text}");
            }
            bounded(&house, before, name);
        }
        slow_clients(&browser, &echoes).await;
        bounded(&house, before, "slow clients");
        half_open(&browser, &echoes).await;
        bounded(&house, before, "half-open connections");
        guesses(&browser).await;
        until_more(&echoes).await;
        stop.store(true, Ordering::Relaxed);
        let worst = terminal.await.unwrap();
        println!(
            "{} echoes, the slowest in {worst:?}",
            echoes.load(Ordering::Relaxed)
        );
    });
}

/// Waits until the terminal has echoed again.
async fn until_more(echoes: &AtomicUsize) {
    let before = echoes.load(Ordering::Relaxed);
    let deadline = Instant::now() + toft_e2e::wait::PATIENCE;
    while echoes.load(Ordering::Relaxed) < before + 2 {
        assert!(Instant::now() < deadline, "the terminal fell silent");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What is sent many times at once, and how.
fn floods() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let head = format!("GET / HTTP/1.1\r\nHost: {NAME}\r\n");
    let many: String = (0..5_000).map(|number| format!("x{number}: y\r\n")).collect();
    let large = format!("x: {}\r\n", "y".repeat(1 << 20));
    let body = format!(
        "POST /api/toft/v1/login HTTP/1.1\r\nHost: {NAME}\r\nContent-Type: application/json\r\nContent-Length: 67108864\r\n\r\n"
    );
    vec![
        (
            "many fields",
            format!("{head}{many}\r\n").into_bytes(),
            "http/1.1",
        ),
        (
            "a large field",
            format!("{head}{large}\r\n").into_bytes(),
            "http/1.1",
        ),
        (
            "a large body",
            [body.into_bytes(), vec![b'['; 8 << 20]].concat(),
            "http/1.1",
        ),
        (
            "streams that are reset",
            [preface(), resets(2_000)].concat(),
            "h2",
        ),
        (
            "settings",
            [preface(), frame(4, 0, 0, &[]).repeat(20_000)].concat(),
            "h2",
        ),
        (
            "pings",
            [preface(), frame(6, 0, 0, &[7; 8]).repeat(20_000)].concat(),
            "h2",
        ),
        (
            "a head that goes on",
            [preface(), continued(2_000)].concat(),
            "h2",
        ),
        (
            "empty frames",
            [preface(), request(1, 4), frame(0, 0, 1, &[]).repeat(20_000)].concat(),
            "h2",
        ),
        ("nonsense", vec![0xff; 1 << 20], "h2"),
    ]
}

fn preface() -> Vec<u8> {
    [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(4, 0, 0, &[])].concat()
}

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A request for the first page; the flags say whether its head and itself end here.
fn request(stream: u32, flags: u8) -> Vec<u8> {
    // GET, https and / are in the static table; the host is a literal.
    let name = NAME.as_bytes();
    let head = [
        &[0x82, 0x87, 0x84, 0x41, u8::try_from(name.len()).unwrap()][..],
        name,
    ]
    .concat();
    frame(1, flags, stream, &head)
}

fn resets(count: u32) -> Vec<u8> {
    let one = |number: u32| {
        [
            request(2 * number + 1, 5),
            frame(3, 0, 2 * number + 1, &8_u32.to_be_bytes()),
        ]
        .concat()
    };
    (0..count).flat_map(one).collect()
}

fn continued(count: usize) -> Vec<u8> {
    // A literal field without an index: `x: y…`.
    let field = [&[0, 1, b'x', 0x64][..], &[b'y'; 100]].concat();
    [request(1, 1), frame(9, 0, 1, &field.repeat(10)).repeat(count)].concat()
}

/// Heads and bodies that come in drops, and `WebSocket`s that flood.
async fn slow_clients(browser: &Browser, echoes: &AtomicUsize) {
    let mut open = Vec::new();
    for number in 0..MANY {
        let Ok(mut stream) = browser.tls("http/1.1").await else {
            continue;
        };
        let begun = if number % 2 == 0 {
            format!("GET / HTTP/1.1\r\nHost: {NAME}\r\nx:")
        } else {
            format!(
                "POST /api/toft/v1/login HTTP/1.1\r\nHost: {NAME}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{{"
            )
        };
        let _ = stream.write_all(begun.as_bytes()).await;
        open.push(stream);
    }
    for _ in 0..10 {
        for stream in &mut open {
            let _ = stream.write_all(b"x").await;
        }
        until_more(echoes).await;
    }
    assert!(open.len() > MANY / 2);
}

/// Connections that never say more than a first octet.
async fn half_open(browser: &Browser, echoes: &AtomicUsize) {
    let mut open = std::collections::VecDeque::new();
    let limit = usize::try_from(
        rustix::process::getrlimit(rustix::process::Resource::Nofile)
            .current
            .unwrap_or(1 << 20),
    )
    .unwrap();
    for number in 0..HALF_OPEN {
        if let Ok(mut stream) = browser.tcp().await {
            let _ = stream.write_all(&[0x16]).await;
            open.push_back(stream);
        }
        // As many as this process may have at once; the gateway has given up the first by then.
        if open.len() + 200 > limit {
            open.pop_front();
        }
        if number % 1_000 == 0 {
            until_more(echoes).await;
        }
    }
    until_more(echoes).await;
    let back = browser
        .say(
            "http/1.1",
            format!("GET /healthz HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n").as_bytes(),
        )
        .await;
    assert!(
        back.starts_with(b"HTTP/1.1 200"),
        "nobody else is let in: {}",
        String::from_utf8_lossy(&back)
    );
}

/// Codes for signing in, tried one after another.
async fn guesses(browser: &Browser) {
    let mut told = Vec::new();
    for number in 0..40 {
        let body = format!("{{\"code\":\"guess{number}\"}}");
        let request = format!(
            "POST /api/toft/v1/login HTTP/1.1\r\nHost: {NAME}\r\nOrigin: https://{NAME}:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            browser.port,
            body.len()
        );
        let back = browser.say("http/1.1", request.as_bytes()).await;
        let status = String::from_utf8_lossy(&back)
            .split(' ')
            .nth(1)
            .unwrap_or_default()
            .to_owned();
        told.push(status);
    }
    assert!(told.iter().all(|status| status.starts_with('4')), "{told:?}");
    assert!(
        told.iter().filter(|status| *status == "429").count() > 20,
        "who guesses is not slowed down: {told:?}"
    );
}

/// Bytes of memory that the daemon has.
fn resident(house: &House) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", house.toft.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

fn bounded(house: &House, before: u64, what: &str) {
    let after = resident(house);
    assert!(after < before + (160 << 20), "{what}: from {before} to {after}");
}

//! What other people's TLS makes of the built-in authority.

use std::path::Path;

use http::Request;
use toft_effects::Door;
use toft_effects::spawn::{Finished, Program};
use toft_gateway::trust::{Place, SystemStore, Trusted};

use crate::house::{DOMAIN, House, PUBLIC};

async fn run(program: &str, args: &[&str]) -> Finished {
    Door::default()
        .run_any(Program::new("spawn.test", program).args(args))
        .await
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_accepts_every_name_and_both_certificates() {
    let house = House::start();
    let (ca, port) = (house.ca_file(), house.address.port());
    for host in [DOMAIN, "box", "box.lan", "localhost", "127.0.0.1", PUBLIC] {
        let resolve = format!("{host}:{port}:127.0.0.1");
        let url = format!("https://{host}:{port}/");
        let curl = run(
            "curl",
            &[
                "-sS",
                "--noproxy",
                "*",
                "--cacert",
                &ca,
                "--resolve",
                &resolve,
                &url,
            ],
        )
        .await;
        assert!(curl.status.success(), "{host}: {}", text(&curl.stderr));
        let expected = if host == PUBLIC { "GET /" } else { "ui GET /" };
        assert!(
            text(&curl.stdout).starts_with(expected),
            "{host}: {}",
            text(&curl.stdout)
        );
    }
    let resolve = format!("other.example:{port}:127.0.0.1");
    let url = format!("https://other.example:{port}/");
    let curl = run(
        "curl",
        &[
            "-sS",
            "--noproxy",
            "*",
            "--cacert",
            &ca,
            "--resolve",
            &resolve,
            &url,
        ],
    )
    .await;
    assert!(!curl.status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn openssl_verifies_the_chain_and_the_host() {
    let house = House::start();
    for host in [DOMAIN, PUBLIC] {
        let to = house.address.to_string();
        let ca = house.ca_file();
        let args = [
            "s_client",
            "-connect",
            &to,
            "-servername",
            host,
            "-verify_hostname",
            host,
            "-CAfile",
            &ca,
            "-verify_return_error",
            "-brief",
            "-alpn",
            "h2",
        ];
        let seen = run("openssl", &args).await;
        let said = text(&seen.stdout) + &text(&seen.stderr);
        assert!(
            seen.status.success() && said.contains("Verification: OK"),
            "{host}: {said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_trusts_it_through_trust_alone() {
    let house = House::start();
    let home = tempfile::tempdir().unwrap();
    let database = home.path().join(".pki/nssdb");
    let url = format!("https://{}/page", house.at(DOMAIN));
    let app = format!("https://{}/page", house.at(PUBLIC));
    let door = Door::default();
    let trusted = Trusted::read(Path::new(&house.ca_file())).unwrap();
    let place = Place::Nss(database);
    assert!(!trusted.is_installed(&door, &place).await.unwrap());
    let before = browse(home.path(), &url).await;
    assert!(!before.contains("ui GET"), "trusted without being told: {before}");
    trusted.install(&door, &place).await.unwrap();
    trusted.install(&door, &place).await.unwrap();
    assert!(trusted.is_installed(&door, &place).await.unwrap());
    let page = browse(home.path(), &url).await;
    assert!(page.contains("ui GET /page from 127.0.0.1"), "{page}");
    let page = browse(home.path(), &app).await;
    assert!(page.contains("GET /page"), "{page}");
    trusted.remove(&door, &place).await.unwrap();
    trusted.remove(&door, &place).await.unwrap();
    assert!(!trusted.is_installed(&door, &place).await.unwrap());
}

async fn browse(home: &Path, url: &str) -> String {
    let profile = tempfile::tempdir_in(home).unwrap();
    let chromium = Program::new("spawn.test", "chromium")
        .env("HOME", home)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-proxy-server",
            "--disable-dev-shm-usage",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(["--dump-dom", url]);
    text(&Door::default().run_any(chromium).await.unwrap().stdout)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_systems_store_takes_it_in_and_lets_it_go() {
    let house = House::start();
    let dir = tempfile::tempdir().unwrap();
    let store = SystemStore {
        local: dir.path().join("local"),
        gathered: dir.path().join("certs"),
    };
    std::fs::create_dir(&store.gathered).unwrap();
    let bundle = store.gathered.join("ca-certificates.crt");
    let (door, place) = (Door::default(), Place::System(store));
    let trusted = Trusted::read(Path::new(&house.ca_file())).unwrap();
    trusted.install(&door, &place).await.unwrap();
    assert!(trusted.is_installed(&door, &place).await.unwrap());
    let port = house.address.port();
    let resolve = format!("{DOMAIN}:{port}:127.0.0.1");
    let url = format!("https://{DOMAIN}:{port}/");
    let bundle = bundle.to_str().unwrap();
    let curl = run(
        "curl",
        &[
            "-sS",
            "--noproxy",
            "*",
            "--cacert",
            bundle,
            "--resolve",
            &resolve,
            &url,
        ],
    )
    .await;
    assert!(curl.status.success(), "{}", text(&curl.stderr));
    trusted.remove(&door, &place).await.unwrap();
    assert!(!trusted.is_installed(&door, &place).await.unwrap());
}

#[tokio::test]
async fn sessions_are_resumed_by_ticket() {
    let house = House::start();
    let connector = house.connector(&["http/1.1"]);
    let mut kinds = Vec::new();
    for _ in 0..2 {
        let tcp = tokio::net::TcpStream::connect(house.address).await.unwrap();
        let name = rustls_pki_types::ServerName::try_from(DOMAIN).unwrap();
        let stream = connector.connect(name, tcp).await.unwrap();
        kinds.push(stream.get_ref().1.handshake_kind().unwrap());
        let io = hyper_util::rt::TokioIo::new(stream);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        let request = Request::get("/").header("host", house.at(DOMAIN));
        let request = request
            .body(http_body_util::Full::<bytes::Bytes>::default())
            .unwrap();
        crate::house::Answer::of(sender.send_request(request).await.unwrap()).await;
    }
    assert_eq!(
        kinds,
        [rustls::HandshakeKind::Full, rustls::HandshakeKind::Resumed]
    );
}

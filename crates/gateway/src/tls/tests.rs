use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use rustls_pki_types::UnixTime;

use super::*;

const DAY: Duration = Duration::from_hours(24);

fn domain() -> Domain {
    Domain::parse("toft.localhost").unwrap()
}

fn names(dns: &[&str], ips: &[&str]) -> Names {
    Names {
        dns: dns.iter().map(|name| (*name).to_owned()).collect(),
        ips: ips.iter().map(|ip| ip.parse().unwrap()).collect(),
    }
}

fn open(dir: &Path, names: &Names, now: SystemTime) -> Arc<Certificates> {
    Certificates::open(dir, &domain(), names, now).unwrap()
}

fn serial(key: &CertifiedKey) -> Vec<u8> {
    key.cert[0].to_vec()
}

/// Whether rustls accepts the certificate for `host` at `now`, trusting the authority only.
fn accepts(certificates: &Certificates, leaf: Leaf, host: &str, now: SystemTime) -> bool {
    use rustls::client::danger::ServerCertVerifier;
    use rustls_pki_types::pem::PemObject;
    let mut roots = rustls::RootCertStore::empty();
    let ca = rustls_pki_types::CertificateDer::from_pem_slice(certificates.ca_pem().as_bytes()).unwrap();
    roots.add(ca).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = rustls::client::WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
    let current = certificates.current.load();
    let end = match leaf {
        Leaf::Server => &current.server,
        Leaf::Apps => &current.apps,
    };
    let name = host.to_owned().try_into().unwrap();
    let time = UnixTime::since_unix_epoch(now.duration_since(SystemTime::UNIX_EPOCH).unwrap());
    builder
        .build()
        .unwrap()
        .verify_server_cert(&end.cert[0], &[], &name, &[], time)
        .is_ok()
}

#[test]
fn the_name_asked_for_picks_the_certificate() {
    let ui = ["box.toft.localhost".to_owned()];
    for (sni, leaf) in [
        (None, Leaf::Server),
        (Some("toft.localhost"), Leaf::Server),
        (Some("box.toft.localhost"), Leaf::Server),
        (Some("BOX.toft.localhost."), Leaf::Server),
        (Some("a--b--c.toft.localhost"), Leaf::Apps),
        (Some("A--B--C.Toft.Localhost"), Leaf::Apps),
        (Some("anything.toft.localhost"), Leaf::Apps),
        (Some("a.b.toft.localhost"), Leaf::Server),
        (Some(".toft.localhost"), Leaf::Server),
        (Some("xtoft.localhost"), Leaf::Server),
        (Some("evil.example"), Leaf::Server),
    ] {
        assert_eq!(pick(sni, &domain(), &ui), leaf, "{sni:?}");
    }
}

#[test]
fn everything_is_made_once_and_kept_private() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tls");
    let now = SystemTime::now();
    let wanted = names(&["box"], &["192.168.1.5", "127.0.0.1", "::1"]);
    let first = open(&path, &wanted, now);
    let second = open(&path, &wanted, now);
    assert_eq!(first.ca_pem(), second.ca_pem());
    assert_eq!(
        serial(&first.current.load().server),
        serial(&second.current.load().server)
    );
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o700
    );
    for entry in std::fs::read_dir(&path).unwrap() {
        assert_eq!(
            entry.unwrap().metadata().unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    for host in ["toft.localhost", "box", "192.168.1.5", "127.0.0.1", "::1"] {
        assert!(accepts(&first, Leaf::Server, host, now), "{host}");
    }
    assert!(accepts(&first, Leaf::Apps, "web--lab--alice.toft.localhost", now));
    assert!(!accepts(&first, Leaf::Apps, "toft.localhost", now));
    assert!(!accepts(
        &first,
        Leaf::Server,
        "web--lab--alice.toft.localhost",
        now
    ));
}

#[test]
fn certificates_are_renewed_a_month_before_their_end() {
    let dir = tempfile::tempdir().unwrap();
    let (wanted, now) = (names(&[], &["10.0.0.1"]), SystemTime::now());
    let certificates = open(dir.path(), &wanted, now);
    assert!(!certificates.refresh(&wanted, now + DAY * 59).unwrap());
    let later = now + DAY * 61;
    assert!(certificates.refresh(&wanted, later).unwrap());
    assert!(accepts(&certificates, Leaf::Server, "10.0.0.1", later + DAY * 89));
    assert!(!certificates.refresh(&wanted, later).unwrap());
}

#[test]
fn a_new_lan_address_gets_into_the_certificate_under_the_same_authority() {
    let dir = tempfile::tempdir().unwrap();
    let now = SystemTime::now();
    let certificates = open(dir.path(), &names(&[], &["192.168.1.5"]), now);
    let ca = certificates.ca_pem().to_owned();
    assert!(
        certificates
            .refresh(&names(&["new.lan"], &["172.20.0.9", "fd00::7"]), now)
            .unwrap()
    );
    for host in ["172.20.0.9", "fd00::7", "new.lan"] {
        assert!(accepts(&certificates, Leaf::Server, host, now), "{host}");
    }
    assert_eq!(certificates.ca_pem(), ca);
    assert_eq!(certificates.left_out(), Names::default());
}

#[test]
fn the_authority_cannot_speak_for_the_world() {
    let dir = tempfile::tempdir().unwrap();
    let now = SystemTime::now();
    let certificates = open(dir.path(), &names(&["box.example.org"], &["203.0.113.9"]), now);
    assert!(accepts(&certificates, Leaf::Server, "box.example.org", now));
    assert!(accepts(&certificates, Leaf::Server, "203.0.113.9", now));
    let strange = names(
        &["www.bank.example", "example.org"],
        &["203.0.113.10", "2001:db8::1"],
    );
    certificates.refresh(&strange, now).unwrap();
    assert_eq!(certificates.left_out(), strange);
    // Signed with the authority's key all the same, clients refuse it.
    let key = super::leaf::open(dir.path(), "forged.pem", &certificates.ca, &strange, now).unwrap();
    let pair = Pair {
        server: key,
        apps: Arc::clone(&certificates.current.load().apps),
        left_out: Names::default(),
    };
    certificates.current.store(Arc::new(pair));
    for host in ["www.bank.example", "203.0.113.10"] {
        assert!(!accepts(&certificates, Leaf::Server, host, now), "{host}");
    }
}

#[test]
fn a_new_domain_needs_a_new_authority_and_damage_is_repaired() {
    let dir = tempfile::tempdir().unwrap();
    let (wanted, now) = (Names::default(), SystemTime::now());
    let first = open(dir.path(), &wanted, now);
    let other = Domain::parse("lab.example.org").unwrap();
    let second = Certificates::open(dir.path(), &other, &wanted, now).unwrap();
    assert_ne!(first.ca_pem(), second.ca_pem());
    assert!(accepts(&second, Leaf::Apps, "a--b--c.lab.example.org", now));
    for file in ["server.pem", "apps.pem", "ca.pem"] {
        std::fs::write(dir.path().join(file), "half a fi").unwrap();
    }
    let third = Certificates::open(dir.path(), &other, &wanted, now).unwrap();
    assert_eq!(second.ca_pem(), third.ca_pem());
    assert!(accepts(&third, Leaf::Server, "lab.example.org", now));
    assert_eq!(
        std::fs::read_to_string(dir.path().join("ca.pem")).unwrap(),
        third.ca_pem()
    );
}

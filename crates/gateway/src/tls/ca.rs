//! The built-in certificate authority.
//!
//! People install it as trusted, so it is made to be worth little to a thief: it may only speak
//! for the domain, for names that can only be private, and for addresses that can only be
//! private, besides the names and addresses that this host had when it was made. LAN addresses
//! may therefore change without a new authority; a new domain needs one.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rand::RngCore;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use sha2::{Digest, Sha256};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{TlsError, files};
use crate::host::Domain;

const FILE: &str = "authority.pem";
/// A copy without the key, for people to take.
const PUBLIC_FILE: &str = "ca.pem";

const YEAR: Duration = Duration::from_hours(24 * 365);
const LIFETIME: Duration = Duration::from_hours(24 * 3652);
/// An authority that ends sooner is replaced.
const RESERVE: Duration = YEAR;

/// Names that no public authority speaks for.
const PRIVATE_NAMES: [&str; 6] = ["localhost", "local", "lan", "internal", "home.arpa", "test"];

/// Addresses that mean something only within a house: loopback, private, shared, link-local.
const PRIVATE_ADDRESSES: [(&str, u8); 9] = [
    ("127.0.0.0", 8),
    ("10.0.0.0", 8),
    ("172.16.0.0", 12),
    ("192.168.0.0", 16),
    ("100.64.0.0", 10),
    ("169.254.0.0", 16),
    ("::1", 128),
    ("fc00::", 7),
    ("fe80::", 10),
];

/// Names and addresses of a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// DNS names, in lower case.
    pub dns: BTreeSet<String>,
    /// Addresses.
    pub ips: BTreeSet<IpAddr>,
}

/// The authority and its key.
pub(crate) struct Authority {
    pem: String,
    der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
    subject: Vec<u8>,
    permitted: Permitted,
}

/// What its certificate lets an authority speak for.
struct Permitted {
    dns: Vec<String>,
    ips: Vec<Vec<u8>>,
}

// === impl Authority ===

impl Authority {
    pub(super) fn open(
        dir: &Path,
        domain: &Domain,
        names: &Names,
        now: SystemTime,
    ) -> Result<Self, TlsError> {
        let path = dir.join(FILE);
        let kept = files::read(&path)?.and_then(|text| Self::read(&text, now));
        let authority = match kept {
            Some(authority) if authority.permitted.dns(domain.as_str()) => authority,
            outdated => {
                if outdated.is_some() {
                    tracing::warn!(%domain, "the certificate authority may not speak for the domain: making a new one, which has to be trusted anew");
                }
                let (text, made) = Self::make(domain, names, now)?;
                files::write(&path, &text)?;
                made
            }
        };
        let public = dir.join(PUBLIC_FILE);
        if files::read(&public)?.as_deref() != Some(&authority.pem) {
            files::write(&public, &authority.pem)?;
        }
        Ok(authority)
    }

    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    pub(crate) fn fingerprint(&self) -> String {
        let digest = Sha256::digest(&self.der);
        digest
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect::<Vec<_>>()
            .join(":")
    }

    pub(super) fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }

    /// Its name as encoded in what it signed; unique to this authority.
    pub(super) fn subject(&self) -> &[u8] {
        &self.subject
    }

    /// Divides names into those it may speak for and the others.
    pub(super) fn split_permitted(&self, names: &Names) -> (Names, Names) {
        let (dns, other_dns) = names
            .dns
            .iter()
            .cloned()
            .partition(|name| self.permitted.dns(name));
        let (ips, other_ips) = names.ips.iter().partition(|ip| self.permitted.ip(**ip));
        (
            Names { dns, ips },
            Names {
                dns: other_dns,
                ips: other_ips,
            },
        )
    }

    /// Reads what [`Authority::make`] wrote. `None` when it is damaged or ends soon.
    fn read(text: &str, now: SystemTime) -> Option<Self> {
        let key = KeyPair::from_pem(text).ok()?;
        let der = CertificateDer::from_pem_slice(text.as_bytes()).ok()?;
        let pem = text
            .find("-----BEGIN CERTIFICATE-----")
            .map(|at| text[at..].to_owned())?;
        let issuer = Issuer::from_ca_cert_der(&der, key).ok()?;
        let (_, parsed) = X509Certificate::from_der(&der).ok()?;
        let seconds = |time: SystemTime| {
            time.duration_since(SystemTime::UNIX_EPOCH)
                .ok()?
                .as_secs()
                .try_into()
                .ok()
        };
        let end: i64 = seconds(now + RESERVE)?;
        let spki = rcgen::PublicKeyData::subject_public_key_info(issuer.key());
        if parsed.validity().not_after.timestamp() < end || parsed.public_key().raw != spki {
            return None;
        }
        let (subject, permitted) = (parsed.subject().as_raw().to_vec(), Permitted::of(&parsed)?);
        Some(Self {
            pem,
            der,
            issuer,
            subject,
            permitted,
        })
    }

    fn make(domain: &Domain, names: &Names, now: SystemTime) -> Result<(String, Self), TlsError> {
        let mut id = [0; 4];
        rand::rng().fill_bytes(&mut id);
        let subject = format!("Toft CA {:08x} for {domain}", u32::from_be_bytes(id));
        let failed = |source| TlsError::Make {
            subject: subject.clone(),
            source,
        };
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(failed)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, subject.as_str());
        params.not_before = (now - Duration::from_hours(24)).into();
        params.not_after = (now + LIFETIME).into();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.name_constraints = Some(constraints(domain, names));
        let certificate = params.self_signed(&key).map_err(failed)?;
        let text = format!("{}{}", key.serialize_pem(), certificate.pem());
        // What was just made is read back, so that there is one way to come by an authority.
        let made = Self::read(&text, now).ok_or_else(|| failed(rcgen::Error::CouldNotParseCertificate))?;
        Ok((text, made))
    }
}

/// What a new authority may speak for.
fn constraints(domain: &Domain, names: &Names) -> NameConstraints {
    let private = PRIVATE_NAMES.into_iter().map(str::to_owned);
    let dns: BTreeSet<String> = names
        .dns
        .iter()
        .cloned()
        .chain(private)
        .chain([domain.to_string()])
        .collect();
    let blocks = PRIVATE_ADDRESSES
        .into_iter()
        .filter_map(|(ip, len)| Some((ip.parse::<IpAddr>().ok()?, len)));
    let whole = |ip: &IpAddr| (*ip, if ip.is_ipv4() { 32 } else { 128 });
    let blocks: BTreeSet<(IpAddr, u8)> = blocks.chain(names.ips.iter().map(whole)).collect();
    let addresses = blocks
        .into_iter()
        .map(|(ip, len)| GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(ip, len)));
    NameConstraints {
        permitted_subtrees: dns
            .into_iter()
            .map(GeneralSubtree::DnsName)
            .chain(addresses)
            .collect(),
        excluded_subtrees: Vec::new(),
    }
}

// === impl Permitted ===

impl Permitted {
    fn of(certificate: &X509Certificate<'_>) -> Option<Self> {
        let constraints = certificate.name_constraints().ok()??.value;
        let mut permitted = Self {
            dns: Vec::new(),
            ips: Vec::new(),
        };
        for subtree in constraints.permitted_subtrees.iter().flatten() {
            match &subtree.base {
                GeneralName::DNSName(name) => permitted.dns.push((*name).to_owned()),
                GeneralName::IPAddress(bytes) => permitted.ips.push(bytes.to_vec()),
                _ => (),
            }
        }
        Some(permitted)
    }

    fn dns(&self, name: &str) -> bool {
        let within = |base: &String| {
            name.strip_suffix(base.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        self.dns.iter().any(within)
    }

    /// Subtrees are an address and a mask of equal length, one after the other.
    fn ip(&self, ip: IpAddr) -> bool {
        let octets = match ip {
            IpAddr::V4(ip) => ip.octets().to_vec(),
            IpAddr::V6(ip) => ip.octets().to_vec(),
        };
        self.ips
            .iter()
            .filter(|block| block.len() == 2 * octets.len())
            .any(|block| {
                let (base, mask) = block.split_at(octets.len());
                octets
                    .iter()
                    .zip(base)
                    .zip(mask)
                    .all(|((octet, base), mask)| octet & mask == base & mask)
            })
    }
}

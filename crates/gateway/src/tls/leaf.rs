//! One server certificate with its key, kept in a file until it is a month from its end.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SanType,
};
use rustls::crypto::aws_lc_rs::sign::any_ecdsa_type;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::ca::{Authority, Names};
use super::{TlsError, files};

const DAY: Duration = Duration::from_hours(24);
const LIFETIME: Duration = Duration::from_hours(24 * 90);
const RESERVE: Duration = Duration::from_hours(24 * 30);

/// The certificate in `file`, made anew unless it is the authority's, has just these names and
/// is valid for another while.
pub(super) fn open(
    dir: &Path,
    file: &str,
    ca: &Authority,
    names: &Names,
    now: SystemTime,
) -> Result<Arc<CertifiedKey>, TlsError> {
    let path = dir.join(file);
    if let Some(text) = files::read(&path)?
        && let Some(kept) = read(&text, ca, names, now)
    {
        return Ok(Arc::new(kept));
    }
    let text = make(ca, names, now).map_err(|source| TlsError::Make {
        subject: file.to_owned(),
        source,
    })?;
    files::write(&path, &text)?;
    tracing::info!(file, "made a certificate");
    let failed = || TlsError::Make {
        subject: file.to_owned(),
        source: rcgen::Error::CouldNotParseCertificate,
    };
    read(&text, ca, names, now).map(Arc::new).ok_or_else(failed)
}

fn read(text: &str, ca: &Authority, names: &Names, now: SystemTime) -> Option<CertifiedKey> {
    let certificate = CertificateDer::from_pem_slice(text.as_bytes()).ok()?;
    let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).ok()?;
    let key = any_ecdsa_type(&key).ok()?;
    {
        let (_, parsed) = X509Certificate::from_der(&certificate).ok()?;
        let seconds = |time: SystemTime| -> Option<i64> {
            time.duration_since(SystemTime::UNIX_EPOCH)
                .ok()?
                .as_secs()
                .try_into()
                .ok()
        };
        let validity = parsed.validity();
        let begun = validity.not_before.timestamp() <= seconds(now)?;
        let lasts = validity.not_after.timestamp() >= seconds(now + RESERVE)?;
        if !begun || !lasts || parsed.issuer().as_raw() != ca.subject() || names_of(&parsed)? != *names {
            return None;
        }
    }
    let pair = CertifiedKey::new(vec![certificate], key);
    pair.keys_match().is_ok().then_some(pair)
}

fn make(ca: &Authority, names: &Names, now: SystemTime) -> Result<String, rcgen::Error> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Toft");
    params.not_before = (now - DAY).into();
    params.not_after = (now + LIFETIME).into();
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    for name in &names.dns {
        params
            .subject_alt_names
            .push(SanType::DnsName(name.as_str().try_into()?));
    }
    params
        .subject_alt_names
        .extend(names.ips.iter().copied().map(SanType::IpAddress));
    let certificate = params.signed_by(&key, ca.issuer())?;
    Ok(format!("{}{}", key.serialize_pem(), certificate.pem()))
}

fn names_of(certificate: &X509Certificate<'_>) -> Option<Names> {
    let mut names = Names::default();
    for name in &certificate.subject_alternative_name().ok()??.value.general_names {
        match name {
            GeneralName::DNSName(name) => {
                names.dns.insert((*name).to_owned());
            }
            GeneralName::IPAddress(bytes) => {
                let v4 = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
                let ip = v4
                    .or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from))
                    .ok()?;
                names.ips.insert(ip);
            }
            _ => return None,
        }
    }
    Some(names)
}

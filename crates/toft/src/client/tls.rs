//! Whom the client trusts: the system's authorities, and the one saved at `toft login`.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use sha2::{Digest, Sha256};

use crate::failure::{Context, Outcome};

/// Where distributions keep the authorities that the system trusts.
const SYSTEM_AUTHORITIES: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// A configuration that trusts the system's authorities and those in `ca` (PEM), if any, and
/// those in the file that `TOFT_CA` names.
///
/// # Errors
/// `ca` or the file holds no certificate.
pub fn trusting(ca: Option<&str>) -> Outcome<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    let system = SYSTEM_AUTHORITIES
        .iter()
        .find_map(|path| std::fs::read(path).ok());
    if let Some(pem) = system {
        roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&pem).flatten());
    }
    if let Some(path) = std::env::var_os("TOFT_CA") {
        let pem = std::fs::read(&path).context(|| format!("read the certificate in {}", path.display()))?;
        add(&mut roots, &pem)?;
    }
    if let Some(pem) = ca {
        add(&mut roots, pem.as_bytes())?;
    }
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.context(|| "set up TLS".to_owned())?;
    Ok(Arc::new(
        builder.with_root_certificates(roots).with_no_client_auth(),
    ))
}

/// A configuration for the one request that fetches an authority which nobody vouches for yet.
/// What is fetched with it must be shown to a person, or compared with a fingerprint that the
/// person brought, before anything else is sent.
///
/// # Errors
/// TLS cannot be set up.
pub fn introducing() -> Outcome<Arc<ClientConfig>> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.context(|| "set up TLS".to_owned())?.dangerous();
    Ok(Arc::new(
        builder
            .with_custom_certificate_verifier(Arc::new(Stranger(provider())))
            .with_no_client_auth(),
    ))
}

/// SHA-256 of the first certificate in `pem`, as browsers show it.
///
/// # Errors
/// There is no certificate.
pub fn fingerprint(pem: &[u8]) -> Outcome<String> {
    let certificate = CertificateDer::from_pem_slice(pem).context(|| "read a certificate".to_owned())?;
    let digest = Sha256::digest(&certificate);
    Ok(digest
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect::<Vec<_>>()
        .join(":"))
}

fn add(roots: &mut RootCertStore, pem: &[u8]) -> Outcome<()> {
    let certificate = CertificateDer::from_pem_slice(pem).context(|| "read a certificate".to_owned())?;
    roots
        .add(certificate)
        .context(|| "trust a certificate".to_owned())
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// Accepts a server that nobody vouches for, but not a broken signature.
#[derive(Debug)]
struct Stranger(Arc<CryptoProvider>);

impl ServerCertVerifier for Stranger {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

//! Certificates: which one a client gets, made by an authority of the host's own.
//!
//! There are two: one for the UI's names and addresses, one for `*.DOMAIN` that all apps share.
//! They differ so that no browser reuses a connection to an app for the UI. Both live for 90
//! days and are renewed when a third of that is left, or when a name or address is added.

mod ca;
mod files;
mod leaf;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use self::ca::Authority;
pub use self::ca::Names;
use crate::host::Domain;

/// Which certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaf {
    /// The UI's, and that of every app with a port of its own.
    Server,
    /// The one that apps with names share.
    Apps,
}

/// Why there are no certificates.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("failed to {verb} {}: {source}", path.display())]
    File {
        /// What was to be done.
        verb: &'static str,
        /// With which file.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// A certificate cannot be made.
    #[error("failed to make the certificate {subject}: {source}")]
    Make {
        /// Whose.
        subject: String,
        /// Why.
        source: rcgen::Error,
    },
    /// The TLS library refuses what was made.
    #[error("failed to use the certificate: {0}")]
    Use(#[from] rustls::Error),
}

/// The authority, and the certificates that it made and that are now in use.
pub struct Certificates {
    dir: PathBuf,
    domain: Domain,
    ui_names: Vec<String>,
    ca: Authority,
    current: ArcSwap<Pair>,
}

struct Pair {
    server: Arc<CertifiedKey>,
    apps: Arc<CertifiedKey>,
    left_out: Names,
}

/// Which certificate a client gets that asks for `sni`: the apps' for anything just below the
/// domain that is no name of the UI's, the UI's for everything else and for clients that name none.
pub(crate) fn pick(sni: Option<&str>, domain: &Domain, ui_names: &[String]) -> Leaf {
    let Some(sni) = sni else { return Leaf::Server };
    let sni = sni.strip_suffix('.').unwrap_or(sni).to_ascii_lowercase();
    let label = sni
        .strip_suffix(domain.as_str())
        .and_then(|rest| rest.strip_suffix('.'));
    match label {
        Some(label) if !label.contains('.') && !label.is_empty() && !ui_names.contains(&sni) => Leaf::Apps,
        _ => Leaf::Server,
    }
}

// === impl Certificates ===

impl Certificates {
    /// Opens the authority in `dir`, or makes one, and sees to it that certificates for `names`
    /// are valid at `now`.
    ///
    /// # Guarantees
    /// Keys are written whole or not at all, with mode 0600. An authority that exists is kept
    /// unless it is about to end or may not speak for `domain`: people have to trust a new one.
    pub fn open(dir: &Path, domain: &Domain, names: &Names, now: SystemTime) -> Result<Arc<Self>, TlsError> {
        files::make_dir(dir)?;
        let ca = Authority::open(dir, domain, names, now)?;
        let pair = Pair::open(dir, &ca, domain, names, now)?;
        let ui_names = names.dns.iter().cloned().collect();
        let current = ArcSwap::from_pointee(pair);
        Ok(Arc::new(Self {
            dir: dir.to_owned(),
            domain: domain.clone(),
            ui_names,
            ca,
            current,
        }))
    }

    /// Renews what ends soon or lacks a name. Returns whether anything changed.
    pub fn refresh(&self, names: &Names, now: SystemTime) -> Result<bool, TlsError> {
        let pair = Pair::open(&self.dir, &self.ca, &self.domain, names, now)?;
        let old = self.current.load();
        let same = old.server.cert == pair.server.cert && old.apps.cert == pair.apps.cert;
        if !same {
            self.current.store(Arc::new(pair));
        }
        Ok(!same)
    }

    /// The authority's certificate, for people to trust.
    pub fn ca_pem(&self) -> &str {
        self.ca.pem()
    }

    /// The SHA-256 of the authority's certificate, as browsers show it.
    pub fn ca_fingerprint(&self) -> String {
        self.ca.fingerprint()
    }

    /// Names and addresses that were asked for but that the authority may not speak for: it was
    /// made before they were known. They need a new authority, which has to be trusted anew.
    pub fn left_out(&self) -> Names {
        self.current.load().left_out.clone()
    }

    pub(crate) fn pick(&self, sni: Option<&str>) -> Leaf {
        pick(sni, &self.domain, &self.ui_names)
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current.load();
        Some(Arc::clone(match self.pick(hello.server_name()) {
            Leaf::Server => &current.server,
            Leaf::Apps => &current.apps,
        }))
    }
}

impl fmt::Debug for Certificates {
    /// Hides the keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates")
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}

// === impl Pair ===

impl Pair {
    fn open(
        dir: &Path,
        ca: &Authority,
        domain: &Domain,
        names: &Names,
        now: SystemTime,
    ) -> Result<Self, TlsError> {
        let (mut server, left_out) = ca.split_permitted(names);
        server.dns.insert(domain.to_string());
        let apps = Names {
            dns: [format!("*.{domain}")].into(),
            ..Names::default()
        };
        Ok(Self {
            server: leaf::open(dir, "server.pem", ca, &server, now)?,
            apps: leaf::open(dir, "apps.pem", ca, &apps, now)?,
            left_out,
        })
    }
}

/// What the listener needs: certificates by name, HTTP/2 or 1.1, and sessions resumed by ticket.
pub(crate) fn server_config(certificates: Arc<Certificates>) -> Result<Arc<ServerConfig>, TlsError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(certificates);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = aws_lc_rs::Ticketer::new()?;
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests;

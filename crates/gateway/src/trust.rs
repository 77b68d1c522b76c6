//! Making this machine's programs trust the built-in authority, and undoing that.
//!
//! Programs look in different places: most in the system's store, Chromium and Firefox in NSS
//! databases of the person's own. Each place is installed to and removed from on its own, so that
//! the caller can say what worked where.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown};
use std::path::{Path, PathBuf};

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use toft_effects::Door;
use toft_effects::spawn::{Program, SpawnError};
use x509_parser::prelude::{FromDer, X509Certificate};

/// Why a place does not trust the authority, or trusts it still.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// What was to be trusted is no certificate.
    #[error("{} holds no certificate authority", .0.display())]
    NoAuthority(PathBuf),
    /// A file cannot be read or written.
    #[error("failed to {verb} {}: {source}", path.display())]
    File {
        /// What was to be done.
        verb: &'static str,
        /// With which file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The program for it is missing.
    #[error("{program} is not installed: apt-get install {package}")]
    Missing {
        /// The program.
        program: &'static str,
        /// The Debian package that brings it.
        package: &'static str,
    },
    /// The program for it failed.
    #[error(transparent)]
    Program(#[from] SpawnError),
}

/// The authority to be trusted: its public certificate, and the name that it goes by.
#[derive(Clone, Debug)]
pub struct Trusted {
    file: PathBuf,
    name: String,
    pem: String,
}

/// Where programs look for authorities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The system's store: curl, git, Python, Go, and so on.
    System(SystemStore),
    /// A database of NSS': Chromium, or one profile of Firefox.
    Nss(PathBuf),
}

/// The directories of `update-ca-certificates`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemStore {
    /// Where the host's own authorities lie.
    pub local: PathBuf,
    /// Where all are gathered for programs to read.
    pub gathered: PathBuf,
}

/// The places of this machine and of the person whose home this is, that exist or can be made.
pub fn places(home: &Path) -> Vec<Place> {
    let mut places = vec![
        Place::System(SystemStore::default()),
        Place::Nss(home.join(".pki/nssdb")),
    ];
    let snap = home.join("snap/chromium/current/.pki/nssdb");
    places.extend(snap.join("cert9.db").exists().then_some(Place::Nss(snap)));
    for firefox in [".mozilla/firefox", "snap/firefox/common/.mozilla/firefox"] {
        let Ok(profiles) = fs::read_dir(home.join(firefox)) else {
            continue;
        };
        let mut found: Vec<PathBuf> = profiles
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.join("cert9.db").exists())
            .collect();
        found.sort();
        places.extend(found.into_iter().map(Place::Nss));
    }
    places
}

// === impl Trusted ===

impl Trusted {
    /// Reads the authority's public certificate (`D/tls/ca.pem`).
    pub fn read(file: &Path) -> Result<Self, TrustError> {
        let pem = fs::read_to_string(file).map_err(failed("read", file))?;
        let name = common_name(&pem).ok_or_else(|| TrustError::NoAuthority(file.to_owned()))?;
        Ok(Self {
            file: file.to_owned(),
            name,
            pem,
        })
    }

    /// The name it goes by in each place.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Makes a place trust it. Doing so again changes nothing.
    pub async fn install(&self, door: &Door, place: &Place) -> Result<(), TrustError> {
        match place {
            Place::System(store) => {
                let file = store.local.join(self.file_name());
                fs::create_dir_all(&store.local).map_err(failed("make", &store.local))?;
                fs::write(&file, &self.pem).map_err(failed("write", &file))?;
                let readable = fs::Permissions::from_mode(0o644);
                fs::set_permissions(&file, readable).map_err(failed("open to readers", &file))?;
                store.update(door).await
            }
            Place::Nss(dir) => self.install_nss(door, dir).await,
        }
    }

    /// Makes a place forget it. Where it is not known, nothing changes.
    pub async fn remove(&self, door: &Door, place: &Place) -> Result<(), TrustError> {
        match place {
            Place::System(store) => {
                let file = store.local.join(self.file_name());
                match fs::remove_file(&file) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                    removed => removed.map_err(failed("remove", &file))?,
                }
                store.update(door).await
            }
            Place::Nss(dir) if !self.is_in_nss(door, dir).await? => Ok(()),
            Place::Nss(dir) => {
                run(
                    door,
                    certutil(dir).args(["-D", "-n", self.name.as_str()]),
                    "certutil",
                    "libnss3-tools",
                )
                .await
            }
        }
    }

    /// Whether a place trusts it.
    pub async fn is_installed(&self, door: &Door, place: &Place) -> Result<bool, TrustError> {
        match place {
            Place::System(store) => Ok(fs::read_to_string(store.gathered.join("ca-certificates.crt"))
                .is_ok_and(|all| all.contains(self.pem.trim()))),
            Place::Nss(dir) => self.is_in_nss(door, dir).await,
        }
    }

    async fn install_nss(&self, door: &Door, dir: &Path) -> Result<(), TrustError> {
        if !dir.join("cert9.db").exists() {
            let made = make_dirs(dir)?;
            run(
                door,
                certutil(dir).args(["-N", "--empty-password"]),
                "certutil",
                "libnss3-tools",
            )
            .await?;
            hand_over(dir, &made)?;
        } else if self.is_in_nss(door, dir).await? {
            return Ok(());
        }
        let add = certutil(dir)
            .args(["-A", "-t", "C,,", "-n", self.name.as_str(), "-i"])
            .arg(&self.file);
        run(door, add, "certutil", "libnss3-tools").await
    }

    async fn is_in_nss(&self, door: &Door, dir: &Path) -> Result<bool, TrustError> {
        if !dir.join("cert9.db").exists() {
            return Ok(false);
        }
        let listed = door
            .run_any(certutil(dir).args(["-L", "-n", self.name.as_str(), "-a"]))
            .await;
        let listed = listed.map_err(|error| missing(error, "certutil", "libnss3-tools"))?;
        Ok(listed.status.success())
    }

    fn file_name(&self) -> String {
        let safe = |c: char| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        };
        format!("{}.crt", self.name.chars().map(safe).collect::<String>())
    }
}

// === impl SystemStore ===

impl Default for SystemStore {
    /// Debian's, and Ubuntu's.
    fn default() -> Self {
        Self {
            local: "/usr/local/share/ca-certificates".into(),
            gathered: "/etc/ssl/certs".into(),
        }
    }
}

impl SystemStore {
    /// `--fresh` also removes the links of what is gone.
    async fn update(&self, door: &Door) -> Result<(), TrustError> {
        let update = Program::new("spawn.update-ca-certificates", "update-ca-certificates")
            .args(["--fresh", "--localcertsdir"])
            .arg(&self.local)
            .arg("--etccertsdir")
            .arg(&self.gathered);
        run(door, update, "update-ca-certificates", "ca-certificates").await
    }
}

fn certutil(dir: &Path) -> Program {
    let mut database = std::ffi::OsString::from("sql:");
    database.push(dir);
    Program::new("spawn.certutil", "certutil").arg("-d").arg(database)
}

async fn run(
    door: &Door,
    program: Program,
    name: &'static str,
    package: &'static str,
) -> Result<(), TrustError> {
    door.run(program)
        .await
        .map(drop)
        .map_err(|error| missing(error, name, package))
}

fn missing(error: SpawnError, program: &'static str, package: &'static str) -> TrustError {
    match error {
        SpawnError::Start { source, .. } if source.kind() == io::ErrorKind::NotFound => {
            TrustError::Missing { program, package }
        }
        error => error.into(),
    }
}

/// Makes a directory and its parents; returns those that were not there.
fn make_dirs(dir: &Path) -> Result<Vec<PathBuf>, TrustError> {
    let made: Vec<PathBuf> = dir
        .ancestors()
        .take_while(|path| !path.exists())
        .map(Path::to_owned)
        .collect();
    fs::create_dir_all(dir).map_err(failed("make", dir))?;
    Ok(made)
}

/// What root made in somebody's home is theirs.
fn hand_over(dir: &Path, made: &[PathBuf]) -> Result<(), TrustError> {
    let home = made.last().map_or(dir, PathBuf::as_path);
    let owner = home
        .parent()
        .unwrap_or(home)
        .metadata()
        .map_err(failed("look at", home))?;
    let files = fs::read_dir(dir)
        .map_err(failed("list", dir))?
        .flatten()
        .map(|entry| entry.path());
    for path in made.iter().cloned().chain(files) {
        lchown(&path, Some(owner.uid()), Some(owner.gid())).map_err(failed("hand over", &path))?;
    }
    Ok(())
}

fn common_name(pem: &str) -> Option<String> {
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
    let (_, certificate) = X509Certificate::from_der(&der).ok()?;
    let name = certificate
        .subject()
        .iter_common_name()
        .next()?
        .as_str()
        .ok()?
        .to_owned();
    certificate.is_ca().then_some(name)
}

fn failed(verb: &'static str, path: &Path) -> impl FnOnce(io::Error) -> TrustError {
    let path = path.to_owned();
    move |source| TrustError::File { verb, path, source }
}

//! A real registry on loopback, and images pushed into it.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use oci_client::client::{ClientConfig, ClientProtocol, Config, ImageLayer};
use oci_client::manifest::{OciImageIndex, OciManifest};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use rustix::process::{Pid, Signal, kill_process};
use sha2::{Digest as _, Sha256};
use toft_effects::Door;
use toft_effects::spawn::Program;

pub const USER: &str = "teacher";
pub const PASSWORD: &str = "correct horse";
/// bcrypt of `PASSWORD`.
const HTPASSWD: &str = "teacher:$2b$04$TW.944q4fA9HZUpPO.MwseGH2STXYeGMQ2/Hujq96gUmNwuh63lUi\n";

/// `docker-registry`, ended when dropped.
pub struct Server {
    dir: tempfile::TempDir,
    pid: Pid,
    pub address: SocketAddr,
    auth: RegistryAuth,
}

/// A layer as it is pushed.
#[derive(Clone)]
pub struct Layer {
    pub bytes: Vec<u8>,
    pub media_type: &'static str,
    pub diff_id: String,
}

impl Server {
    pub fn start() -> Self {
        Self::launch(false)
    }

    pub fn start_with_password() -> Self {
        Self::launch(true)
    }

    fn launch(password: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for _ in 0..20 {
            // Another process may take the port between this and the server's own bind.
            let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let config = dir.path().join("config.yml");
            fs::write(&config, configuration(dir.path(), address, password)).unwrap();
            let log = File::create(dir.path().join("log")).unwrap();
            let program = Program::new("test.registry", "docker-registry")
                .arg("serve")
                .arg(&config);
            let pid = Door::default().spawn_detached(program, log).unwrap();
            let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
            if answers(address, pid) {
                let auth = if password {
                    RegistryAuth::Basic(USER.into(), PASSWORD.into())
                } else {
                    RegistryAuth::Anonymous
                };
                return Self {
                    dir,
                    pid,
                    address,
                    auth,
                };
            }
        }
        panic!(
            "no registry: {}",
            fs::read_to_string(dir.path().join("log")).unwrap_or_default()
        );
    }

    /// Pushes an image of these layers; answers its manifest's digest.
    pub async fn push(&self, name: &str, layers: &[Layer]) -> String {
        let config = serde_json::json!({
            "architecture": architecture(), "os": "linux",
            "config": {"Env": ["PATH=/bin", "GREETING=hello"], "Entrypoint": ["/bin/sh"], "User": "1000", "WorkingDir": "/srv"},
            "rootfs": {"type": "layers", "diff_ids": layers.iter().map(|layer| &layer.diff_id).collect::<Vec<_>>()},
        });
        self.push_with(name, layers, config.to_string()).await
    }

    pub async fn push_with(&self, name: &str, layers: &[Layer], config: String) -> String {
        let reference = self.reference(name);
        let layers: Vec<ImageLayer> = layers
            .iter()
            .map(|layer| ImageLayer::new(layer.bytes.clone(), layer.media_type.to_owned(), None))
            .collect();
        let config = Config::oci_v1(config.into_bytes(), None);
        client()
            .push(&reference, &layers, config, &self.auth, None)
            .await
            .unwrap();
        client()
            .fetch_manifest_digest(&reference, &self.auth)
            .await
            .unwrap()
    }

    /// Pushes an index of pushed manifests: platform and digest each.
    pub async fn push_index(&self, name: &str, entries: &[(&str, &str, &str)]) {
        let manifests: Vec<_> = entries
            .iter()
            .map(|(os, architecture, digest)| {
                serde_json::json!({"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest, "size": 500,
                    "platform": {"os": os, "architecture": architecture}})
            })
            .collect();
        let index = serde_json::json!({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": manifests});
        let index: OciImageIndex = serde_json::from_value(index).unwrap();
        let (client, reference) = (client(), self.reference(name));
        client
            .auth(&reference, &self.auth, oci_client::RegistryOperation::Push)
            .await
            .unwrap();
        client
            .push_manifest(&reference, &OciManifest::ImageIndex(index))
            .await
            .unwrap();
    }

    /// Where the registry keeps a blob.
    pub fn blob_file(&self, digest: &str) -> PathBuf {
        let hex = digest.strip_prefix("sha256:").unwrap();
        self.dir
            .path()
            .join("data/docker/registry/v2/blobs/sha256")
            .join(&hex[..2])
            .join(hex)
            .join("data")
    }

    fn reference(&self, name: &str) -> Reference {
        format!("{}/{name}", self.address).parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = kill_process(self.pid, Signal::KILL);
    }
}

impl Layer {
    pub fn plain(archive: &[u8]) -> Self {
        Self {
            bytes: archive.to_vec(),
            media_type: "application/vnd.oci.image.layer.v1.tar",
            diff_id: digest(archive),
        }
    }

    pub fn gzip(archive: &[u8]) -> Self {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, archive).unwrap();
        let bytes = encoder.finish().unwrap();
        Self {
            bytes,
            media_type: "application/vnd.oci.image.layer.v1.tar+gzip",
            diff_id: digest(archive),
        }
    }

    pub fn zstd(archive: &[u8]) -> Self {
        let bytes = zstd::encode_all(archive, 3).unwrap();
        Self {
            bytes,
            media_type: "application/vnd.oci.image.layer.v1.tar+zstd",
            diff_id: digest(archive),
        }
    }

    pub fn digest(&self) -> String {
        digest(&self.bytes)
    }
}

fn client() -> Client {
    Client::new(ClientConfig {
        protocol: ClientProtocol::Http,
        ..ClientConfig::default()
    })
}

pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

pub fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "amd64"
    }
}

fn configuration(dir: &Path, address: SocketAddr, password: bool) -> String {
    let data = dir.join("data");
    let mut text = format!(
        "version: 0.1\nlog: {{level: warn}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: '{address}'}}\n",
        data.display()
    );
    if password {
        let file = dir.join("htpasswd");
        fs::write(&file, HTPASSWD).unwrap();
        writeln!(
            text,
            "auth: {{htpasswd: {{realm: test, path: {}}}}}",
            file.display()
        )
        .unwrap();
    }
    text
}

/// Waits until the server listens; false when it ended instead.
fn answers(address: SocketAddr, pid: Pid) -> bool {
    let deadline = Instant::now() + Duration::from_mins(1);
    while Instant::now() < deadline {
        if TcpStream::connect(address).is_ok() {
            return true;
        }
        let state = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
        if state.is_empty() || state.contains(") Z ") {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

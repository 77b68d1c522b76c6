//! A real registry on loopback (Debian's `docker-registry`) with small images in it.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::wait::eventually;

/// The programs of busybox that images carry.
const PROGRAMS: [&str; 15] = [
    "sh",
    "cat",
    "echo",
    "false",
    "hostname",
    "id",
    "ls",
    "mkdir",
    "pwd",
    "sha256sum",
    "sleep",
    "stat",
    "touch",
    "true",
    "whoami",
];
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A registry; ended when it is dropped.
pub struct Registry {
    dir: TempDir,
    server: Child,
    address: SocketAddr,
}

/// A layer: an uncompressed archive.
pub struct Layer(Vec<u8>);

// === impl Registry ===

impl Registry {
    /// Starts one at a free port.
    pub fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        loop {
            // Another process may take the port between this and the server's own bind.
            let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let data = dir.path().join("data");
            let config = format!(
                "version: 0.1\nlog: {{level: warn}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: '{address}'}}\n",
                data.display()
            );
            std::fs::write(dir.path().join("config.yml"), config).unwrap();
            let log = File::create(dir.path().join("log")).unwrap();
            let mut server = Command::new("docker-registry");
            server
                .arg("serve")
                .arg(dir.path().join("config.yml"))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log);
            let mut server = server
                .spawn()
                .expect("docker-registry is not installed: run `scripts/setup test`");
            let listens = eventually("the registry listens", || match server.try_wait().unwrap() {
                Some(_) => Some(false),
                None => TcpStream::connect(address).is_ok().then_some(true),
            });
            if listens {
                return Self { dir, server, address };
            }
        }
    }

    /// What an image of it is called: `NAME:TAG` behind its address.
    pub fn reference(&self, name: &str) -> String {
        format!("{}/{name}", self.address)
    }

    /// Pushes an image, `NAME:TAG`, of these layers; answers its digest.
    pub fn push(&self, name: &str, layers: &[Layer]) -> String {
        let (repository, tag) = name.split_once(':').unwrap();
        let architecture = if cfg!(target_arch = "aarch64") {
            "arm64"
        } else {
            "amd64"
        };
        let diffs: Vec<String> = layers.iter().map(|layer| digest(&layer.0)).collect();
        let config = json!({
            "architecture": architecture, "os": "linux",
            "config": { "Env": ["PATH=/bin", "GREETING=hello"] },
            "rootfs": { "type": "layers", "diff_ids": diffs },
        });
        let layers: Vec<Value> = layers
            .iter()
            .map(|layer| {
                self.blob(
                    repository,
                    &piped("gzip", &["-1"], &layer.0),
                    "application/vnd.oci.image.layer.v1.tar+gzip",
                )
            })
            .collect();
        let config = self.blob(
            repository,
            config.to_string().as_bytes(),
            "application/vnd.oci.image.config.v1+json",
        );
        let manifest =
            json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers })
                .to_string();
        self.put(
            &format!("http://{}/v2/{repository}/manifests/{tag}", self.address),
            manifest.as_bytes(),
            MANIFEST,
        );
        digest(manifest.as_bytes())
    }

    /// Uploads a blob; answers its descriptor.
    fn blob(&self, repository: &str, bytes: &[u8], media_type: &str) -> Value {
        let begin = format!("http://{}/v2/{repository}/blobs/uploads/", self.address);
        let head = curl(
            &[
                "--request",
                "POST",
                "--dump-header",
                "-",
                "--output",
                "/dev/null",
                &begin,
            ],
            b"",
        );
        let place = head
            .lines()
            .find_map(|line| line.strip_prefix("Location: "))
            .expect("the registry names no place")
            .trim();
        let digest = digest(bytes);
        self.put(
            &format!("{place}&digest={digest}"),
            bytes,
            "application/octet-stream",
        );
        json!({ "mediaType": media_type, "digest": digest, "size": bytes.len() })
    }

    fn put(&self, url: &str, bytes: &[u8], media_type: &str) {
        let file = self.dir.path().join("body");
        std::fs::write(&file, bytes).unwrap();
        let body = format!("@{}", file.display());
        curl(
            &[
                "--request",
                "PUT",
                "--header",
                &format!("Content-Type: {media_type}"),
                "--data-binary",
                &body,
                url,
            ],
            b"",
        );
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

// === impl Layer ===

impl Layer {
    /// A layer of files with this text, owned by root. A name that ends with `/` is a folder.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            if name.ends_with('/') {
                std::fs::create_dir_all(path).unwrap();
            } else {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
        }
        Self::pack(dir.path())
    }

    /// A shell and what belongs to it, without any library: busybox.
    pub fn busybox() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let bin = dir.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        std::fs::copy("/bin/busybox", bin.join("busybox"))
            .expect("busybox-static is not installed: run `scripts/setup test`");
        for program in PROGRAMS {
            symlink("busybox", bin.join(program)).unwrap();
        }
        Self::pack(dir.path())
    }

    /// A layer of one symbolic link.
    pub fn linked(name: &str, target: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
        Self::pack(dir.path())
    }

    /// A layer of these octets, whatever they are.
    pub fn raw(archive: Vec<u8>) -> Self {
        Self(archive)
    }

    /// A layer of programs of this machine, put into `/bin` under their own names.
    pub fn programs(paths: &[&Path]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let bin = dir.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        for path in paths {
            std::fs::copy(path, bin.join(path.file_name().unwrap())).unwrap();
        }
        Self::pack(dir.path())
    }

    fn pack(dir: &Path) -> Self {
        // Of a temporary folder only its owner may enter; the root of an image is everybody's.
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o755)).unwrap();
        let dir = dir.to_str().unwrap();
        Self(piped(
            "tar",
            &[
                "--create",
                "--owner=0",
                "--group=0",
                "--numeric-owner",
                "--mtime=@1",
                "--directory",
                dir,
                ".",
            ],
            b"",
        ))
    }
}

/// The layers of a small machine: a shell, users of its own, and a file that is gone again.
pub fn small_machine() -> Vec<Layer> {
    vec![
        Layer::busybox(),
        Layer::of(&[
            ("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
            ("etc/group", "root:x:0:\n"),
            ("etc/motd", "old\n"),
            ("etc/gone", "hidden later\n"),
            ("root/", ""),
            ("tmp/", ""),
        ]),
        Layer::of(&[("etc/motd", "new\n"), ("etc/.wh.gone", "")]),
    ]
}

/// An `Image` of that reference and a `Template` of it, both of this name, as YAML.
pub fn template(name: &str, reference: &str) -> String {
    let mut text = String::new();
    let spec = format!("{{source: {{oci: {{reference: '{reference}'}}}}}}");
    writeln!(
        text,
        "apiVersion: toft.dev/v1alpha1\nkind: Image\nmetadata: {{name: {name}}}\nspec: {spec}\n---"
    )
    .unwrap();
    let spec = format!(
        "{{title: Small, image: {name}, user: {{name: toft, uid: 1000, home: /home/toft, shell: /bin/sh}}}}"
    );
    writeln!(
        text,
        "apiVersion: toft.dev/v1alpha1\nkind: Template\nmetadata: {{name: {name}}}\nspec: {spec}"
    )
    .unwrap();
    text
}

fn digest(bytes: &[u8]) -> String {
    let sum = String::from_utf8(piped("sha256sum", &[], bytes)).unwrap();
    format!("sha256:{}", sum.split_whitespace().next().unwrap())
}

fn curl(args: &[&str], input: &[u8]) -> String {
    let args: Vec<&str> = ["--silent", "--show-error", "--fail", "--noproxy", "*"]
        .iter()
        .chain(args)
        .copied()
        .collect();
    String::from_utf8(piped("curl", &args, input)).unwrap()
}

/// What a program makes of `input`.
fn piped(program: &str, args: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = Command::new(program);
    let mut child = command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // Both at once: neither waits for the other to read.
        scope.spawn(move || drop(stdin.write_all(input)));
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{program} {args:?}: {}", output.status);
        output.stdout
    })
}

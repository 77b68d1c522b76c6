//! ttyd of a Debian release that has it, run by the libraries that it came with: a shell of the
//! host's in a browser, with the certificate and key of Toft's own gateway.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::process::Child;

use super::local;
use crate::client::Aim;
use crate::failure::{Context, Failure};
use crate::process;

/// Where `scripts/setup bench` unpacks it.
const ROOT: &str = "/var/cache/toft/bench/ttyd";

/// ttyd; ends when it is dropped.
#[derive(Debug)]
pub struct Ttyd {
    port: u16,
    _child: Child,
}

// === impl Ttyd ===

impl Ttyd {
    /// Starts it with its files in `dir` and the certificate in `pem`.
    pub async fn start(dir: &Path, pem: &Path) -> Result<Self, Failure> {
        let port = local::free_port()?;
        let libraries = format!("{ROOT}/usr/lib/{}-linux-gnu", std::env::consts::ARCH);
        let loader = loader(Path::new(&libraries))?;
        // It opens this one by itself. A directory of its own: the shell must not find the others.
        let plugin = "libwebsockets-evlib_uv.so";
        let linked = std::fs::create_dir_all(dir)
            .and_then(|()| symlink(Path::new(&libraries).join(plugin), dir.join(plugin)));
        linked.context(|| format!("write into {}", dir.display()))?;
        let (pem, number) = (pem.display().to_string(), port.to_string());
        let child = process::command(loader, &["--library-path", &libraries])
            .arg(format!("{ROOT}/usr/bin/ttyd"))
            .args([
                "--interface",
                "127.0.0.1",
                "--port",
                &number,
                "--writable",
                "--debug",
                "3",
            ])
            .args(["--ssl", "--ssl-cert", &pem, "--ssl-key", &pem])
            .args(["bash", "--norc", "--noprofile"])
            .env("LD_LIBRARY_PATH", dir)
            .spawn()
            .context(|| "start ttyd".to_owned())?;
        let ttyd = Self { port, _child: child };
        process::until("ttyd's start", Duration::from_secs(20), || async {
            TcpStream::connect(("127.0.0.1", port)).await.is_ok()
        })
        .await?;
        Ok(ttyd)
    }

    /// Its page, under a host that the certificate is for.
    pub fn aim(&self, host: &str) -> Aim {
        Aim {
            name: "ttyd",
            port: self.port,
            host: host.to_owned(),
            cookie: String::new(),
        }
    }
}

/// What starts programs of that root without entering it.
fn loader(libraries: &Path) -> Result<PathBuf, Failure> {
    let mut entries = std::fs::read_dir(libraries).into_iter().flatten().flatten();
    let found = entries.find(|entry| entry.file_name().to_string_lossy().starts_with("ld-linux-"));
    let found = found.map(|entry| entry.path());
    found.ok_or_else(|| {
        Failure::new(format!(
            "there is no ttyd in {ROOT}; `scripts/setup bench` makes it"
        ))
    })
}

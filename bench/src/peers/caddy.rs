//! Caddy before the app on the host: its defaults, connections to the app kept, no log of
//! requests, the certificate and key of Toft's own gateway.

use std::path::Path;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::process::Child;

use super::local::{self, Local};
use crate::client::Aim;
use crate::failure::{Context, Failure};
use crate::process;

/// Where `scripts/setup bench` puts it: it is built from its Go module.
const PROGRAM: &str = "/var/cache/toft/bench/caddy";

/// Caddy; ends when it is dropped.
#[derive(Debug)]
pub struct Caddy {
    port: u16,
    _app: Local,
    _child: Child,
}

// === impl Caddy ===

impl Caddy {
    /// Starts it with its files in `dir` and the certificate in `pem`.
    pub async fn start(dir: &Path, pem: &Path) -> Result<Self, Failure> {
        let app = Local::start().await?;
        let port = local::free_port()?;
        let config = dir.join("Caddyfile");
        local::write(&config, &configuration(pem, port, app.port()))?;
        let path = config.display().to_string();
        let child = process::command(PROGRAM, &["run", "--config", &path, "--adapter", "caddyfile"])
            .env("XDG_DATA_HOME", dir)
            .env("XDG_CONFIG_HOME", dir)
            .stderr(std::process::Stdio::null())
            .spawn()
            .context(|| format!("start {PROGRAM}; `scripts/setup bench` installs it"))?;
        let caddy = Self {
            port,
            _app: app,
            _child: child,
        };
        process::until("Caddy's start", Duration::from_secs(20), || async {
            TcpStream::connect(("127.0.0.1", port)).await.is_ok()
        })
        .await?;
        Ok(caddy)
    }

    /// Its page.
    pub fn aim(&self, host: &str) -> Aim {
        Aim {
            name: "Caddy",
            port: self.port,
            host: host.to_owned(),
            cookie: String::new(),
        }
    }
}

fn configuration(pem: &Path, port: u16, app: u16) -> String {
    let pem = pem.display();
    format!(
        "{{
	admin off
	auto_https off
	persist_config off
}}
https://*.toft.localhost:{port} {{
	bind 127.0.0.1
	tls {pem} {pem} {{
		protocols tls1.3
	}}
	reverse_proxy 127.0.0.1:{app} {{
		transport http {{
			keepalive_idle_conns_per_host 256
		}}
	}}
}}
"
    )
}

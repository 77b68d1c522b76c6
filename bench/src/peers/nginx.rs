//! nginx before the app on the host: as many workers as cores, connections to the app kept, no
//! logs, TLS 1.3 with the certificate and key of Toft's own gateway.

use std::path::Path;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::process::Child;

use super::local::{self, Local};
use crate::client::Aim;
use crate::failure::{Context, Failure};
use crate::process;

/// nginx; ends when it is dropped.
#[derive(Debug)]
pub struct Nginx {
    port: u16,
    app: Local,
    _child: Child,
}

// === impl Nginx ===

impl Nginx {
    /// Starts it with its files in `dir` and the certificate in `pem`.
    pub async fn start(dir: &Path, pem: &Path) -> Result<Self, Failure> {
        let app = Local::start().await?;
        let port = local::free_port()?;
        let config = dir.join("nginx.conf");
        local::write(&config, &configuration(dir, pem, port, app.port()))?;
        // Its workers would outlive it: they end with a process namespace of their own.
        let path = config.display().to_string();
        let child = process::command("unshare", &["--pid", "--fork", "--kill-child"])
            .args(["nginx", "-c", &path, "-e", "stderr"])
            .spawn()
            .context(|| "start nginx; `scripts/setup bench` installs it".to_owned())?;
        let nginx = Self {
            port,
            app,
            _child: child,
        };
        process::until("nginx' start", Duration::from_secs(20), || async {
            TcpStream::connect(("127.0.0.1", port)).await.is_ok()
        })
        .await?;
        Ok(nginx)
    }

    /// Its page, under the host that Toft's own app has.
    pub fn aim(&self, host: &str) -> Aim {
        Aim {
            name: "nginx",
            port: self.port,
            host: host.to_owned(),
            cookie: String::new(),
        }
    }

    /// The port of the app behind it.
    pub fn app(&self) -> u16 {
        self.app.port()
    }
}

fn configuration(dir: &Path, pem: &Path, port: u16, app: u16) -> String {
    let (dir, pem) = (dir.display(), pem.display());
    format!(
        r"user root;
daemon off;
pid {dir}/pid;
worker_processes auto;
error_log /dev/null;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {dir}/body;
  proxy_temp_path {dir}/proxy;
  fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi;
  scgi_temp_path {dir}/scgi;
  keepalive_requests 1000000000;
  upstream app {{ server 127.0.0.1:{app}; keepalive 256; keepalive_requests 1000000000; }}
  map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
  server {{
    listen 127.0.0.1:{port} ssl backlog=4096;
    ssl_certificate {pem};
    ssl_certificate_key {pem};
    ssl_protocols TLSv1.3;
    location / {{
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto https;
      proxy_read_timeout 300;
    }}
  }}
}}
"
    )
}

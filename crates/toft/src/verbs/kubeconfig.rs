//! `toft kubeconfig`: a file with which a stock kubectl, k9s or Terraform talks to this Toft.

use clap::Args;
use http::Method;
use serde_json::json;

use crate::client::{Api, read};
use crate::failure::{Context, Failure, Outcome};
use crate::output;

/// Arguments of `kubeconfig`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  toft kubeconfig > toft.kubeconfig && kubectl --kubeconfig toft.kubeconfig get workspaces\n  toft kubeconfig --days 7"
)]
pub struct Kubeconfig {
    /// Days until its token expires.
    #[arg(long, default_value_t = 30, value_name = "DAYS")]
    days: u32,
}

// === impl Kubeconfig ===

impl Kubeconfig {
    pub async fn run(self, api: &Api) -> Outcome<()> {
        let host = api.get("/api/toft/v1/host").await?;
        // The way that led here leads there for kubectl too.
        let server = match api.remote_url() {
            Some(url) => url,
            None => host["urls"][0]
                .as_str()
                .ok_or_else(|| Failure::new("the daemon does not say where it serves"))?
                .to_owned(),
        };
        let name = host["host"].as_str().unwrap_or("toft");
        let me = api.get("/api/toft/v1/me").await?;
        let user = me["user"].as_str().unwrap_or_default();
        let answer = api
            .call(Method::GET, "/api/toft/v1/ca.pem", "*/*", "", bytes::Bytes::new())
            .await?;
        let ca =
            String::from_utf8(read(answer).await?.into()).context(|| "read the certificate".to_owned())?;
        let wish = json!({ "name": "kubeconfig", "expiresInSeconds": u64::from(self.days) * 86_400 });
        let token = api.json(Method::POST, "/api/toft/v1/tokens", &wish).await?;
        let config = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{ "name": name, "cluster": { "server": resolvable(&server), "certificate-authority-data": base64(ca.as_bytes()) } }],
            "users": [{ "name": user, "user": { "token": token["token"] } }],
            "contexts": [{ "name": name, "context": { "cluster": name, "user": user, "namespace": me["namespace"] } }],
            "current-context": name,
        });
        output::data(&output::yaml(&config)?)
    }
}

/// The URL with a host that every program finds: names below `localhost` are for browsers,
/// kubectl asks name servers for them. `localhost` itself is in every certificate of Toft's.
fn resolvable(url: &str) -> String {
    let Ok(uri) = url.parse::<http::Uri>() else {
        return url.to_owned();
    };
    match uri.host() {
        Some(host) if host.ends_with(".localhost") => {
            format!(
                "https://localhost{}",
                uri.port().map(|port| format!(":{port}")).unwrap_or_default()
            )
        }
        _ => url.to_owned(),
    }
}

/// Base64 with padding (RFC 4648, section 4), as kubeconfig files have it.
fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubectl_finds_the_host() {
        assert_eq!(
            resolvable("https://toft.localhost:8443"),
            "https://localhost:8443"
        );
        assert_eq!(resolvable("https://toft.localhost"), "https://localhost");
        for url in [
            "https://localhost:1",
            "https://192.168.1.5:8443",
            "https://[fe80::1]:8443",
            "https://toft.lan",
        ] {
            assert_eq!(resolvable(url), url);
        }
    }
}

//! Asking one registry for one image: requests, sign-in, and its errors in its own words.
//!
//! Plain HTTP only for registries on loopback. A layer's foreign URLs are never followed, and a
//! redirect may not leave HTTPS.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::secrets::RegistryAuth;
use oci_client::{Reference, RegistryOperation};
use reqwest::header::{ACCEPT, RANGE};
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::manifest::ACCEPTED;
use crate::error::ImageError;
use crate::store::Credentials;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// A connection that brings nothing for so long is dead.
const READ_TIMEOUT: Duration = Duration::from_mins(1);
/// Of an error's text.
const MAX_ERROR_BYTES: u64 = 64 << 10;
const MAX_REDIRECTS: usize = 5;

/// One image's place in its registry.
pub(super) struct Registry {
    http: reqwest::Client,
    signer: oci_client::Client,
    reference: Reference,
    credentials: Option<Credentials>,
    token: Mutex<Option<String>>,
}

/// Errors as registries send them.
#[derive(Deserialize)]
struct Envelope {
    errors: Vec<Complaint>,
}

#[derive(Deserialize)]
struct Complaint {
    code: String,
    #[serde(default)]
    message: String,
}

// === impl Registry ===

impl Registry {
    pub(super) fn new(
        reference: Reference,
        credentials: &BTreeMap<String, Credentials>,
    ) -> Result<Self, ImageError> {
        let host = reference.resolve_registry().to_owned();
        let local = is_loopback(&host);
        let protocol = if local {
            ClientProtocol::Http
        } else {
            ClientProtocol::Https
        };
        let config = ClientConfig {
            protocol,
            connect_timeout: Some(CONNECT_TIMEOUT),
            read_timeout: Some(READ_TIMEOUT),
            ..ClientConfig::default()
        };
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .redirect(redirects())
            .user_agent(concat!("toft/", env!("CARGO_PKG_VERSION")));
        if local {
            builder = builder.no_proxy();
        }
        let credentials = credentials
            .get(&host)
            .or_else(|| credentials.get(reference.registry()))
            .cloned();
        let http = builder.build().map_err(|error| unreachable(&reference, &error))?;
        Ok(Self {
            http,
            signer: oci_client::Client::new(config),
            reference,
            credentials,
            token: Mutex::default(),
        })
    }

    /// The registry's host and port.
    pub(super) fn host(&self) -> &str {
        self.reference.resolve_registry()
    }

    /// The image, in full.
    pub(super) fn name(&self) -> String {
        self.reference.whole()
    }

    /// What to ask for: a digest before a tag.
    pub(super) fn wanted(&self) -> String {
        self.reference
            .digest()
            .or(self.reference.tag())
            .unwrap_or("latest")
            .to_owned()
    }

    /// A document of this image that cannot be used.
    pub(super) fn bad(&self, what: &'static str, reason: String) -> ImageError {
        ImageError::Manifest {
            what,
            reference: self.name(),
            reason,
        }
    }

    /// The bytes of a manifest or index, unverified.
    pub(super) async fn manifest(&self, wanted: &str, limit: u64) -> Result<Vec<u8>, ImageError> {
        let response = self.get(&format!("manifests/{wanted}"), ACCEPTED, 0).await?;
        match bounded(response, limit).await {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err(self.bad("manifest", format!("it has more than {limit} bytes"))),
            Err(error) => Err(self.unreachable(&error)),
        }
    }

    /// A blob from `offset`; whether the answer begins there or at the start is for the caller.
    pub(super) async fn blob(&self, digest: &str, offset: u64) -> Result<Response, ImageError> {
        self.get(&format!("blobs/{digest}"), "*/*", offset).await
    }

    pub(super) fn unreachable(&self, error: &reqwest::Error) -> ImageError {
        unreachable(&self.reference, error)
    }

    async fn get(&self, path: &str, accept: &str, offset: u64) -> Result<Response, ImageError> {
        let response = self.send(path, accept, offset).await?;
        let response = if response.status() == StatusCode::UNAUTHORIZED {
            // No token yet, or one that ran out during a long download.
            self.sign_in().await?;
            self.send(path, accept, offset).await?
        } else {
            response
        };
        if response.status().is_success()
            || (offset > 0 && response.status() == StatusCode::RANGE_NOT_SATISFIABLE)
        {
            return Ok(response);
        }
        Err(self.refusal(response).await)
    }

    async fn send(&self, path: &str, accept: &str, offset: u64) -> Result<Response, ImageError> {
        let scheme = if is_loopback(self.host()) { "http" } else { "https" };
        let url = format!(
            "{scheme}://{}/v2/{}/{path}",
            self.host(),
            self.reference.repository()
        );
        let mut request = self.http.get(url).header(ACCEPT, accept);
        if offset > 0 {
            request = request.header(RANGE, format!("bytes={offset}-"));
        }
        match (&*self.token.lock().await, &self.credentials) {
            (Some(token), _) => request = request.bearer_auth(token),
            (None, Some(known)) => request = request.basic_auth(&known.username, Some(&known.password)),
            (None, None) => {}
        }
        request.send().await.map_err(|error| self.unreachable(&error))
    }

    async fn sign_in(&self) -> Result<(), ImageError> {
        let auth = match &self.credentials {
            Some(known) => RegistryAuth::Basic(known.username.clone(), known.password.clone()),
            None => RegistryAuth::Anonymous,
        };
        let token = self
            .signer
            .auth(&self.reference, &auth, RegistryOperation::Pull)
            .await;
        let refused = |error: oci_client::errors::OciDistributionError| ImageError::Registry {
            registry: self.host().to_owned(),
            reference: self.name(),
            message: format!("sign-in failed: {error}"),
        };
        *self.token.lock().await = token.map_err(refused)?;
        Ok(())
    }

    async fn refusal(&self, response: Response) -> ImageError {
        let status = response.status();
        let body = bounded(response, MAX_ERROR_BYTES)
            .await
            .ok()
            .flatten()
            .unwrap_or_default();
        let message = describe(status, &body);
        let (registry, reference) = (self.host().to_owned(), self.name());
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return ImageError::Unreachable {
                registry,
                reference,
                message,
            };
        }
        ImageError::Registry {
            registry,
            reference,
            message,
        }
    }
}

/// The registry's own words, as far as they have the form that registries agreed on.
fn describe(status: StatusCode, body: &[u8]) -> String {
    let complaints = serde_json::from_slice::<Envelope>(body)
        .map(|envelope| envelope.errors)
        .unwrap_or_default();
    let said: Vec<String> = complaints
        .into_iter()
        .take(5)
        .map(|complaint| {
            format!("{}: {}", complaint.code, complaint.message)
                .chars()
                .take(500)
                .collect()
        })
        .collect();
    if said.is_empty() {
        format!("HTTP status {status}")
    } else {
        said.join("; ")
    }
}

/// Reads a body; nothing if it is longer than `limit`.
async fn bounded(mut response: Response, limit: u64) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if (bytes.len() + chunk.len()) as u64 > limit {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}

fn unreachable(reference: &Reference, error: &reqwest::Error) -> ImageError {
    // The cause tells more than the outer error, which is mostly a URL.
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    ImageError::Unreachable {
        registry: reference.resolve_registry().to_owned(),
        reference: reference.whole(),
        message: cause.to_string(),
    }
}

fn redirects() -> reqwest::redirect::Policy {
    reqwest::redirect::Policy::custom(|attempt| {
        let left_https =
            attempt.url().scheme() != "https" && attempt.previous().iter().any(|url| url.scheme() == "https");
        if left_https || attempt.previous().len() > MAX_REDIRECTS {
            attempt.error("a redirect that is not followed")
        } else {
            attempt.follow()
        }
    })
}

/// Whether a registry (`HOST[:PORT]`) is this machine itself.
fn is_loopback(registry: &str) -> bool {
    let host = match registry.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => registry,
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;

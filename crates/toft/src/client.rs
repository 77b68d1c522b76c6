//! The client of the API: over the daemon's local socket, or over HTTPS to a remote one.

mod connect;
pub mod saved;
pub mod stream;
mod tls;

use std::path::PathBuf;

use bytes::{Bytes, BytesMut};
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::body::Incoming;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

pub use connect::Endpoint;
pub use tls::{fingerprint, introducing};

use crate::failure::{Context, Failure, Outcome};
use crate::target::Target;

/// Most bytes of an answer that is read as a whole.
const ANSWER_LIMIT: usize = 64 << 20;

/// Octets that stand unescaped in a path segment or query value (RFC 3986, unreserved).
const UNRESERVED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Any body of a request.
pub type Body = BoxBody<Bytes, std::io::Error>;

/// Which daemon the command line and the environment name.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
    /// `--url`.
    pub url: Option<String>,
}

/// A connection to one Toft.
#[derive(Debug)]
pub struct Api {
    endpoint: Endpoint,
    token: Option<String>,
}

// === impl Settings ===

impl Settings {
    /// The data directory, said or usual.
    pub fn data_dir(&self) -> PathBuf {
        self.data_dir
            .clone()
            .unwrap_or_else(|| PathBuf::from("/var/lib/toft"))
    }
}

// === impl Api ===

impl Api {
    /// Finds the daemon: the one that `--url` names, else that of `--data-dir`, else the one
    /// signed in to by `toft login`, else this machine's. Connects with the first request.
    ///
    /// # Errors
    /// What names the daemon cannot be understood, or the saved sign-in cannot be read.
    pub fn connect(settings: &Settings) -> Outcome<Self> {
        let token = std::env::var("TOFT_TOKEN").ok().filter(|token| !token.is_empty());
        if let Some(url) = &settings.url {
            let saved = saved::read()?.filter(|saved| saved.url == *url);
            let token = token.or_else(|| saved.as_ref().map(|saved| saved.token.clone()));
            return Ok(Self {
                endpoint: Endpoint::remote(url, saved.as_ref().map(|saved| saved.ca.as_str()))?,
                token,
            });
        }
        if settings.data_dir.is_none()
            && let Some(saved) = saved::read()?
        {
            return Ok(Self {
                endpoint: Endpoint::remote(&saved.url, Some(&saved.ca))?,
                token: Some(saved.token),
            });
        }
        Ok(Self {
            endpoint: Endpoint::Local(settings.data_dir()),
            token: None,
        })
    }

    /// A connection to this endpoint with this token.
    pub fn new(endpoint: Endpoint, token: Option<String>) -> Self {
        Self { endpoint, token }
    }

    /// The daemon of this data directory.
    pub fn local(data_dir: PathBuf) -> Self {
        Self {
            endpoint: Endpoint::Local(data_dir),
            token: None,
        }
    }

    /// The URL of a daemon that is reached over the network.
    pub fn remote_url(&self) -> Option<String> {
        matches!(self.endpoint, Endpoint::Remote(_)).then(|| self.endpoint.to_string())
    }

    /// Sends a request and returns the answer whatever its status. Dropping the answer's body
    /// ends the connection.
    ///
    /// # Errors
    /// There is no way to the daemon, or it broke off.
    pub async fn send(&self, mut request: Request<Body>) -> Outcome<Response<Incoming>> {
        self.authorise(&mut request)?;
        let stream = self.endpoint.open().await?;
        let io = hyper_util::rt::TokioIo::new(stream);
        let doing = || format!("talk to {}", self.endpoint);
        let connected = hyper::client::conn::http1::handshake(io).await.context(doing);
        let (mut sender, connection) = connected.map_err(Failure::unanswered)?;
        tokio::spawn(connection);
        let answer = sender.send_request(request).await.context(doing);
        answer.map_err(Failure::unanswered)
    }

    /// Sends a request with a body in memory; an error status becomes a failure with what the
    /// server said.
    ///
    /// # Errors
    /// As [`Api::send`], and an answer of 400 and above.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        accept: &str,
        content: &str,
        body: Bytes,
    ) -> Outcome<Response<Incoming>> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ACCEPT, accept);
        let request = if body.is_empty() {
            request
        } else {
            request.header(header::CONTENT_TYPE, content)
        };
        let body = Full::new(body).map_err(|never| match never {}).boxed();
        let request = request
            .body(body)
            .context(|| format!("make a request of '{path}'"))?;
        checked(self.send(request).await?).await
    }

    /// `GET` of JSON.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn get(&self, path: &str) -> Outcome<Value> {
        read_json(self.call(Method::GET, path, JSON, JSON, Bytes::new()).await?).await
    }

    /// `GET` of JSON; nothing where the object does not exist.
    ///
    /// # Errors
    /// As [`Api::call`], but for 404.
    pub async fn find(&self, path: &str) -> Outcome<Option<Value>> {
        let request = Request::builder().uri(path).header(header::ACCEPT, JSON);
        let request = request
            .body(empty())
            .context(|| format!("make a request of '{path}'"))?;
        let answer = self.send(request).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        read_json(checked(answer).await?).await.map(Some)
    }

    /// `GET` of what the server shows as a table.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn table(&self, path: &str) -> Outcome<Value> {
        const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
        read_json(self.call(Method::GET, path, TABLE, JSON, Bytes::new()).await?).await
    }

    /// Sends JSON with any method, and reads JSON.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn json(&self, method: Method, path: &str, body: &Value) -> Outcome<Value> {
        read_json(
            self.call(method, path, JSON, JSON, Bytes::from(body.to_string()))
                .await?,
        )
        .await
    }

    /// As [`Api::json`], signed in by a session's cookie as a browser is.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn json_with_cookie(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        cookie: &str,
    ) -> Outcome<Value> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ACCEPT, JSON)
            .header(header::CONTENT_TYPE, JSON);
        let request = request
            .header(header::COOKIE, cookie)
            .header(header::ORIGIN, format!("https://{}", self.endpoint.authority()));
        let body = Full::new(Bytes::from(body.to_string()))
            .map_err(|never| match never {})
            .boxed();
        let request = request
            .body(body)
            .context(|| format!("make a request of '{path}'"))?;
        read_json(checked(self.send(request).await?).await?).await
    }

    /// A merge patch (RFC 7386).
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn patch(&self, path: &str, patch: &Value) -> Outcome<Value> {
        read_json(
            self.call(
                Method::PATCH,
                path,
                JSON,
                "application/merge-patch+json",
                Bytes::from(patch.to_string()),
            )
            .await?,
        )
        .await
    }

    /// `DELETE`, with what the server answers.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn delete(&self, path: &str) -> Outcome<Value> {
        read_json(self.call(Method::DELETE, path, JSON, JSON, Bytes::new()).await?).await
    }

    /// The namespace of whoever asks.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn own_namespace(&self) -> Outcome<String> {
        let me = self.get("/api/toft/v1/me").await?;
        me["namespace"]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| Failure::new("the daemon does not say who you are"))
    }

    /// The path of a workspace in the API.
    ///
    /// # Errors
    /// As [`Api::call`], where the owner has to be asked for.
    pub async fn path_of(&self, target: &Target) -> Outcome<String> {
        let owner = match &target.owner {
            Some(owner) => owner.clone(),
            None => self.own_namespace().await?,
        };
        Ok(format!("{GROUP}/namespaces/{owner}/workspaces/{}", target.name))
    }

    fn authorise(&self, request: &mut Request<Body>) -> Outcome<()> {
        let headers = request.headers_mut();
        let host = self
            .endpoint
            .authority()
            .parse()
            .context(|| "name the host".to_owned())?;
        headers.insert(header::HOST, host);
        headers.insert(
            header::USER_AGENT,
            http::HeaderValue::from_static(concat!("toft/", env!("CARGO_PKG_VERSION"))),
        );
        if let Some(token) = &self.token {
            let mut value = http::HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| {
                Failure::new("the token holds characters that cannot be sent").hint("toft login URL")
            })?;
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        Ok(())
    }
}

/// The API group's path.
pub const GROUP: &str = "/apis/toft.dev/v1alpha1";
const JSON: &str = "application/json";

/// No body.
pub fn empty() -> Body {
    http_body_util::Empty::new()
        .map_err(|never| match never {})
        .boxed()
}

/// Text as one segment of a path or value of a query.
pub fn escape(text: &str) -> String {
    utf8_percent_encode(text, &UNRESERVED).to_string()
}

/// Reads a whole answer, within bounds.
///
/// # Errors
/// It breaks off or is too large.
pub async fn read(answer: Response<Incoming>) -> Outcome<Bytes> {
    let mut body = answer.into_body();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.context(|| "read the answer".to_owned());
        if let Ok(data) = frame.map_err(Failure::unanswered)?.into_data() {
            if all.len() + data.len() > ANSWER_LIMIT {
                return Err(Failure::new(format!(
                    "the answer is larger than {}",
                    crate::output::bytes(ANSWER_LIMIT as u64)
                )));
            }
            all.extend_from_slice(&data);
        }
    }
    Ok(all.freeze())
}

async fn read_json(answer: Response<Incoming>) -> Outcome<Value> {
    let body = read(answer).await?;
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&body).context(|| "understand the answer".to_owned())
}

/// Turns an error status into a failure that says what the server said.
///
/// # Errors
/// The status is 400 or above.
pub async fn checked(answer: Response<Incoming>) -> Outcome<Response<Incoming>> {
    let status = answer.status();
    if status.as_u16() < 400 {
        return Ok(answer);
    }
    let body = read(answer).await.unwrap_or_default();
    Err(refusal(status, &body))
}

/// What an error answer says: a Kubernetes `Status`, problem+json (RFC 9457), or plain text.
fn refusal(status: StatusCode, body: &[u8]) -> Failure {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let said = ["message", "detail", "title"]
        .iter()
        .find_map(|key| value[*key].as_str());
    let message = match said {
        Some(text) => text.to_owned(),
        None => format!("the daemon answered {status}"),
    };
    let hint = value["hint"].as_str().map(str::to_owned).or_else(|| {
        (status == StatusCode::UNAUTHORIZED)
            .then(|| "sign in with `toft login URL`, or set TOFT_TOKEN".to_owned())
    });
    let failure = Failure::new(message);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

#[cfg(test)]
mod tests;

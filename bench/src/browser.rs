//! What of a browser the measurements need: cookies by host, and following redirects to sign in.

use std::collections::BTreeMap;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;

use crate::client::{Aim, Client};
use crate::failure::{Context, Failure};

/// Most redirects that are followed.
const REDIRECTS: usize = 6;

/// A browser at one Toft.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    port: u16,
    jar: BTreeMap<String, BTreeMap<String, String>>,
}

// === impl Browser ===

impl Browser {
    /// One that was nowhere yet.
    pub fn new(client: Client, port: u16) -> Self {
        let jar = BTreeMap::new();
        Self { client, port, jar }
    }

    /// Uses a login link, as the page behind it does.
    pub async fn sign_in(&mut self, link: &str) -> Result<(), Failure> {
        let uri: Uri = link.parse().context(|| "read the login link".to_owned())?;
        let code = uri.query().and_then(|query| query.strip_prefix("code="));
        let (Some(host), Some(code)) = (uri.host(), code) else {
            return Err(Failure::new("the login link has no code"));
        };
        let body = serde_json::json!({ "code": code }).to_string();
        let response = self.send(Method::POST, host, "/api/toft/v1/login", &body).await?;
        if !response.status().is_success() {
            return Err(Failure::new(format!(
                "signing in was answered {}",
                response.status()
            )));
        }
        Ok(())
    }

    /// Goes to an app's page and comes back signed in on its host.
    pub async fn visit(&mut self, name: &'static str, host: &str) -> Result<Aim, Failure> {
        let (mut at, mut path) = (host.to_owned(), "/".to_owned());
        for _ in 0..REDIRECTS {
            let response = self.send(Method::GET, &at, &path, "").await?;
            match response.status() {
                StatusCode::OK if at == host => return Ok(self.aim(name, host)),
                StatusCode::FOUND => {}
                status => return Err(Failure::new(format!("https://{at}{path} answered {status}"))),
            }
            let location = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
            let uri: Uri = location
                .unwrap_or_default()
                .parse()
                .context(|| "follow a redirect".to_owned())?;
            if let Some(next) = uri.host() {
                next.clone_into(&mut at);
            }
            let next = uri.path_and_query().map_or("/", |path| path.as_str());
            next.clone_into(&mut path);
        }
        Err(Failure::new(format!("https://{host} redirects for ever")))
    }

    /// A host with the cookies for it.
    pub fn aim(&self, name: &'static str, host: &str) -> Aim {
        let pairs = self.jar.get(host).into_iter().flatten();
        let cookie = pairs.map(|(name, value)| format!("{name}={value}"));
        Aim {
            name,
            port: self.port,
            host: host.to_owned(),
            cookie: cookie.collect::<Vec<_>>().join("; "),
        }
    }

    /// One request over a connection of its own.
    pub async fn send(
        &mut self,
        method: Method,
        host: &str,
        path: &str,
        body: &str,
    ) -> Result<Response<Bytes>, Failure> {
        let aim = self.aim("Toft", host);
        let doing = || format!("{method} https://{}{path}", aim.authority());
        let stream = TokioIo::new(self.client.connect(&aim).await?);
        let (mut sender, connection) = http1::handshake(stream).await.context(doing)?;
        tokio::spawn(connection);
        let request = Request::builder()
            .method(&method)
            .uri(path)
            .header(HOST, aim.authority())
            .header(ORIGIN, format!("https://{}", aim.authority()))
            .header(COOKIE, &aim.cookie)
            .header(CONTENT_TYPE, content_type(&method))
            .body(Full::<Bytes>::from(body.to_owned()))
            .context(doing)?;
        let (parts, body) = sender.send_request(request).await.context(doing)?.into_parts();
        let jar = self.jar.entry(host.to_owned()).or_default();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap_or_default().split(';').next();
            if let Some((name, value)) = pair.and_then(|pair| pair.split_once('=')) {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        let body = body.collect().await.context(doing)?.to_bytes();
        Ok(Response::from_parts(parts, body))
    }
}

fn content_type(method: &Method) -> &'static str {
    if *method == Method::PATCH {
        "application/merge-patch+json"
    } else {
        "application/json"
    }
}

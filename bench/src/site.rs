//! A workspace with the app of the measurements in it, and a browser that is signed in on its host.

use std::path::PathBuf;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::UnixStream;

use crate::app;
use crate::browser::Browser;
use crate::client::{Aim, Client};
use crate::failure::{Context, Failure};
use crate::peers::local;
use crate::toft::{TEMPLATE, Toft};

/// The workspace, the browser and what it connects with.
#[derive(Debug)]
pub struct Site {
    /// The workspace's name.
    pub name: &'static str,
    /// Connects to anything that has a certificate of this Toft's.
    pub client: Client,
    /// Signed in.
    pub browser: Browser,
    /// The app, with the cookie for it.
    pub app: Aim,
    /// The UI, with the cookie for it.
    pub ui: Aim,
}

// === impl Site ===

impl Site {
    /// Makes the workspace and starts the app in it.
    pub async fn open(toft: &Toft, name: &'static str) -> Result<Self, Failure> {
        toft.create(name, TEMPLATE).await?;
        let program = local::program()?.display().to_string();
        toft.call(&["cp", &program, &format!("{name}:/home/toft/app")])
            .await?;
        // Its own session, so that it outlives the command; it is there when it says its port.
        let script = "chmod +x app && (setsid ./app >port </dev/null 2>&1 &) && until [ -s port ]; do sleep 0.01; done";
        toft.exec(name, &["sh", "-c", script]).await?;
        let client = Client::trusting(&toft.data().join("tls/ca.pem"))?;
        let mut browser = Browser::new(client.clone(), toft.port());
        browser.sign_in(&link(toft).await?).await?;
        let host = format!("{}--{name}--admin.toft.localhost", app::PORT);
        let app = browser.visit("Toft", &host).await?;
        let ui = browser.aim("Toft", "toft.localhost");
        Ok(Self {
            name,
            client,
            browser,
            app,
            ui,
        })
    }

    /// Certificate and key of the apps' hosts.
    pub fn pem(toft: &Toft) -> PathBuf {
        toft.data().join("tls/apps.pem")
    }

    /// Removes the workspace.
    pub async fn close(self, toft: &Toft) -> Result<(), Failure> {
        toft.delete(&[self.name]).await
    }
}

/// A login link of the first user's: who may use the local socket need not sign in.
async fn link(toft: &Toft) -> Result<String, Failure> {
    let doing = || "ask for a login link".to_owned();
    let stream = UnixStream::connect(toft.data().join("toft.sock"))
        .await
        .context(doing)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.context(doing)?;
    tokio::spawn(connection);
    let request = Request::post("/api/toft/v1/login-links")
        .header(HOST, "toft.localhost")
        .header(CONTENT_TYPE, "application/json")
        .body(Full::<Bytes>::from("{}"))
        .context(doing)?;
    let response = sender.send_request(request).await.context(doing)?;
    let body = response.into_body().collect().await.context(doing)?.to_bytes();
    let answer: Value = serde_json::from_slice(&body).context(doing)?;
    let link = answer["links"][0].as_str().map(str::to_owned);
    link.ok_or_else(|| Failure::new(format!("no login link in {answer}")))
}

//! Requests as fast as a bounded number of connections takes them, for a bounded time.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::StatusCode;
use hyper::client::conn::http1::SendRequest;
use tokio::task::JoinSet;

use crate::client::{Aim, Client};
use crate::failure::{Context, Failure};
use crate::process::millis;

/// What a load came to.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// What each answer took, in milliseconds.
    pub times: Vec<f64>,
    /// How long the load lasted, in seconds.
    pub seconds: f64,
}

/// Loads `aim` over `connections`, each with one request at a time. Every answer must be `body`.
pub async fn run(
    client: &Client,
    aim: &Aim,
    connections: usize,
    time: Duration,
    body: &'static [u8],
) -> Result<Load, Failure> {
    let mut senders = Vec::new();
    for _ in 0..connections {
        senders.push(client.open(aim).await?);
    }
    let mut tasks = JoinSet::new();
    let began = Instant::now();
    for sender in senders {
        tasks.spawn(keep_asking(sender, aim.clone(), began + time, body));
    }
    let mut load = Load::default();
    while let Some(ended) = tasks.join_next().await {
        load.times
            .extend(ended.context(|| format!("load {}", aim.name))??);
    }
    load.seconds = began.elapsed().as_secs_f64();
    Ok(load)
}

async fn keep_asking(
    mut sender: SendRequest<Empty<Bytes>>,
    aim: Aim,
    until: Instant,
    body: &'static [u8],
) -> Result<Vec<f64>, Failure> {
    let doing = || format!("load {}", aim.name);
    let mut times = Vec::new();
    let mut last = Instant::now();
    while last < until {
        sender.ready().await.context(doing)?;
        let request = aim.get("/").body(Empty::new()).context(doing)?;
        let response = sender.send_request(request).await.context(doing)?;
        let status = response.status();
        let got = response.into_body().collect().await.context(doing)?.to_bytes();
        if status != StatusCode::OK || got != body {
            return Err(Failure::new(format!("{} answered {status}: {got:?}", aim.name)));
        }
        let now = Instant::now();
        times.push(millis(now - last));
        last = now;
    }
    Ok(times)
}

// === impl Load ===

impl Load {
    /// Answers a second.
    #[allow(clippy::cast_precision_loss, reason = "far fewer than 2^52 answers")]
    pub fn rate(&self) -> f64 {
        self.times.len() as f64 / self.seconds
    }
}

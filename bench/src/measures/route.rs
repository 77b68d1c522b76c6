//! From the API's answer until the gateway acts on it: a workspace that was stopped answers no
//! more, over connections that are open already.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1::SendRequest;
use hyper::{Method, StatusCode};

use crate::client::Aim;
use crate::failure::{Context, Failure};
use crate::process::millis;
use crate::row::{Row, Side};
use crate::samples::{Samples, Unit};
use crate::site::Site;
use crate::world::World;

/// Longest that a change may take to be seen at all.
const LIMIT: Duration = Duration::from_secs(5);

/// See the module.
pub async fn run(world: &World) -> Result<Vec<Row>, Failure> {
    let toft = world.toft().await?;
    let mut delays = Samples::default();
    for _ in 0..world.rounds() {
        let mut site = Site::open(&toft, "route").await?;
        let mut sender = site.client.open(&site.app).await?;
        if ask(&mut sender, &site.app).await? != StatusCode::OK {
            return Err(Failure::new("the app does not answer"));
        }
        delays.push(stop(&mut site, &mut sender).await?);
        site.close(&toft).await?;
    }
    Ok(vec![Row::fixed(
        "a change of routes → the gateway acts on it, p50",
        Unit::Millis,
        Side::AtMost,
        5.0,
        delays.median(),
    )])
}

/// Milliseconds from the answer to the stop until a request was refused.
async fn stop(site: &mut Site, sender: &mut SendRequest<Empty<Bytes>>) -> Result<f64, Failure> {
    let path = format!(
        "/apis/toft.dev/v1alpha1/namespaces/admin/workspaces/{}",
        site.name
    );
    let body = r#"{"spec":{"running":false}}"#;
    let answer = site
        .browser
        .send(Method::PATCH, &site.ui.host, &path, body)
        .await?;
    let answered = Instant::now();
    if !answer.status().is_success() {
        return Err(Failure::new(format!("the stop was answered {}", answer.status())));
    }
    loop {
        let sent = answered.elapsed();
        if ask(sender, &site.app).await? == StatusCode::SERVICE_UNAVAILABLE {
            return Ok(millis(sent));
        }
        if sent > LIMIT {
            return Err(Failure::new("the gateway did not notice a stop"));
        }
    }
}

async fn ask(sender: &mut SendRequest<Empty<Bytes>>, aim: &Aim) -> Result<StatusCode, Failure> {
    let doing = || format!("ask {}", aim.host);
    sender.ready().await.context(doing)?;
    let request = aim.get("/").body(Empty::new()).context(doing)?;
    let response = sender.send_request(request).await.context(doing)?;
    let status = response.status();
    response.into_body().collect().await.context(doing)?;
    Ok(status)
}

use http::{Request, StatusCode};
use http_body_util::Empty;
use hyper::service::service_fn;
use std::convert::Infallible;
use std::future::poll_fn;
use tokio::io::duplex;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::api::Visibility;

fn route() -> AppRoute {
    AppRoute {
        workspace: "w".into(),
        generation: 1,
        port: 80,
        visibility: Visibility::Public,
    }
}

/// A connection to an app that answers until it is told to end.
async fn lease(pool: &Arc<Pool>, end: &CancellationToken) -> Lease {
    let (ours, theirs) = duplex(1024);
    let service =
        service_fn(async |_| Ok::<_, Infallible>(http::Response::new(Empty::<bytes::Bytes>::new())));
    let end = end.clone();
    tokio::spawn(async move {
        let app = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(theirs), service);
        tokio::select! {
            _ = app => {}
            () = end.cancelled() => {}
        }
    });
    let mut lease = pool.open(&route(), Box::new(ours), false).await.unwrap();
    let mut sent = pin!(lease.sender().send_request(Request::new(Upload::empty())));
    let answer = poll_fn(|cx| {
        lease.drive(cx);
        sent.as_mut().poll(cx)
    });
    assert_eq!(answer.await.unwrap().status(), StatusCode::OK);
    lease
}

#[tokio::test]
async fn what_is_idle_outlives_a_sweep_until_the_app_closes_it() {
    let pool = Pool::new(4, Duration::from_mins(1));
    let end = CancellationToken::new();
    lease(&pool, &end).await.give_back();
    pool.sweep();
    let taken = pool.take(&route(), true).expect("it is still there");
    assert!(pool.take(&route(), true).is_none(), "it is lent to one at a time");
    taken.give_back();
    end.cancel();
    // The app's task has to run once to end.
    while pool.take(&route(), true).is_some_and(|lease| {
        lease.give_back();
        true
    }) {
        tokio::task::yield_now().await;
    }
    pool.sweep();
    assert!(pool.idle().is_empty());
}

#[tokio::test]
async fn an_answer_that_is_not_read_to_its_end_gives_nothing_back() {
    let pool = Pool::new(4, Duration::from_mins(1));
    let mut lease = lease(&pool, &CancellationToken::new()).await;
    // Sent, and never waited for.
    drop(lease.sender().send_request(Request::new(Upload::empty())));
    lease.give_back();
    assert!(pool.take(&route(), true).is_none());
}

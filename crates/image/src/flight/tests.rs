use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::*;
use crate::digest::Digest;
use crate::progress::Step;
use crate::record::ImageConfig;

fn image() -> ImageRoot {
    ImageRoot {
        digest: Digest::of(b"x"),
        root: PathBuf::from("/x"),
        size_bytes: 1,
        config: ImageConfig::default(),
    }
}

#[tokio::test]
async fn all_callers_share_one_job_and_its_progress() {
    let (flights, started, go) = (Flights::default(), AtomicUsize::new(0), Arc::new(Notify::new()));
    let call = || {
        let (go, started) = (go.clone(), &started);
        let mut seen = 0;
        flights.join(
            "key",
            move |_| {
                seen += 1;
                if seen == 1 {
                    go.notify_one();
                }
            },
            move |report, _| {
                started.fetch_add(1, Ordering::Relaxed);
                async move {
                    report.say(Step::Resolve, "working");
                    tokio::task::yield_now().await;
                    Ok(image())
                }
            },
        )
    };
    let (a, b, c) = tokio::join!(call(), call(), call());
    assert_eq!(started.load(Ordering::Relaxed), 1);
    assert_eq!((a.unwrap(), b.unwrap(), c.unwrap()), (image(), image(), image()));
    // Somebody heard of it.
    tokio::time::timeout(Duration::from_secs(10), go.notified())
        .await
        .unwrap();
    assert!(!flights.busy());
}

#[tokio::test]
async fn an_error_reaches_all_and_the_next_call_tries_again() {
    let flights = Flights::default();
    let fail = || {
        flights.join(
            "key",
            |_| {},
            |_, _| async { Err(ImageError::Unknown { digest: "x".into() }) },
        )
    };
    let (a, b) = tokio::join!(fail(), fail());
    assert_eq!(a.unwrap_err().to_string(), b.unwrap_err().to_string());
    let again = flights.join("key", |_| {}, |_, _| async { Ok(image()) }).await;
    assert_eq!(again.unwrap(), image());
}

/// Tells that the job was dropped.
struct Ended(Arc<Notify>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[tokio::test]
async fn the_job_ends_with_its_last_caller_and_not_before() {
    let (flights, ended, running) = (
        Flights::default(),
        Arc::new(Notify::new()),
        Arc::new(Notify::new()),
    );
    let flag = Arc::new(Mutex::new(None));
    let call = || {
        let (guard, running, flag) = (Ended(ended.clone()), running.clone(), flag.clone());
        flights.join(
            "key",
            |_| {},
            move |_, cancel| async move {
                let _guard = guard;
                *flag.lock().unwrap() = Some(cancel);
                running.notify_one();
                std::future::pending().await
            },
        )
    };
    let (mut first, mut second) = (Box::pin(call()), Box::pin(call()));
    assert!(futures_util::poll!(&mut first).is_pending());
    running.notified().await;
    assert!(futures_util::poll!(&mut second).is_pending());
    // The second brought a job of its own that was never started.
    tokio::time::timeout(Duration::from_secs(10), ended.notified())
        .await
        .unwrap();
    drop(first);
    tokio::task::yield_now().await;
    assert!(flights.busy() && flag.lock().unwrap().as_ref().unwrap().check().is_ok());
    drop(second);
    tokio::time::timeout(Duration::from_secs(10), ended.notified())
        .await
        .unwrap();
    assert!(!flights.busy() && flag.lock().unwrap().as_ref().unwrap().check().is_err());
}

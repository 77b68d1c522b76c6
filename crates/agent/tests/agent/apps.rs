//! Apps: started once, restarted, checked, logged.

use std::time::Duration;

use toft_agent::wire::{AppSpec, AppState, AppStatus, ReadyCheck, Restart};
use toft_agent::{Client, Error};

use crate::support::{Agent, PATIENCE, contains, within};

fn app(name: &str, script: &str) -> AppSpec {
    AppSpec {
        name: name.to_owned(),
        command: ["bash", "-c", script].map(str::to_owned).to_vec(),
        port: None,
        env: std::collections::BTreeMap::new(),
        cwd: None,
        user: None,
        restart: Restart::Always,
        ready: None,
    }
}

/// Waits until the app is as wanted, by the revision and not by the clock.
async fn becomes(client: &Client, name: &str, wanted: impl Fn(&AppStatus) -> bool) -> AppStatus {
    within(async {
        let mut apps = client.apps().await.unwrap();
        loop {
            if let Some(status) = apps.apps.iter().find(|app| app.name == name && wanted(app)) {
                return status.clone();
            }
            apps = client.apps_changed(apps.revision, PATIENCE).await.unwrap();
        }
    })
    .await
}

async fn log_until(client: &Client, name: &str, wanted: &str) -> Vec<u8> {
    let mut log = client.logs(name, true, 0).await.unwrap();
    let mut all = Vec::new();
    within(async {
        while !contains(&all, wanted.as_bytes()) {
            all.extend_from_slice(&log.recv().await.unwrap().unwrap());
        }
    })
    .await;
    all
}

#[tokio::test]
async fn is_started_once_however_often_it_is_configured() {
    let agent = Agent::start();
    let started = agent.path("started");
    let spec = app("web", &format!("echo x >> {started}; echo up; exec sleep 1000"));
    for _ in 0..20 {
        agent.client.configure(vec![spec.clone()]).await.unwrap();
    }
    log_until(&agent.client, "web", "up\n").await;
    let first = becomes(&agent.client, "web", |app| app.state == AppState::Ready).await;
    agent
        .client
        .configure(vec![spec.clone(), app("other", "exec sleep 1000")])
        .await
        .unwrap();
    let second = becomes(&agent.client, "web", |app| app.state == AppState::Ready).await;
    assert_eq!(first.pid, second.pid);
    // Changed: the old one ends before the new one starts.
    let changed = app(
        "web",
        &format!("echo y >> {started}; echo again; exec sleep 1000"),
    );
    agent.client.configure(vec![changed]).await.unwrap();
    log_until(&agent.client, "web", "again\n").await;
    assert_eq!(std::fs::read_to_string(&started).unwrap(), "x\ny\n");
    let names: Vec<_> = agent
        .client
        .apps()
        .await
        .unwrap()
        .apps
        .into_iter()
        .map(|app| app.name)
        .collect();
    assert_eq!(names, ["web"]);
    let old = first.pid.unwrap();
    crate::support::until(|| async move { crate::support::status_of(old, "State").is_none().then_some(()) })
        .await;
}

#[tokio::test]
async fn is_restarted_with_its_policy() {
    let agent = Agent::start();
    let once = AppSpec {
        restart: Restart::Never,
        ..app("once", "exit 3")
    };
    let fine = AppSpec {
        restart: Restart::OnFailure,
        ..app("fine", "exit 0")
    };
    let counter = agent.path("count");
    let twice = AppSpec {
        restart: Restart::OnFailure,
        ..app(
            "twice",
            &format!("echo x >> {counter}; [ $(wc -l < {counter}) -ge 2 ]"),
        )
    };
    agent.client.configure(vec![once, fine, twice]).await.unwrap();
    let once = becomes(&agent.client, "once", |app| app.state == AppState::Exited).await;
    assert_eq!(
        (once.exit_code, once.restarts, once.reason.as_str()),
        (Some(3), 0, "exit code 3")
    );
    let fine = becomes(&agent.client, "fine", |app| app.state == AppState::Exited).await;
    assert_eq!((fine.exit_code, fine.restarts), (Some(0), 0));
    let twice = becomes(&agent.client, "twice", |app| app.state == AppState::Exited).await;
    assert_eq!((twice.exit_code, twice.restarts), (Some(0), 1));
}

#[tokio::test]
async fn what_cannot_start_fails_with_a_reason_and_is_tried_again() {
    let agent = Agent::start();
    let missing = AppSpec {
        command: vec!["no-such-program".into()],
        ..app("bad", "")
    };
    agent.client.configure(vec![missing]).await.unwrap();
    let bad = becomes(&agent.client, "bad", |app| {
        app.state == AppState::Failed && app.restarts > 0
    })
    .await;
    assert!(bad.reason.contains("no-such-program"), "{}", bad.reason);
    log_until(&agent.client, "bad", "failed to start").await;
}

#[tokio::test]
async fn is_ready_when_its_check_passes() {
    let agent = Agent::start();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let ready = Some(ReadyCheck::Http {
        port,
        path: "/health".into(),
    });
    let web = AppSpec {
        port: Some(port),
        ready,
        ..app("web", "echo port $PORT; exec sleep 1000")
    };
    agent.client.configure(vec![web]).await.unwrap();
    assert!(contains(
        &log_until(&agent.client, "web", "\n").await,
        format!("port {port}").as_bytes()
    ));
    let answers = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        for status in ["503 Busy", "401 Who"] {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 1024];
            let length = stream.read(&mut request).await.unwrap();
            assert!(request[..length].starts_with(b"GET /health HTTP/1.1\r\n"));
            stream
                .write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes())
                .await
                .unwrap();
        }
    });
    becomes(&agent.client, "web", |app| {
        app.state == AppState::Starting && app.reason.contains("503")
    })
    .await;
    becomes(&agent.client, "web", |app| {
        app.state == AppState::Ready && app.reason.is_empty()
    })
    .await;
    answers.await.unwrap();
}

#[tokio::test]
async fn its_log_is_bounded_and_never_holds_it_up() {
    let agent = Agent::start();
    let noisy = app("noisy", "seq 1 200000; echo done; exec sleep 1000");
    agent.client.configure(vec![noisy]).await.unwrap();
    log_until(&agent.client, "noisy", "200000\ndone\n").await;
    let mut log = agent.client.logs("noisy", false, 0).await.unwrap();
    assert!(log.offset() > 0);
    let mut all = Vec::new();
    while let Some(piece) = within(log.recv()).await.unwrap() {
        all.extend_from_slice(&piece);
    }
    assert_eq!(all.len(), 128 << 10);
    assert!(all.ends_with(b"200000\ndone\n"));
    match agent.client.logs("none", false, 0).await {
        Err(Error::Refused(refusal)) => assert!(refusal.message.contains("known: noisy")),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn senseless_lists_are_refused_and_change_nothing() {
    let agent = Agent::start();
    let good = app("good", "exec sleep 1000");
    agent.client.configure(vec![good.clone()]).await.unwrap();
    for bad in [
        vec![good.clone(), good.clone()],
        vec![app("", "x")],
        vec![AppSpec {
            command: vec![],
            ..good.clone()
        }],
    ] {
        assert!(matches!(
            agent.client.configure(bad).await,
            Err(Error::Refused(_))
        ));
    }
    let apps = agent.client.apps().await.unwrap();
    assert_eq!(apps.apps.len(), 1);
    let unchanged = agent
        .client
        .apps_changed(apps.revision + 1000, Duration::from_secs(9))
        .await
        .unwrap();
    assert!(
        unchanged.revision < apps.revision + 1000,
        "another revision than asked about answers at once"
    );
}

//! As the first process, in an empty root, beside another; and how everything ends.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::time::Duration;

use toft_agent::wire::{Code, ExecRequest, Signal, WriteRequest};
use toft_agent::{Client, Error, ExecEvent, TerminalEvent, UnixDialer};

use crate::support::{
    Agent, PATIENCE, bash, binary, command, contains, read_until, run, shell, spawn_with, until, within,
};

#[tokio::test]
async fn the_first_process_reaps_orphans_and_steals_no_exit_codes() {
    let agent = Agent::start_first();
    let info = until(|| async { agent.client.info().await.ok() }).await;
    assert_eq!(info.pid, 1);
    // Orphans by the hundred, while children of the agent's own end with codes that matter.
    let orphans = shell("for i in $(seq 200); do (sleep 0.0$((i % 7)) & ) ; done");
    let (orphaned, codes) = within(async {
        let codes = futures_util::future::join_all((0..20).map(|code| {
            let client = &agent.client;
            async move { run(client, shell(&format!("exit {code}"))).await.code }
        }));
        tokio::join!(run(&agent.client, orphans), codes)
    })
    .await;
    assert_eq!(orphaned.code, 0);
    assert_eq!(codes, (0..20).collect::<Vec<_>>());
    until(|| async {
        let said = run(&agent.client, shell("ps -eo stat,ppid,comm")).await;
        let text = String::from_utf8(said.stdout).unwrap();
        let left = text
            .lines()
            .filter(|line| line.contains("sleep") || line.trim_start().starts_with('Z'))
            .count();
        (left == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn shutdown_asks_first_and_kills_what_does_not_listen() {
    let mut agent = Agent::start_first();
    until(|| async { agent.client.info().await.ok() }).await;
    let marker = agent.path("asked");
    let polite = shell(&format!(
        "trap 'echo asked > {marker}; exit 0' TERM; echo ready; while :; do sleep 0.05; done"
    ));
    let stubborn = shell("trap '' TERM HUP; echo ready; while :; do sleep 0.05; done");
    for request in [polite, stubborn] {
        let mut exec = agent.client.exec(request).await.unwrap();
        assert!(matches!(
            within(exec.reader.recv()).await.unwrap(),
            Some(ExecEvent::Stdout(_))
        ));
    }
    agent.client.shutdown(Duration::from_millis(500)).await.unwrap();
    let status = tokio::task::spawn_blocking(move || (agent.child.wait().unwrap(), agent))
        .await
        .unwrap();
    assert!(status.0.success());
    assert_eq!(std::fs::read_to_string(&marker).unwrap(), "asked\n");
}

#[tokio::test]
async fn the_signal_to_end_ends_everything_in_order() {
    let mut agent = Agent::start();
    let mut terminal = agent.client.terminal(bash()).await.unwrap();
    read_until(&mut terminal, "$ ").await;
    let sleeping = agent
        .client
        .exec(shell("echo $$; exec sleep 1000"))
        .await
        .unwrap();
    let pid = i32::try_from(agent.child.id()).unwrap();
    // SAFETY: signals the process that this test started.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGTERM) }, 0);
    let (status, agent) = tokio::task::spawn_blocking(move || (agent.child.wait().unwrap(), agent))
        .await
        .unwrap();
    assert!(status.success());
    drop((sleeping, terminal, agent));
}

/// An empty root: no C library, no shell, no /proc, no /dev; the agent's own file is all there is.
fn empty_root() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    std::fs::copy(binary(), root.path().join("agent")).unwrap();
    root
}

#[tokio::test]
async fn works_in_an_empty_root() {
    let root = empty_root();
    let path = tempfile::tempdir().unwrap();
    let socket = path.path().join("agent.sock");
    let listener = OwnedFd::from(UnixListener::bind(&socket).unwrap());
    let mut chroot = Command::new("unshare");
    chroot
        .args(["--pid", "--fork", "--kill-child", "--root"])
        .arg(root.path())
        .arg("/agent");
    let mut child = spawn_with(&mut chroot, listener);
    let client = Client::new(UnixDialer::new(socket)).with_timeout(PATIENCE);
    let info = client.info().await.unwrap();
    assert_eq!((info.user.as_str(), info.home.as_str()), ("root", "/"));
    let activity = client.activity().await.unwrap();
    assert_eq!((activity.cpu_ms, activity.execs), (0, 0));
    assert!(client.ports().await.unwrap().is_empty());
    let mut file = client
        .write(WriteRequest {
            path: "/a/b".into(),
            parents: true,
            ..WriteRequest::default()
        })
        .await
        .unwrap();
    file.send(b"content").await.unwrap();
    file.finish().await.unwrap();
    assert_eq!(std::fs::read(root.path().join("a/b")).unwrap(), b"content");
    // The only program there is: it says that it has no socket.
    let said = run(&client, command(&["/agent", "--fd", "99"])).await;
    assert_eq!(said.code, 1);
    assert!(contains(&said.stderr, b"descriptor 99"), "{said:?}");
    let none = client
        .exec(ExecRequest {
            user: Some("ada".into()),
            ..command(&["/agent"])
        })
        .await;
    assert!(matches!(none, Err(Error::Refused(refusal)) if refusal.code == Code::NotFound));
    client.shutdown(Duration::ZERO).await.unwrap();
    let status = tokio::task::spawn_blocking(move || child.wait().unwrap())
        .await
        .unwrap();
    assert!(status.success());
}

#[tokio::test]
async fn beside_another_it_can_be_killed_and_restarted_and_the_loss_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("agent.sock");
    let listener = OwnedFd::from(UnixListener::bind(&socket).unwrap());
    let start = || {
        let listener = listener.try_clone().unwrap();
        spawn_with(
            Command::new(binary()).args(["--beside", "--user", "root"]),
            listener,
        )
    };
    let client = Client::new(UnixDialer::new(&socket)).with_timeout(PATIENCE);
    let mut first = start();
    let mut terminal = client.terminal(bash()).await.unwrap();
    let before = client.info().await.unwrap();
    let app = toft_agent::wire::AppSpec {
        name: "app".into(),
        command: ["bash", "-c", "echo $$; exec sleep 1000"]
            .map(str::to_owned)
            .to_vec(),
        port: None,
        env: std::collections::BTreeMap::new(),
        cwd: None,
        user: None,
        restart: toft_agent::wire::Restart::Always,
        ready: None,
    };
    client.configure(vec![app.clone()]).await.unwrap();
    let mut log = client.logs("app", true, 0).await.unwrap();
    let pid: u32 = String::from_utf8(within(log.recv()).await.unwrap().unwrap().to_vec())
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    first.kill().unwrap();
    first.wait().unwrap();
    let broken = within(async {
        loop {
            match terminal.reader.recv().await {
                Ok(Some(TerminalEvent::Exit(_))) => panic!("an end that was none"),
                Ok(_) => {}
                Err(error) => return error,
            }
        }
    })
    .await;
    assert!(matches!(broken, Error::Ended { .. } | Error::Stream { .. }));
    // A connection made while there is no agent waits in the socket for the next one.
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.info().await }
    });
    let mut second = start();
    let after = waiting.await.unwrap().unwrap();
    assert_ne!(before.instance, after.instance);
    let request = toft_agent::wire::OpenTerminal {
        session: Some(terminal.session.clone()),
        ..bash()
    };
    match client.terminal(request).await {
        Err(Error::Refused(refusal)) => assert!(refusal.message.contains("restarted")),
        other => panic!("{other:?}"),
    }
    // The app went with its agent: configured again, it runs once.
    until(|| async {
        crate::support::status_of(pid, "State")
            .is_none_or(|state| state.starts_with('Z'))
            .then_some(())
    })
    .await;
    client.configure(vec![app]).await.unwrap();
    second.kill().unwrap();
    second.wait().unwrap();
}

#[tokio::test]
async fn nobody_inside_inherits_the_agent_s_socket() {
    let agent = Agent::start();
    let said = run(&agent.client, shell("ls -l /proc/self/fd")).await;
    assert!(
        !contains(&said.stdout, b"socket"),
        "{}",
        String::from_utf8_lossy(&said.stdout)
    );
    let mut exec = agent.client.exec(command(&["sleep", "1000"])).await.unwrap();
    exec.writer.signal(Signal::Kill).await.unwrap();
    crate::support::finish(&mut exec).await;
}

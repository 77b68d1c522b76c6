//! Connections to ports inside.

use toft_agent::Error;
use toft_agent::wire::Code;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{Agent, until, within};

#[tokio::test]
async fn reaches_either_loopback_with_half_close() {
    let agent = Agent::start();
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let listener = TcpListener::bind(address).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(
            agent
                .client
                .ports()
                .await
                .unwrap()
                .iter()
                .any(|found| found.port == port && found.loopback)
        );
        // Answers only when the question has ended: each direction must end by itself.
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut question = Vec::new();
            stream.read_to_end(&mut question).await.unwrap();
            stream.write_all(&question).await.unwrap();
        });
        let mut stream = agent.client.connect_port(port).await.unwrap();
        let question = vec![b'q'; 2_000_000];
        let answer = within(async {
            stream.write_all(&question).await.unwrap();
            assert_eq!(agent.client.activity().await.unwrap().port_connections, 1);
            stream.shutdown().await.unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.unwrap();
            answer
        })
        .await;
        assert!(answer == question);
        server.await.unwrap();
        until(|| async { (agent.client.activity().await.unwrap().port_connections == 0).then_some(()) })
            .await;
    }
    assert_eq!(agent.client.activity().await.unwrap().port_bytes, 8_000_000);
}

#[tokio::test]
async fn holds_more_connections_than_the_usual_limit_on_files() {
    let mut limited = std::process::Command::new("bash");
    let script = format!(
        "ulimit -S -n 256; exec {} --beside --user root",
        crate::support::binary().display()
    );
    let agent = Agent::launch(limited.args(["-c", &script]));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut open = Vec::new();
    for _ in 0..300 {
        let (stream, accepted) =
            within(async { tokio::join!(agent.client.connect_port(port), listener.accept()) }).await;
        open.push((stream.unwrap(), accepted.unwrap()));
    }
    // Programs get the limit as it was.
    let said = crate::support::run(&agent.client, crate::support::shell("ulimit -S -n")).await;
    assert_eq!(said.stdout, b"256\n");
}

#[tokio::test]
async fn says_that_nothing_listens() {
    let agent = Agent::start();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    match agent.client.connect_port(port).await.map(drop) {
        Err(Error::Refused(refusal)) => assert_eq!(refusal.code, Code::Refused),
        other => panic!("{other:?}"),
    }
}

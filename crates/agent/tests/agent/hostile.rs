//! Against a hostile agent, and a hostile client: bounds, time-outs, no panics.

use std::io;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use proptest::prelude::*;
use toft_agent::frame::{Frame, Kind, MAX_CONTROL, MAX_DATA};
use toft_agent::wire::{ExecRequest, OpenTerminal};
use toft_agent::{BoxStream, Client, Error};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use crate::support::{Agent, within};

/// A client whose agent is the given code.
fn client_of<F, A>(agent: F) -> Client
where
    F: Fn(DuplexStream) -> A + Send + Sync + Clone + 'static,
    A: Future<Output = ()> + Send + 'static,
{
    let dial = move || -> BoxFuture<'static, io::Result<BoxStream>> {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        tokio::spawn(agent(theirs));
        async move { Ok(Box::new(ours) as BoxStream) }.boxed()
    };
    Client::new(dial).with_timeout(Duration::from_millis(300))
}

/// A client whose agent answers everything with these bytes, then ends.
fn client_told(bytes: Vec<u8>) -> Client {
    client_of(move |mut stream: DuplexStream| {
        let bytes = bytes.clone();
        async move {
            let mut hello = [0; 4096];
            let _ = stream.read(&mut hello).await;
            let _ = stream.write_all(&bytes).await;
        }
    })
}

fn control(json: &str) -> Vec<u8> {
    Frame::new(Kind::Control, json.as_bytes().to_vec())
        .encode()
        .to_vec()
}

/// Does everything that a client can do; nothing may panic or hang.
async fn try_everything(client: &Client) {
    let _ = client.info().await;
    let _ = client.apps().await;
    let _ = client.terminals().await;
    let _ = client.list("/", None, None).await;
    let _ = client.connect_port(80).await.map(drop);
    if let Ok(mut terminal) = client.terminal(OpenTerminal::default()).await {
        let _ = terminal.writer.input("x").await;
        while let Ok(Some(_)) = terminal.reader.recv().await {}
    }
    if let Ok(mut exec) = client.exec(ExecRequest::default()).await {
        let _ = exec.writer.stdin("x").now_or_never();
        while let Ok(Some(_)) = exec.reader.recv().await {}
    }
    if let Ok((_, mut file)) = client.read("/x", None, 0, Some(10)).await {
        while let Ok(Some(_)) = file.recv().await {}
    }
    if let Ok(mut log) = client.logs("x", true, 0).await {
        while let Ok(Some(_)) = log.recv().await {}
    }
    if let Ok(mut archive) = client.tar_in("/x", None).await {
        let _ = archive.send(b"x").await;
        let _ = archive.finish().await;
    }
}

#[tokio::test]
async fn silence_is_given_up_on() {
    let client = client_of(|stream| async move {
        let _open = stream;
        std::future::pending::<()>().await;
    });
    assert!(matches!(within(client.info()).await, Err(Error::TimedOut { .. })));
    assert!(matches!(
        within(client.connect_port(1)).await.map(drop),
        Err(Error::TimedOut { .. })
    ));
    assert!(matches!(
        within(client.exec(ExecRequest::default())).await,
        Err(Error::TimedOut { .. })
    ));
}

#[tokio::test]
async fn a_trickle_is_given_up_on() {
    let client = client_of(|mut stream: DuplexStream| async move {
        let reply = control("{\"ok\":{}}");
        for byte in reply.iter().cycle() {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if stream.write_all(&[*byte]).await.is_err() {
                return;
            }
        }
    });
    assert!(matches!(within(client.info()).await, Err(Error::TimedOut { .. })));
}

#[tokio::test]
async fn frames_beyond_their_bounds_are_refused_at_their_header() {
    for (kind, length) in [
        (0, MAX_CONTROL + 1),
        (1, MAX_DATA + 1),
        (0, usize::try_from(u32::MAX).unwrap()),
    ] {
        let mut bytes = vec![kind];
        bytes.extend_from_slice(&u32::try_from(length).unwrap().to_be_bytes());
        let result = within(client_told(bytes).info()).await;
        assert!(matches!(result, Err(Error::Protocol { .. })), "{result:?}");
    }
}

#[tokio::test]
async fn endless_frames_of_no_use_are_given_up_on() {
    let client = client_of(|mut stream: DuplexStream| async move {
        // Of a kind that is skipped.
        while stream.write_all(&[99, 0, 0, 0, 1, 0].repeat(1000)).await.is_ok() {}
    });
    assert!(matches!(within(client.info()).await, Err(Error::TimedOut { .. })));
    assert!(matches!(
        within(client.connect_port(1)).await.map(drop),
        Err(Error::TimedOut { .. })
    ));
}

#[tokio::test]
async fn senseless_answers_are_errors() {
    let answers = [
        r#"{"ok":{"entries":[{"name":"../../etc/passwd","kind":"file","size":1,"mode":0,"uid":0,"gid":0,"modified_ms":0}]}}"#,
        r#"{"ok":{"entries":[{"name":"a/b","kind":"file","size":1,"mode":0,"uid":0,"gid":0,"modified_ms":0}]}}"#,
        r#"{"ok":{"entries":[{"name":"..","kind":"file","size":1,"mode":0,"uid":0,"gid":0,"modified_ms":0}]}}"#,
        r#"{"ok":{"entries":[{"name":"f","kind":"file","size":-1,"mode":0,"uid":0,"gid":0,"modified_ms":0}]}}"#,
        r#"{"ok":7}"#,
        "{}",
        "[]",
        "null",
        "",
    ];
    for answer in answers {
        let result = within(client_told(control(answer)).list("/", None, None)).await;
        assert!(
            matches!(result, Err(Error::Protocol { .. })),
            "{answer}: {result:?}"
        );
    }
    let deep = format!("{{\"ok\":{}", "[".repeat(60_000));
    assert!(matches!(
        within(client_told(control(&deep)).info()).await,
        Err(Error::Protocol { .. })
    ));
    for session in ["", "../x", "a b", &"a".repeat(65)] {
        let attached =
            format!(r#"{{"ok":{{"type":"attached","session":"{session}","offset":0,"reset":false}}}}"#);
        let result = within(client_told(control(&attached)).terminal(OpenTerminal::default())).await;
        assert!(
            matches!(result, Err(Error::Protocol { .. })),
            "{session}: {result:?}"
        );
    }
    let mut exit = control(r#"{"ok":{"session":"a","stdin_window":1}}"#);
    exit.extend(control(r#"{"type":"exit","code":4711}"#));
    let mut exec = client_told(exit).exec(ExecRequest::default()).await.unwrap();
    assert!(matches!(
        within(exec.reader.recv()).await,
        Err(Error::Protocol { .. })
    ));
}

#[tokio::test]
async fn more_bytes_than_asked_for_are_an_error() {
    let mut bytes =
        control(r#"{"ok":{"name":"f","kind":"file","size":3,"mode":0,"uid":0,"gid":0,"modified_ms":0}}"#);
    bytes.extend(Frame::new(Kind::Data, vec![0; 11]).encode());
    let (_, mut file) = client_told(bytes).read("/f", None, 0, Some(10)).await.unwrap();
    assert!(matches!(within(file.recv()).await, Err(Error::Protocol { .. })));
}

#[tokio::test]
async fn a_refusal_is_fit_to_be_shown() {
    let message = format!(
        r#"{{"error":{{"code":"denied","message":"no\u001b[2J\n{}"}}}}"#,
        "x".repeat(9000)
    );
    match within(client_told(control(&message)).info()).await {
        Err(Error::Refused(refusal)) => {
            assert!(refusal.message.len() <= 2000 && !refusal.message.contains(['\u{1b}', '\n']));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_request_that_fits_no_frame_is_an_error_before_it_is_sent() {
    let client = client_told(Vec::new());
    let request = ExecRequest {
        command: vec!["x".repeat(MAX_CONTROL)],
        ..ExecRequest::default()
    };
    assert!(matches!(client.exec(request).await, Err(Error::TooLarge { .. })));
}

#[test]
fn no_answer_makes_a_client_panic_or_hang() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        (0_u8..6, prop::collection::vec(any::<u8>(), 0..60)).prop_map(|(kind, payload)| {
            let mut bytes = vec![kind, 0, 0, 0, u8::try_from(payload.len()).unwrap()];
            bytes.extend(payload);
            bytes
        }),
        prop::sample::select(vec![
            r#"{"ok":{}}"#,
            r#"{"ok":{"type":"attached","session":"a","offset":18446744073709551615,"reset":true,"repaint":5}}"#,
            r#"{"type":"attached","session":"a","offset":18446744073709551615,"reset":true,"repaint":5}"#,
            r#"{"ok":{"session":"a","stdout":18446744073709551615,"stderr":1,"stdin":18446744073709551615,"stdin_consumed":3,"stdin_window":18446744073709551615}}"#,
            r#"{"type":"stdin","consumed":18446744073709551615}"#,
            r#"{"type":"exit","code":3}"#,
            r#"{"ok":{"offset":18446744073709551615}}"#,
            r#"{"error":{"code":"x","message":"y"}}"#,
        ])
        .prop_map(control),
    ];
    proptest!(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() }, |(pieces in prop::collection::vec(piece, 0..8))| {
        runtime.block_on(within(try_everything(&client_told(pieces.concat()))));
    });
}

/// The other way round: the agent is bounded too, and outlives whatever is sent to it.
#[test]
fn no_request_makes_the_agent_fail() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let _guard = runtime.enter();
    let agent = Agent::start();
    let path = agent.dir.path().join("agent.sock");
    let hello = prop::sample::select(vec![
        r#"{"v":1,"op":"terminal","cols":65535,"rows":65535,"command":["cat"]}"#,
        r#"{"v":1,"op":"terminal","session":"x","offset":18446744073709551615}"#,
        r#"{"v":1,"op":"exec","command":["cat"],"stdin":true}"#,
        r#"{"v":1,"op":"exec","command":["a\u0000b"],"env":{"a=b":"c"}}"#,
        r#"{"v":1,"op":"read","path":"/etc/passwd","offset":18446744073709551615,"length":0}"#,
        r#"{"v":1,"op":"shutdown"}"#,
        r#"{"v":1,"op":"logs","app":"x","offset":5}"#,
        r#"{"v":1,"op":"apps","after":0,"wait_ms":1}"#,
        r#"{"v":7,"op":"info"}"#,
    ])
    .prop_map(control);
    let noise = prop::collection::vec(any::<u8>(), 0..100);
    proptest!(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() }, |(hello in hello, noise in noise, first in any::<bool>())| {
        runtime.block_on(within(async {
            let mut stream = tokio::net::UnixStream::connect(&path).await.unwrap();
            let bytes = if first { [noise, hello].concat() } else { [hello, noise].concat() };
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
            let mut answer = Vec::new();
            let _ = stream.take(1 << 20).read_to_end(&mut answer).await;
        }));
    });
    runtime.block_on(within(async {
        agent.client.info().await.unwrap();
        for terminal in agent.client.terminals().await.unwrap() {
            agent.client.close_terminal(&terminal.session).await.unwrap();
        }
    }));
}

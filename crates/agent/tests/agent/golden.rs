//! Version 1 as it was released: bytes that every later agent must go on answering, because
//! workspaces started by an earlier daemon, and daemons older than their agents, speak them. Lines may
//! be added here; none may change.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use crate::support::{Agent, contains, within};

/// What a client of the first release sends, as it sends it.
const REQUESTS: &[(&str, &[u8])] = &[
    ("info", b"\0\0\0\0\x13{\"v\":1,\"op\":\"info\"}"),
    ("activity", b"\0\0\0\0\x17{\"v\":1,\"op\":\"activity\"}"),
    ("ports", b"\0\0\0\0\x14{\"v\":1,\"op\":\"ports\"}"),
    (
        "configure",
        b"\0\0\0\0\x91{\"v\":1,\"op\":\"configure\",\"apps\":[{\"name\":\"a\",\"command\":[\"sleep\",\"9\"],\"port\":null,\"env\":{},\"cwd\":null,\"user\":null,\"restart\":\"never\",\"ready\":null}]}",
    ),
    ("apps", b"\0\0\0\0\x2c{\"v\":1,\"op\":\"apps\",\"after\":null,\"wait_ms\":0}"),
    ("terminals", b"\0\0\0\0\x18{\"v\":1,\"op\":\"terminals\"}"),
    ("stat", b"\0\0\0\0\x1e{\"v\":1,\"op\":\"stat\",\"path\":\"/\"}"),
    ("list", b"\0\0\0\0\x1e{\"v\":1,\"op\":\"list\",\"path\":\"/\"}"),
    ("tar_out", b"\0\0\0\0\x2b{\"v\":1,\"op\":\"tar_out\",\"path\":\"/etc/passwd\"}"),
];

#[tokio::test]
async fn requests_of_the_first_release_are_answered() {
    let agent = Agent::start();
    for (name, request) in REQUESTS {
        let reply = first_frame(&agent, request).await;
        assert!(
            reply.starts_with(b"{\"ok\":"),
            "{name}: {}",
            String::from_utf8_lossy(&reply)
        );
    }
}

/// A whole command: request, reply, standard input and its end, output, exit; byte by byte.
#[tokio::test]
async fn a_command_of_the_first_release_runs() {
    let agent = Agent::start();
    let mut stream = UnixStream::connect(agent.dir.path().join("agent.sock"))
        .await
        .unwrap();
    let hello = br#"{"v":1,"op":"exec","stdout":0,"stderr":0,"command":["cat"],"env":{},"tty":false,"cols":0,"rows":0,"stdin":true}"#;
    stream
        .write_all(&[0, 0, 0, 0, u8::try_from(hello.len()).unwrap()])
        .await
        .unwrap();
    stream.write_all(hello).await.unwrap();
    let reply = frame(&mut stream).await;
    assert!(contains(&reply.1, br#"{"ok":{"session":""#) && contains(&reply.1, br#""stdin_window":262144"#));
    // Data "hi", then an acknowledgement, then the end of the data.
    stream.write_all(b"\x01\0\0\0\x02hi").await.unwrap();
    stream
        .write_all(b"\0\0\0\0\x24{\"type\":\"ack\",\"stdout\":0,\"stderr\":0}")
        .await
        .unwrap();
    stream.write_all(b"\x04\0\0\0\0").await.unwrap();
    let mut frames = Vec::new();
    loop {
        let next = frame(&mut stream).await;
        let exit = contains(&next.1, br#"{"type":"exit","code":"#);
        frames.push(next);
        if exit {
            break;
        }
    }
    assert!(frames.contains(&(1, b"hi".to_vec())));
    assert!(frames.contains(&(0, br#"{"type":"stdin","consumed":2}"#.to_vec())));
    assert_eq!(
        frames.last().unwrap(),
        &(0, br#"{"type":"exit","code":0}"#.to_vec())
    );
}

#[tokio::test]
async fn a_terminal_of_the_first_release_attaches() {
    let agent = Agent::start();
    let mut stream = UnixStream::connect(agent.dir.path().join("agent.sock"))
        .await
        .unwrap();
    let hello = br#"{"v":1,"op":"terminal","cols":80,"rows":24,"command":["bash","-c","read x; stty size; exit 2"],"env":{}}"#;
    stream
        .write_all(&[0, 0, 0, 0, u8::try_from(hello.len()).unwrap()])
        .await
        .unwrap();
    stream.write_all(hello).await.unwrap();
    let reply = String::from_utf8(frame(&mut stream).await.1).unwrap();
    assert!(
        reply.starts_with(r#"{"ok":{"type":"attached","session":""#),
        "{reply}"
    );
    assert!(
        reply.ends_with(r#"","offset":0,"reset":false,"repaint":0}}"#),
        "{reply}"
    );
    stream
        .write_all(b"\0\0\0\0\x25{\"type\":\"resize\",\"cols\":90,\"rows\":30}")
        .await
        .unwrap();
    stream.write_all(b"\x01\0\0\0\x01\r").await.unwrap();
    let mut output = Vec::new();
    loop {
        match frame(&mut stream).await {
            (1, bytes) => output.extend_from_slice(&bytes),
            (kind, bytes) => {
                assert_eq!((kind, bytes), (0, br#"{"type":"exit","code":2}"#.to_vec()));
                break;
            }
        }
    }
    assert!(contains(&output, b"30 90\r\n"));
}

/// What the first release's agent says is understood by this client: see `wire::tests` for fields that
/// came later, and here for the bytes.
#[test]
fn replies_of_the_first_release_are_understood() {
    use toft_agent::client::parse_reply;
    use toft_agent::frame::{Frame, Kind};
    use toft_agent::wire::{Activity, Apps, ExecStarted, FileEntry, FilePage, FromTerminal, Info};
    let reply = |json: &'static str| Frame::new(Kind::Control, json);
    let info = reply(
        r#"{"ok":{"version":"0.1.0","protocols":[1],"instance":"00ff","pid":1,"uptime_s":5,"user":"ada","home":"/home/ada"}}"#,
    );
    assert_eq!(parse_reply::<Info>("", Some(&info)).unwrap().user, "ada");
    let activity = reply(
        r#"{"ok":{"terminal_input_s":null,"terminal_output_s":3,"terminals":1,"terminal_clients":0,"execs":2,"port_connections":0,"port_bytes":0,"cpu_ms":120,"io_bytes":4096}}"#,
    );
    assert_eq!(parse_reply::<Activity>("", Some(&activity)).unwrap().execs, 2);
    let apps = reply(
        r#"{"ok":{"revision":3,"apps":[{"name":"a","state":"ready","reason":"","pid":7,"exit_code":null,"restarts":0,"since_s":1}]}}"#,
    );
    assert_eq!(parse_reply::<Apps>("", Some(&apps)).unwrap().apps[0].pid, Some(7));
    let started = reply(
        r#"{"ok":{"session":"ab","stdout":0,"stderr":0,"stdin":0,"stdin_consumed":0,"stdin_window":262144}}"#,
    );
    assert_eq!(
        parse_reply::<ExecStarted>("", Some(&started)).unwrap().session,
        "ab"
    );
    let attached = reply(r#"{"ok":{"type":"attached","session":"ab","offset":9,"reset":true,"repaint":40}}"#);
    let expected = FromTerminal::Attached {
        session: "ab".into(),
        offset: 9,
        reset: true,
        repaint: 40,
    };
    assert_eq!(
        parse_reply::<FromTerminal>("", Some(&attached)).unwrap(),
        expected
    );
    let page = reply(
        r#"{"ok":{"entries":[{"name":"f","kind":"file","size":1,"mode":420,"uid":0,"gid":0,"modified_ms":5,"directory":false}],"next":"f"}}"#,
    );
    assert_eq!(
        parse_reply::<FilePage>("", Some(&page)).unwrap().next.as_deref(),
        Some("f")
    );
    let entry = reply(
        r#"{"ok":{"name":"l","kind":"link","size":1,"mode":511,"uid":0,"gid":0,"modified_ms":5,"target":"/x","directory":true}}"#,
    );
    assert!(parse_reply::<FileEntry>("", Some(&entry)).unwrap().directory);
}

async fn first_frame(agent: &Agent, request: &[u8]) -> Vec<u8> {
    let mut stream = UnixStream::connect(agent.dir.path().join("agent.sock"))
        .await
        .unwrap();
    stream.write_all(request).await.unwrap();
    let (kind, payload) = frame(&mut stream).await;
    assert_eq!(kind, 0);
    payload
}

/// Reads a frame without any code of the crate's.
async fn frame(stream: &mut UnixStream) -> (u8, Vec<u8>) {
    within(async {
        let mut header = [0; 5];
        stream.read_exact(&mut header).await.unwrap();
        let length = u32::from_be_bytes([header[1], header[2], header[3], header[4]]) as usize;
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload).await.unwrap();
        (header[0], payload)
    })
    .await
}

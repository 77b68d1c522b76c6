use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Socket, Toft, WORKSPACES, running};

async fn open(toft: &Toft, start: Value) -> Socket {
    let ada = toft.client("ada").await;
    if toft
        .app
        .store()
        .get(&toft_store::Key::workspace("ada", "dev"))
        .await
        .unwrap()
        .is_none()
    {
        running(&ada, "dev").await;
    }
    let mut socket = Socket::open(&ada, &format!("{WORKSPACES}/dev/exec"))
        .await
        .unwrap();
    socket.json(&start).await;
    socket
}

/// What a command said, by channel, and its exit code.
async fn finish(socket: &mut Socket) -> (String, String, i64) {
    let (mut out, mut err) = (String::new(), String::new());
    loop {
        match socket.next().await {
            Message::Binary(bytes) => {
                let text = String::from_utf8_lossy(&bytes[1..]).into_owned();
                if bytes[0] == 1 {
                    out.push_str(&text)
                } else {
                    err.push_str(&text)
                }
            }
            Message::Text(text) => {
                let said: Value = serde_json::from_str(&text).unwrap();
                if said["type"] == "exit" {
                    return (out, err, said["code"].as_i64().unwrap());
                }
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_command_says_what_it_says_where_it_says_it_and_how_it_ends() {
    let toft = Toft::start().await;
    let _agent = toft.with_agent();
    let command = ["sh", "-c", "echo out-$X; echo err >&2; exit 7"];
    let mut socket = open(
        &toft,
        json!({ "type": "start", "command": command, "env": { "X": "1" } }),
    )
    .await;
    assert_eq!(socket.text().await["type"], "started");
    assert_eq!(finish(&mut socket).await, ("out-1\n".into(), "err\n".into(), 7));
    assert_eq!(socket.end().await.0, 1000);
}

#[tokio::test]
async fn standard_input_flows_and_ends_and_is_counted() {
    let toft = Toft::start().await;
    let _agent = toft.with_agent();
    let mut socket = open(
        &toft,
        json!({ "type": "start", "command": ["wc", "-c"], "stdin": true }),
    )
    .await;
    assert_eq!(socket.text().await["stdin"], 0);
    for _ in 0..64 {
        let mut frame = vec![0; 16 << 10];
        frame[0] = 0;
        socket.bytes(&frame).await;
    }
    socket.json(&json!({ "type": "eof" })).await;
    let (out, _, code) = finish(&mut socket).await;
    assert_eq!(
        (out.trim(), code),
        ((64 * ((16 << 10) - 1)).to_string().as_str(), 0)
    );
}

#[tokio::test]
async fn a_signal_arrives_though_standard_input_is_stuck() {
    let toft = Toft::start().await;
    let _agent = toft.with_agent();
    let mut socket = open(
        &toft,
        json!({ "type": "start", "command": ["sleep", "1000"], "stdin": true }),
    )
    .await;
    socket.text().await;
    let mut frame = vec![b'x'; 200 << 10];
    frame[0] = 0;
    socket.bytes(&frame).await;
    socket.json(&json!({ "type": "signal", "signal": "INT" })).await;
    assert_eq!(finish(&mut socket).await.2, 130);
}

#[tokio::test]
async fn a_command_goes_on_without_its_client_and_keeps_its_exit_code() {
    let toft = Toft::start().await;
    let agent = toft.with_agent();
    let (go, done) = (agent.path("go"), agent.path("done"));
    let script =
        format!("echo before; until [ -e {go} ]; do sleep 0.02; done; echo after; touch {done}; exit 9");
    let mut socket = open(
        &toft,
        json!({ "type": "start", "command": ["sh", "-c", script], "acks": true }),
    )
    .await;
    let session = socket.text().await["session"].as_str().unwrap().to_owned();
    let Message::Binary(first) = socket.next().await else {
        panic!("no output")
    };
    assert_eq!(&first[..], b"\x01before\n");
    drop(socket);
    std::fs::write(&go, "").unwrap();
    crate::support::within(async {
        while !std::path::Path::new(&done).exists() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    })
    .await;
    let attach = json!({ "type": "attach", "session": session, "offsets": { "stdout": 7, "stderr": 0 }, "acks": true });
    let mut socket = open(&toft, attach).await;
    assert_eq!(socket.text().await["stdout"], 7);
    assert_eq!(finish(&mut socket).await, ("after\n".into(), String::new(), 9));
}

#[tokio::test]
async fn a_terminal_is_one_stream_with_a_size() {
    let toft = Toft::start().await;
    let _agent = toft.with_agent();
    let start = json!({ "type": "start", "command": ["sh", "-c", "tty >/dev/null && stty size"], "tty": true, "cols": 91, "rows": 17, "stdin": true });
    let mut socket = open(&toft, start).await;
    socket.text().await;
    let (out, _, code) = finish(&mut socket).await;
    assert_eq!((out.trim(), code), ("17 91", 0));
}

#[tokio::test]
async fn what_makes_no_sense_is_told() {
    let toft = Toft::start().await;
    let _agent = toft.with_agent();
    assert_eq!(open(&toft, json!({ "type": "begin" })).await.end().await.0, 4400);
    let missing = open(&toft, json!({ "type": "start", "command": ["/no/such/program"] }))
        .await
        .end()
        .await;
    assert_eq!((missing.0, &missing.1["type"]), (4404, &json!("error")));
    let empty = open(&toft, json!({ "type": "start", "command": [] }))
        .await
        .end()
        .await;
    assert_eq!(empty.0, 4400);
}

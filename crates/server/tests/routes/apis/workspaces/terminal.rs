use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Socket, Toft, WORKSPACES, running, until, workspace};

fn path(query: &str) -> String {
    format!("{WORKSPACES}/dev/terminal?{query}")
}

#[tokio::test]
async fn a_terminal_types_shows_and_comes_back_where_it_was() {
    let toft = Toft::start().await;
    let _agent = toft.with_agent();
    let ada = toft.client("ada").await;
    running(&ada, "dev").await;
    let mut socket = Socket::open(&ada, &path("cols=80&rows=24")).await.unwrap();
    let attached = socket.text().await;
    assert_eq!(attached["type"], "attached");
    let session = attached["session"].as_str().unwrap().to_owned();
    socket
        .json(&json!({ "type": "resize", "cols": 100, "rows": 30 }))
        .await;
    socket.bytes(b"stty size; echo to-be-$((40+2))\n").await;
    let seen = socket.read_until("to-be-42").await;
    assert!(seen.contains("30 100"), "{seen}");
    let list = ada
        .get(&format!("{WORKSPACES}/dev/terminals"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&list["items"][0]["session"], &list["items"][0]["alive"]),
        (&json!(session), &json!(true))
    );
    drop(socket);

    let mut again = Socket::open(&ada, &path(&format!("session={session}")))
        .await
        .unwrap();
    let attached = again.text().await;
    assert_eq!(
        (&attached["session"], &attached["reset"]),
        (&json!(session), &json!(true))
    );
    again.read_until("to-be-42").await;
    again.bytes(b"exit 3\n").await;
    let (code, last) = again.end().await;
    assert_eq!((code, last), (1000, json!({ "type": "exit", "code": 3 })));
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_across_connections() {
    let toft = Toft::start().await;
    let _agent = toft.with_agent();
    let ada = toft.client("ada").await;
    running(&ada, "dev").await;
    let mut socket = Socket::open(&ada, &path("cols=80&rows=24")).await.unwrap();
    let attached = socket.text().await;
    let session = attached["session"].as_str().unwrap().to_owned();
    let (mut offset, mut repaint) = (
        attached["offset"].as_u64().unwrap(),
        attached["repaint"].as_u64().unwrap(),
    );
    socket
        .bytes(b"PS1=; stty -echo; echo be''gin; for i in $(seq 1 300); do echo line-$i; done; echo e''nd\n")
        .await;
    let mut seen = String::new();
    // The connection is given up in the middle, and taken up again from the byte that was reached.
    while !seen.contains("line-40\r\n") {
        let Message::Binary(bytes) = socket.next().await else {
            continue;
        };
        let painted = repaint.min(bytes.len() as u64);
        repaint -= painted;
        offset += bytes.len() as u64 - painted;
        seen.push_str(&String::from_utf8_lossy(
            &bytes[usize::try_from(painted).unwrap()..],
        ));
    }
    drop(socket);
    let mut socket = Socket::open(&ada, &path(&format!("session={session}&offset={offset}")))
        .await
        .unwrap();
    let attached = socket.text().await;
    assert_eq!(
        (&attached["reset"], &attached["offset"]),
        (&json!(false), &json!(offset))
    );
    while !seen.contains("end\r\n") {
        if let Message::Binary(bytes) = socket.next().await {
            seen.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
    let body = seen.split_once("begin\r\n").unwrap().1;
    let expected: String = (1..=300)
        .map(|line| format!("line-{line}\r\n"))
        .collect::<String>()
        + "end\r\n";
    // What the shell says before its next prompt may follow.
    assert_eq!(&body[..expected.len().min(body.len())], expected);
}

#[tokio::test]
async fn an_agent_that_dies_asks_the_client_to_come_back() {
    let toft = Toft::start().await;
    let mut agent = toft.with_agent();
    let ada = toft.client("ada").await;
    running(&ada, "dev").await;
    let mut socket = Socket::open(&ada, &path("")).await.unwrap();
    socket.text().await;
    agent.kill();
    let (code, last) = socket.end().await;
    assert_eq!((code, &last["type"]), (1012, &json!("notice")));
    drop(agent);
    let _another = toft.with_agent();
    let gone = Socket::open(&ada, &path("session=nope"))
        .await
        .unwrap()
        .end()
        .await;
    assert_eq!((gone.0, &gone.1["type"]), (4404, &json!("error")));
}

#[tokio::test]
async fn a_daemon_that_ends_says_so() {
    let toft = Toft::start().await;
    let _agent = toft.with_agent();
    let ada = toft.client("ada").await;
    running(&ada, "dev").await;
    let mut socket = Socket::open(&ada, &path("")).await.unwrap();
    socket.text().await;
    toft.app.close();
    assert_eq!(socket.end().await.0, 1001);
}

#[tokio::test]
async fn one_that_does_not_run_is_refused_and_says_what_it_does() {
    let toft = Toft::start().await;
    let _agent = toft.with_agent();
    let ada = toft.client("ada").await;
    let mut stopped = workspace("dev");
    stopped["spec"]["running"] = false.into();
    ada.post(WORKSPACES, &stopped).await.expect(201);
    until(&ada, &format!("{WORKSPACES}/dev"), |object| {
        object["status"]["phase"] == "Stopped"
    })
    .await;
    assert_eq!(Socket::open(&ada, &path("")).await.err(), Some(409));
    let refused = ada
        .get(&format!("{WORKSPACES}/dev/terminals"))
        .await
        .expect(409)
        .json();
    assert!(
        refused["message"].as_str().unwrap().contains("toft start dev"),
        "{refused}"
    );
    assert_eq!(
        Socket::open(&toft.client("bob").await, &path("")).await.err(),
        Some(404)
    );
}

#[tokio::test]
async fn a_cookie_opens_a_terminal_from_its_own_origin_only() {
    let toft = Toft::start().await;
    let _agent = toft.with_agent();
    let ada = toft.client("ada").await;
    running(&ada, "dev").await;
    let cookie = toft.cookie("ada").await;
    let host = "toft.localhost:8443";
    for (origin, refused) in [
        ("https://toft.localhost:8443", None),
        ("https://evil.example", Some(403)),
        ("null", Some(403)),
    ] {
        let headers = [("cookie", cookie.as_str()), ("origin", origin), ("host", host)];
        assert_eq!(
            Socket::with(&toft.nobody(), &path(""), &headers).await.err(),
            refused,
            "{origin}"
        );
    }
    let headers = [("cookie", cookie.as_str()), ("host", host)];
    assert_eq!(
        Socket::with(&toft.nobody(), &path(""), &headers).await.err(),
        Some(403),
        "no origin at all"
    );
}

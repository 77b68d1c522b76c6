//! Commands: streams, codes, signals, reattachment, back-pressure.

use toft_agent::wire::{Code, ExecRequest, Signal};
use toft_agent::{Error, ExecEvent};

use crate::support::{Agent, command, contains, finish, lines, run, shell, until, within};

#[tokio::test]
async fn tells_streams_apart_and_the_exit_code() {
    let agent = Agent::start();
    let said = run(&agent.client, shell("echo out; echo err >&2; exit 7")).await;
    assert_eq!(
        (said.stdout, said.stderr, said.code),
        (b"out\n".to_vec(), b"err\n".to_vec(), 7)
    );
}

#[tokio::test]
async fn tells_the_signal_that_killed() {
    let agent = Agent::start();
    let mut exec = agent.client.exec(command(&["sleep", "1000"])).await.unwrap();
    exec.writer.signal(Signal::Term).await.unwrap();
    assert_eq!(finish(&mut exec).await.code, 128 + 15);
}

#[tokio::test]
async fn signals_reach_the_whole_group() {
    let agent = Agent::start();
    let mut exec = agent
        .client
        .exec(shell("sleep 1000 & echo $!; wait"))
        .await
        .unwrap();
    let Some(ExecEvent::Stdout(pid)) = within(exec.reader.recv()).await.unwrap() else {
        panic!("no pid")
    };
    exec.writer.signal(Signal::Kill).await.unwrap();
    assert_eq!(finish(&mut exec).await.code, 128 + 9);
    let pid: i32 = String::from_utf8_lossy(&pid).trim().parse().unwrap();
    // SAFETY: signal 0 only asks.
    until(|| async move { (unsafe { libc::kill(pid, 0) } < 0 || zombie(pid)).then_some(()) }).await;
}

#[tokio::test]
async fn a_command_whose_client_never_returns_is_hung_up() {
    let agent = Agent::start();
    let request = ExecRequest {
        keep_s: Some(0),
        ..shell("trap 'exit 41' HUP; echo ready; while :; do sleep 0.1; done")
    };
    let mut exec = agent.client.exec(request).await.unwrap();
    let said = within(exec.reader.recv()).await.unwrap();
    assert_eq!(
        said,
        Some(ExecEvent::Stdout("ready\n".into())),
        "with its client it goes on"
    );
    let session = exec.session.clone();
    drop(exec);
    let code = until(|| async {
        let back = ExecRequest {
            session: Some(session.clone()),
            stdout: 6,
            ..ExecRequest::default()
        };
        let mut exec = agent.client.exec(back).await.ok()?;
        // Who comes back stops the clock: only a look that finds it ended counts.
        match tokio::time::timeout(std::time::Duration::from_millis(200), finish(&mut exec)).await {
            Ok(said) => Some(said.code),
            Err(_) => None,
        }
    })
    .await;
    assert_eq!(code, 41);
}

#[tokio::test]
async fn what_the_starter_of_it_all_ignored_is_heard_inside() {
    // SAFETY: a call on numbers; whoever is started from here on inherits it, as from `nohup`.
    unsafe { libc::signal(libc::SIGHUP, libc::SIG_IGN) };
    let agent = Agent::start();
    let request = shell("trap 'exit 41' HUP; kill -HUP $$; exit 0");
    let mut exec = agent.client.exec(request).await.unwrap();
    assert_eq!(finish(&mut exec).await.code, 41);
}

fn zombie(pid: i32) -> bool {
    crate::support::status_of(u32::try_from(pid).unwrap(), "State")
        .is_some_and(|state| state.starts_with('Z'))
}

#[tokio::test]
async fn moves_standard_input_and_its_end() {
    let agent = Agent::start();
    let mut exec = agent
        .client
        .exec(ExecRequest {
            stdin: true,
            ..command(&["sha256sum"])
        })
        .await
        .unwrap();
    let writer = &mut exec.writer;
    let reader = &mut exec.reader;
    let send = async {
        writer.stdin(vec![b'x'; 3_000_000]).await.unwrap();
        writer.close_stdin().await.unwrap();
    };
    let mut out = Vec::new();
    let receive = async {
        while let Some(event) = reader.recv().await.unwrap() {
            match event {
                ExecEvent::Stdout(bytes) => out.extend_from_slice(&bytes),
                ExecEvent::Exit(code) => assert_eq!(code, 0),
                ExecEvent::Stderr(bytes) => panic!("{bytes:?}"),
            }
        }
    };
    within(async { tokio::join!(send, receive) }).await;
    // printf 'x%.0s' … | sha256sum, computed by the same program from a file.
    let path = agent.path("x");
    std::fs::write(&path, vec![b'x'; 3_000_000]).unwrap();
    let expected = run(&agent.client, command(&["sha256sum", &path])).await.stdout;
    assert_eq!(out[..64], expected[..64]);
}

#[tokio::test]
async fn more_in_and_out_than_all_buffers_hold_does_not_lock_up() {
    let agent = Agent::start();
    let mut exec = agent
        .client
        .exec(ExecRequest {
            stdin: true,
            ..command(&["cat"])
        })
        .await
        .unwrap();
    let sent: Vec<u8> = (0..4_000_000_u32)
        .flat_map(u32::to_le_bytes)
        .take(6_000_000)
        .collect();
    let (writer, reader) = (&mut exec.writer, &mut exec.reader);
    let mut received = Vec::new();
    within(async {
        tokio::join!(
            async {
                writer.stdin(sent.clone()).await.unwrap();
                writer.close_stdin().await.unwrap();
            },
            async {
                while let Some(event) = reader.recv().await.unwrap() {
                    if let ExecEvent::Stdout(bytes) = event {
                        received.extend_from_slice(&bytes);
                    }
                }
            }
        )
    })
    .await;
    assert!(
        received == sent,
        "{} of {} bytes came back",
        received.len(),
        sent.len()
    );
}

#[tokio::test]
async fn without_stdin_it_is_empty() {
    let agent = Agent::start();
    assert_eq!(run(&agent.client, command(&["cat"])).await.code, 0);
}

#[tokio::test]
async fn input_that_nobody_reads_is_taken_when_the_program_has_ended() {
    let agent = Agent::start();
    let mut exec = agent
        .client
        .exec(ExecRequest {
            stdin: true,
            ..shell("exec <&-; echo closed; exit 3")
        })
        .await
        .unwrap();
    let (writer, reader) = (&mut exec.writer, &mut exec.reader);
    let (sent, code) = within(async {
        tokio::join!(writer.stdin(vec![0; 2_000_000]), async {
            loop {
                if let Some(ExecEvent::Exit(code)) = reader.recv().await.unwrap() {
                    return code;
                }
            }
        })
    })
    .await;
    assert_eq!(code, 3);
    // Either all was taken, or the connection ended under it: never a wait for ever.
    assert!(matches!(sent, Ok(()) | Err(Error::Ended { .. })));
}

#[tokio::test]
async fn runs_where_and_with_what_it_is_told() {
    let agent = Agent::start();
    let request = ExecRequest {
        env: [("GREETING".to_owned(), "hi there".to_owned())].into(),
        cwd: Some(agent.dir.path().to_str().unwrap().to_owned()),
        ..shell("echo $GREETING; pwd; echo $HOME; echo $USER")
    };
    let said = run(&agent.client, request).await;
    let expected = format!("hi there\n{}\n/root\nroot\n", agent.dir.path().display());
    assert_eq!(String::from_utf8_lossy(&said.stdout), expected);
}

#[tokio::test]
async fn runs_as_another_user_with_only_their_rights() {
    let agent = Agent::start();
    let request = ExecRequest {
        user: Some("nobody".to_owned()),
        ..shell("id -u; id -G; grep CapEff /proc/self/status")
    };
    let said = run(&agent.client, request).await;
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(text.starts_with("65534\n65534\n"), "{text}");
    assert!(text.contains("0000000000000000"), "{text}");
}

#[tokio::test]
async fn says_what_cannot_be_started() {
    let agent = Agent::start();
    for (request, code, text) in [
        (command(&["no-such-program"]), Code::NotFound, "no-such-program"),
        (command(&["/etc/passwd"]), Code::Denied, "/etc/passwd"),
        (
            ExecRequest {
                cwd: Some("/no/such".into()),
                ..command(&["true"])
            },
            Code::NotFound,
            "/no/such",
        ),
        (
            ExecRequest {
                user: Some("no-such".into()),
                ..command(&["true"])
            },
            Code::NotFound,
            "no-such",
        ),
        (
            ExecRequest {
                session: Some("gone".into()),
                ..ExecRequest::default()
            },
            Code::NotFound,
            "ended",
        ),
        (ExecRequest::default(), Code::Invalid, "no command"),
    ] {
        match agent.client.exec(request).await {
            Err(Error::Refused(refusal)) => {
                assert_eq!(refusal.code, code, "{}", refusal.message);
                assert!(refusal.message.contains(text), "{}", refusal.message);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn on_a_terminal_there_is_one_stream_with_a_size() {
    let agent = Agent::start();
    let request = ExecRequest {
        tty: true,
        cols: 101,
        rows: 37,
        ..shell("stty size; echo err >&2; read -r x; stty size; echo $x")
    };
    let mut exec = agent.client.exec(request).await.unwrap();
    exec.writer.resize(90, 20).await.unwrap();
    exec.writer.stdin("typed\n").await.unwrap();
    let said = finish(&mut exec).await;
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(
        text.contains("20 90") && text.contains("err\r\n") && text.contains("typed"),
        "{text}"
    );
    assert!(said.stderr.is_empty());
}

#[tokio::test]
async fn the_end_of_input_ends_a_program_on_a_terminal() {
    let agent = Agent::start();
    let request = ExecRequest {
        tty: true,
        stdin: true,
        ..command(&["cat"])
    };
    let mut exec = agent.client.exec(request).await.unwrap();
    exec.writer.stdin("a line\n").await.unwrap();
    exec.writer.close_stdin().await.unwrap();
    assert_eq!(finish(&mut exec).await.code, 0);
}

#[tokio::test]
async fn ends_though_something_it_left_running_holds_its_streams() {
    let agent = Agent::start();
    let said = run(&agent.client, shell("sleep 1000 & echo $!; exit 4")).await;
    assert_eq!(said.code, 4);
    let pid: i32 = String::from_utf8_lossy(&said.stdout).trim().parse().unwrap();
    // SAFETY: ends the process that this test started.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGKILL) }, 0);
}

#[tokio::test]
async fn goes_on_where_a_broken_connection_stopped() {
    let agent = Agent::start();
    // 20 MB: far more than is ever kept, so it also waits for its reader.
    let script = "seq 1 2500000; seq 1 1000 >&2; exit 9";
    let mut exec = agent.client.exec(shell(script)).await.unwrap();
    let session = exec.session.clone();
    let (mut out, mut err, mut code) = (Vec::new(), Vec::new(), None);
    let mut cut = 1_usize;
    within(async {
        while code.is_none() {
            // Cut after ever different numbers of events, also in the middle of a call.
            for _ in 0..cut % 97 {
                match exec.reader.recv().await.unwrap() {
                    Some(ExecEvent::Stdout(bytes)) => out.extend_from_slice(&bytes),
                    Some(ExecEvent::Stderr(bytes)) => err.extend_from_slice(&bytes),
                    Some(ExecEvent::Exit(exit)) => code = Some(exit),
                    None => break,
                }
            }
            cut = cut.wrapping_mul(7).wrapping_add(3);
            drop(exec);
            let request = ExecRequest {
                session: Some(session.clone()),
                stdout: out.len() as u64,
                stderr: err.len() as u64,
                ..ExecRequest::default()
            };
            exec = agent.client.exec(request).await.unwrap();
        }
    })
    .await;
    let numbers = |n: u32| lines(1..=n, |i| i.to_string());
    assert!(out == numbers(2_500_000).as_bytes(), "{} bytes", out.len());
    assert!(err == numbers(1000).as_bytes());
    assert_eq!(code, Some(9));
}

#[tokio::test]
async fn a_program_waits_for_its_reader_and_nothing_is_lost() {
    let agent = Agent::start();
    let marker = agent.path("done");
    let script = format!("seq 1 500000; touch {marker}");
    let mut exec = agent.client.exec(shell(&script)).await.unwrap();
    exec.reader.acknowledge_manually();
    let mut out = Vec::new();
    // Everything that comes without an acknowledgement: exactly one window.
    while out.len() < 256 << 10 {
        if let Some(ExecEvent::Stdout(bytes)) = within(exec.reader.recv()).await.unwrap() {
            out.extend_from_slice(&bytes);
        }
    }
    let more = tokio::time::timeout(std::time::Duration::from_millis(300), exec.reader.recv()).await;
    assert!(more.is_err(), "more than a window came: {more:?}");
    assert!(!std::path::Path::new(&marker).exists());
    exec.writer.ack(out.len() as u64, 0);
    while let Some(event) = within(exec.reader.recv()).await.unwrap() {
        if let ExecEvent::Stdout(bytes) = event {
            out.extend_from_slice(&bytes);
            exec.writer.ack(out.len() as u64, 0);
        }
    }
    assert!(out.ends_with(b"\n500000\n"));
    assert_eq!(
        out.len(),
        (1..=500_000_u32).map(|i| i.to_string().len() + 1).sum::<usize>()
    );
}

#[tokio::test]
async fn standard_input_goes_on_after_a_broken_connection() {
    let agent = Agent::start();
    let request = ExecRequest {
        stdin: true,
        ..shell("read -r x; echo got $x; cat")
    };
    let mut exec = agent.client.exec(request).await.unwrap();
    exec.writer.stdin("one\n").await.unwrap();
    let mut out = Vec::new();
    while !contains(&out, b"got one\n") {
        if let Some(ExecEvent::Stdout(bytes)) = within(exec.reader.recv()).await.unwrap() {
            out.extend_from_slice(&bytes);
        }
    }
    let session = exec.session.clone();
    drop(exec);
    let request = ExecRequest {
        session: Some(session),
        stdout: out.len() as u64,
        ..ExecRequest::default()
    };
    let mut exec = agent.client.exec(request).await.unwrap();
    assert_eq!(exec.stdin_received, 4);
    exec.writer.stdin("two\n").await.unwrap();
    exec.writer.close_stdin().await.unwrap();
    assert_eq!(finish(&mut exec).await.stdout, b"two\n");
}

#[tokio::test]
async fn the_exit_code_is_kept_for_who_comes_back() {
    let agent = Agent::start();
    let exec = agent.client.exec(shell("exit 5")).await.unwrap();
    let session = exec.session.clone();
    drop(exec);
    until(|| async { (agent.client.activity().await.unwrap().execs == 0).then_some(()) }).await;
    for _ in 0..2 {
        let request = ExecRequest {
            session: Some(session.clone()),
            ..ExecRequest::default()
        };
        assert_eq!(run(&agent.client, request).await.code, 5);
    }
}

#[tokio::test]
async fn the_newest_connection_takes_over() {
    let agent = Agent::start();
    let mut first = agent
        .client
        .exec(ExecRequest {
            stdin: true,
            ..command(&["cat"])
        })
        .await
        .unwrap();
    let request = ExecRequest {
        session: Some(first.session.clone()),
        ..ExecRequest::default()
    };
    let mut second = agent.client.exec(request).await.unwrap();
    assert!(matches!(
        within(first.reader.recv()).await,
        Err(Error::Ended { .. })
    ));
    second.writer.stdin("hello").await.unwrap();
    second.writer.close_stdin().await.unwrap();
    assert_eq!(finish(&mut second).await.stdout, b"hello");
}

//! Terminals: attaching, reattaching, several clients, slow clients, ends.

use std::time::Duration;

use proptest::test_runner::{Config, TestRunner};
use toft_agent::wire::{Code, OpenTerminal};
use toft_agent::{Client, Error, TerminalEvent, TerminalStream};

use crate::support::{Agent, bash, contains, lines, read_until, shell, until, within};

async fn attach(client: &Client, session: &str, offset: Option<u64>) -> TerminalStream {
    let request = OpenTerminal {
        session: Some(session.to_owned()),
        offset,
        ..OpenTerminal::default()
    };
    client.terminal(request).await.unwrap()
}

async fn first(terminal: &mut TerminalStream) -> (u64, bool, u64) {
    match terminal.reader.recv().await.unwrap() {
        Some(TerminalEvent::Attached {
            offset,
            reset,
            repaint,
        }) => (offset, reset, repaint),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_shell_answers_and_its_exit_code_is_told() {
    let agent = Agent::start();
    let mut terminal = agent.client.terminal(bash()).await.unwrap();
    assert_eq!(first(&mut terminal).await, (0, false, 0));
    terminal
        .writer
        .input("echo $((6*7)) $TERM; stty size\n")
        .await
        .unwrap();
    let seen = read_until(&mut terminal, "24 80").await;
    assert!(contains(&seen, b"42 xterm-256color"));
    terminal.writer.input("exit 3\n").await.unwrap();
    let code = within(async {
        loop {
            if let Some(TerminalEvent::Exit(code)) = terminal.reader.recv().await.unwrap() {
                return code;
            }
        }
    })
    .await;
    assert_eq!(code, 3);
    assert_eq!(terminal.reader.recv().await.unwrap(), None);
}

#[tokio::test]
async fn without_a_command_it_is_the_user_s_login_shell() {
    let agent = Agent::start();
    let mut terminal = agent.client.terminal(OpenTerminal::default()).await.unwrap();
    terminal
        .writer
        .input("shopt -q login_shell && echo log''in $HOME $PWD\n")
        .await
        .unwrap();
    read_until(&mut terminal, "login /root /root").await;
}

#[tokio::test]
async fn exactly_the_missing_bytes_are_sent_at_any_cut() {
    let agent = Agent::start();
    let mut terminal = agent.client.terminal(bash()).await.unwrap();
    terminal
        .writer
        .input("stty -echo; seq 1 3000; printf 'h\\303\\251\\360\\237\\246\\200\\033[31m%s\\n' e''nd\n")
        .await
        .unwrap();
    let all = read_until(&mut terminal, "end").await;
    let handle = tokio::runtime::Handle::current();
    let (client, session) = (agent.client.clone(), terminal.session.clone());
    tokio::task::spawn_blocking(move || {
        let config = Config {
            cases: 40,
            failure_persistence: None,
            ..Config::default()
        };
        TestRunner::new(config)
            .run(&(0..=all.len()), |cut| {
                let rest = handle.block_on(async {
                    let mut again = attach(&client, &session, Some(cut as u64)).await;
                    assert_eq!(first(&mut again).await, (cut as u64, false, 0));
                    let mut rest = Vec::new();
                    while cut + rest.len() < all.len() {
                        match within(again.reader.recv()).await.unwrap() {
                            Some(TerminalEvent::Output(bytes)) => rest.extend_from_slice(&bytes),
                            other => panic!("{other:?}"),
                        }
                    }
                    assert_eq!(again.reader.offset(), (cut + rest.len()) as u64);
                    rest
                });
                assert!(rest.starts_with(&all[cut..]));
                Ok(())
            })
            .unwrap();
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn output_goes_on_over_random_cuts_without_loss_or_double() {
    let agent = Agent::start();
    let script = "stty -echo; echo ready; exec cat";
    let request = OpenTerminal {
        command: ["bash", "-c", script].map(str::to_owned).to_vec(),
        ..bash()
    };
    let mut terminal = agent.client.terminal(request).await.unwrap();
    let session = terminal.session.clone();
    let mut all = read_until(&mut terminal, "ready\r\n").await;
    let writer = terminal.writer.clone();
    let text = lines(0..=2999, |line| format!("line {line} é🦀"));
    let expected = format!("ready\r\n{}", text.replace('\n', "\r\n"));
    let typing = tokio::spawn(async move {
        for line in text.split_inclusive('\n') {
            writer.input(line.to_owned()).await.unwrap();
        }
        // Kept open: what was typed is on its way.
        writer
    });
    let mut cut = 1_usize;
    within(async {
        while all.len() < expected.len() {
            for _ in 0..cut % 11 {
                if all.len() >= expected.len() {
                    break;
                }
                match terminal.reader.recv().await.unwrap() {
                    Some(TerminalEvent::Output(bytes)) => all.extend_from_slice(&bytes),
                    Some(TerminalEvent::Attached { offset, reset, .. }) => {
                        assert!(!reset);
                        // The first one stands before what was read of it already.
                        assert!(offset == all.len() as u64 || offset == 0);
                    }
                    other => panic!("{other:?}"),
                }
            }
            cut = cut.wrapping_mul(31).wrapping_add(7);
            terminal = attach(&agent.client, &session, Some(all.len() as u64)).await;
        }
    })
    .await;
    drop(typing.await.unwrap());
    assert!(all == expected.as_bytes(), "{}", String::from_utf8_lossy(&all));
}

#[tokio::test]
async fn what_has_left_the_ring_is_painted_anew() {
    let agent = Agent::start();
    let mut terminal = agent.client.terminal(bash()).await.unwrap();
    terminal.writer.input("seq 1 100000; echo e''nd\n").await.unwrap();
    read_until(&mut terminal, "\r\nend").await;
    let mut again = attach(&agent.client, &terminal.session, Some(10)).await;
    let (offset, reset, repaint) = first(&mut again).await;
    assert!(reset && repaint > 20_000, "{repaint}");
    let mut painted = Vec::new();
    while (painted.len() as u64) < repaint {
        match within(again.reader.recv()).await.unwrap() {
            Some(TerminalEvent::Repaint(bytes)) => painted.extend_from_slice(&bytes),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(again.reader.offset(), offset, "repaint does not count");
    let text = String::from_utf8(painted).unwrap();
    let (oldest, newest) = (100_000 - 5000 - 20, 100_000);
    assert!(
        text.contains(&format!("\r\n{newest}\r\nend")),
        "the screen is there"
    );
    assert!(
        text.contains(&format!("\r\n{}\r\n", oldest + 100)),
        "5000 lines of scrollback are there"
    );
    assert!(
        !text.contains(&format!("\r\n{}\r\n", oldest - 100)),
        "and no more"
    );
    // And it lives on from there.
    again.writer.input("echo a''live\n").await.unwrap();
    read_until(&mut again, "alive").await;
}

#[tokio::test]
async fn a_full_screen_program_comes_back_as_it_was() {
    let agent = Agent::start();
    let mut terminal = agent.client.terminal(bash()).await.unwrap();
    let editor = "printf 'b''efore\\n\\033]2;my title\\007\\033[?1049h\\033[?1h\\033[?2004h\\033[?1002h\\033[?1006h\\033[?25l\\033[2J\\033[5;10H\\033[1;33;44mEDI\\303\\211\\033[m\\033[24;1H-- INS''ERT --\\033[5;14H'; read -rsn1\n";
    terminal.writer.input(editor).await.unwrap();
    read_until(&mut terminal, "-- INSERT --").await;
    let mut again = attach(&agent.client, &terminal.session, None).await;
    let (_, reset, repaint) = first(&mut again).await;
    assert!(reset);
    let mut painted = Vec::new();
    while (painted.len() as u64) < repaint {
        if let Some(TerminalEvent::Repaint(bytes)) = within(again.reader.recv()).await.unwrap() {
            painted.extend_from_slice(&bytes);
        }
    }
    // Another terminal emulator's word on what was painted.
    let mut judge = vt100::Parser::default();
    judge.process(&painted);
    let screen = judge.screen();
    assert!(screen.alternate_screen() && screen.application_cursor() && screen.bracketed_paste());
    assert!(screen.hide_cursor());
    assert_eq!(
        screen.mouse_protocol_mode(),
        vt100::MouseProtocolMode::ButtonMotion
    );
    assert_eq!(
        screen.mouse_protocol_encoding(),
        vt100::MouseProtocolEncoding::Sgr
    );
    assert_eq!(screen.cursor_position(), (4, 13));
    let cell = screen.cell(4, 12).unwrap();
    assert_eq!((cell.contents(), cell.bold()), ("É", true));
    assert_eq!(
        (cell.fgcolor(), cell.bgcolor()),
        (vt100::Color::Idx(3), vt100::Color::Idx(4))
    );
    assert!(screen.contents().contains("-- INSERT --") && !screen.contents().contains("before"));
    assert!(contains(&painted, b"\x1b]2;my title\x07"));
    // Leaving shows the shell's screen again.
    judge.process(b"\x1b[?1049l");
    assert!(judge.screen().contents().contains("before"));
    let title = agent.client.terminals().await.unwrap()[0].title.clone();
    assert_eq!(title, "my title");
}

#[tokio::test]
async fn vim_comes_back_as_it_was() {
    let agent = Agent::start();
    let file = agent.path("text");
    std::fs::write(&file, lines(1..=100, |i| format!("line {i} — ünï🦀"))).unwrap();
    let command = ["vim", "-u", "NONE", "-N", "-c", "set number ruler", &file]
        .map(str::to_owned)
        .to_vec();
    let mut terminal = match agent.client.terminal(OpenTerminal { command, ..bash() }).await {
        Ok(terminal) => terminal,
        Err(Error::Refused(refusal)) if refusal.code == Code::NotFound => return,
        Err(error) => panic!("{error}"),
    };
    let mut live = vt100::Parser::default();
    live.process(&read_until(&mut terminal, "Top").await);
    terminal.writer.input("50Gztix\u{1b}").await.unwrap();
    // The screen as a client that was there all the time sees it.
    within(async {
        while !(live.screen().contents().contains("xline 50") && live.screen().contents().contains("50,1")) {
            if let Some(TerminalEvent::Output(bytes)) = terminal.reader.recv().await.unwrap() {
                live.process(&bytes);
            }
        }
    })
    .await;
    let mut again = attach(&agent.client, &terminal.session, None).await;
    let mut painted = vt100::Parser::default();
    until_equal(&mut again, &mut painted, &live).await;
    assert_eq!(
        painted.screen().cursor_position(),
        live.screen().cursor_position()
    );
    assert!(painted.screen().alternate_screen());
}

async fn until_equal(terminal: &mut TerminalStream, painted: &mut vt100::Parser, wanted: &vt100::Parser) {
    within(async {
        while painted.screen().contents() != wanted.screen().contents() {
            match terminal.reader.recv().await.unwrap() {
                Some(TerminalEvent::Repaint(bytes) | TerminalEvent::Output(bytes)) => painted.process(&bytes),
                Some(TerminalEvent::Attached { .. }) => {}
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn several_clients_see_the_same_and_the_last_size_counts() {
    let agent = Agent::start();
    let mut one = agent.client.terminal(bash()).await.unwrap();
    read_until(&mut one, "$ ").await;
    let request = OpenTerminal {
        session: Some(one.session.clone()),
        cols: 132,
        rows: 50,
        ..OpenTerminal::default()
    };
    let mut two = agent.client.terminal(request).await.unwrap();
    two.writer.input("stty size; echo fr''om two\n").await.unwrap();
    assert!(contains(&read_until(&mut one, "from two").await, b"50 132"));
    read_until(&mut two, "from two").await;
    let info = agent.client.terminals().await.unwrap().remove(0);
    assert_eq!((info.clients, info.cols, info.rows), (2, 132, 50));
    one.writer.resize(60, 20).await.unwrap();
    one.writer.input("stty size; echo fr''om one\n").await.unwrap();
    assert!(contains(&read_until(&mut two, "from one").await, b"20 60"));
    drop(one);
    until(|| async { (agent.client.terminals().await.unwrap()[0].clients == 1).then_some(()) }).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_holds_nothing_up() {
    let agent = Agent::start();
    let slow = agent.client.terminal(bash()).await.unwrap();
    let mut quick = attach(&agent.client, &slow.session, None).await;
    quick.writer.input("seq 1 400000; echo e''nd\n").await.unwrap();
    let mut tail = Vec::new();
    within(async {
        while !contains(&tail, b"\r\nend") {
            if let Some(TerminalEvent::Output(bytes) | TerminalEvent::Repaint(bytes)) =
                quick.reader.recv().await.unwrap()
            {
                tail.extend_from_slice(&bytes);
                tail.drain(..tail.len().saturating_sub(8192));
            }
        }
    })
    .await;
    // The slow one now reads what fell behind: a jump, with a repaint in between.
    let mut slow = slow;
    let mut jumped = false;
    let mut seen = Vec::new();
    within(async {
        while !contains(&seen, b"400000\r\nend") {
            match slow.reader.recv().await.unwrap() {
                Some(TerminalEvent::Attached { reset, .. }) => jumped |= reset,
                Some(TerminalEvent::Output(bytes) | TerminalEvent::Repaint(bytes)) => {
                    seen.extend_from_slice(&bytes);
                    seen.drain(..seen.len().saturating_sub(8192));
                }
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
    assert!(jumped, "it was not made to keep everything");
}

#[tokio::test]
async fn a_flood_reaches_a_client_that_is_a_little_slow_whole() {
    let agent = Agent::start();
    let mut terminal = agent.client.terminal(bash()).await.unwrap();
    assert_eq!(first(&mut terminal).await, (0, false, 0));
    let request = "stty -echo; echo rea''dy; seq 1 300000; echo fini''shed\n";
    terminal.writer.input(request).await.unwrap();
    let mut seen = Vec::new();
    while !contains(&seen[seen.len().saturating_sub(256)..], b"finished\r\n") {
        match within(terminal.reader.recv()).await.unwrap() {
            Some(TerminalEvent::Output(bytes)) => seen.extend_from_slice(&bytes),
            other => panic!("after {} bytes {other:?}", seen.len()),
        }
        // Slower than the program writes, and by far not stuck: what the test is about.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let text = String::from_utf8(seen).unwrap();
    let numbers = text.split_once("ready\r\n").unwrap().1;
    let numbers = numbers.split_once("finished").unwrap().0;
    let wanted: String = (1..=300_000).map(|number| format!("{number}\r\n")).collect();
    assert!(numbers == wanted, "{} bytes of {}", numbers.len(), wanted.len());
}

#[tokio::test]
async fn the_end_is_told_to_who_comes_late_and_closing_kills() {
    let agent = Agent::start();
    let terminal = agent
        .client
        .terminal(OpenTerminal {
            command: vec!["bash".into(), "-c".into(), "echo bye; exit 6".into()],
            ..bash()
        })
        .await
        .unwrap();
    let session = terminal.session.clone();
    drop(terminal);
    until(|| async { agent.client.terminals().await.unwrap()[0].exit_code }).await;
    let mut late = attach(&agent.client, &session, Some(0)).await;
    assert!(contains(&read_until(&mut late, "bye\r\n").await, b"bye"));
    assert_eq!(
        within(late.reader.recv()).await.unwrap(),
        Some(TerminalEvent::Exit(6))
    );

    let script = "trap '' HUP; echo ready; while :; do sleep 0.1; done";
    let request = OpenTerminal {
        command: ["bash", "-c", script].map(str::to_owned).to_vec(),
        ..bash()
    };
    let mut stubborn = agent.client.terminal(request).await.unwrap();
    read_until(&mut stubborn, "ready").await;
    agent.client.close_terminal(&stubborn.session).await.unwrap();
    let ended = until(|| async {
        let list = agent.client.terminals().await.unwrap();
        list.iter()
            .find(|info| info.session == stubborn.session)
            .unwrap()
            .exit_code
    })
    .await;
    assert_eq!(ended, 128 + 9);
    let unknown = agent.client.close_terminal("nothing").await;
    assert!(matches!(unknown, Err(Error::Refused(refusal)) if refusal.code == Code::NotFound));
}

#[tokio::test]
async fn activity_tells_what_happened() {
    let agent = Agent::start();
    let before = agent.client.activity().await.unwrap();
    assert_eq!(
        (before.terminals, before.terminal_input_s, before.execs),
        (0, None, 0)
    );
    let mut terminal = agent.client.terminal(bash()).await.unwrap();
    terminal.writer.input("echo h''i\n").await.unwrap();
    read_until(&mut terminal, "hi").await;
    let exec = agent.client.exec(shell("sleep 1000")).await.unwrap();
    let during = agent.client.activity().await.unwrap();
    assert_eq!(
        (during.terminals, during.terminal_clients, during.execs),
        (1, 1, 1)
    );
    assert!(during.terminal_input_s.is_some() && during.terminal_output_s.is_some());
    exec.writer.signal(toft_agent::wire::Signal::Kill).await.unwrap();
    until(|| async { (agent.client.activity().await.unwrap().execs == 0).then_some(()) }).await;
    tokio::time::timeout(Duration::from_secs(1), agent.client.info())
        .await
        .unwrap()
        .unwrap();
}

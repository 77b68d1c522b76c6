//! The daemon is killed; nothing inside a workspace notices.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use toft_e2e::{Daemon, Terminal, eventually};

#[test]
fn processes_and_commands_outlive_the_daemon() {
    let mut toft = Daemon::start();
    toft.create("dev");
    let before = toft.get("ws", "dev")["status"]["startedAt"].clone();
    toft.sh(
        "dev",
        "nohup sh -c 'echo $$ > pid; exec sleep 1000' >/dev/null 2>&1 & sleep 0.3",
    )
    .ok();

    // A command that counts, read by a client that stays.
    let mut command = toft.command(&[
        "exec",
        "dev",
        "--",
        "sh",
        "-c",
        "i=0; while [ $i -lt 100 ]; do echo $i; i=$((i+1)); sleep 0.1; done; exit 5",
    ]);
    let mut client = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(client.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    assert_eq!(lines.next().as_deref(), Some("0"));
    toft.kill();
    toft.launch(&[]);

    let rest: Vec<String> = lines.collect();
    let wanted: Vec<String> = (1..100).map(|number| number.to_string()).collect();
    assert_eq!(rest, wanted, "nothing lost, nothing doubled");
    assert_eq!(client.wait().unwrap().code(), Some(5), "the exit code is kept");

    toft.sh("dev", "kill -0 $(cat pid)").ok();
    assert_eq!(
        toft.until_phase("dev", "Running")["status"]["startedAt"],
        before,
        "adopted, not restarted"
    );
}

#[test]
fn what_was_asked_before_a_crash_is_done_after_it() {
    let mut toft = Daemon::start();
    toft.create("dev");
    toft.run(&["stop", "dev"]).ok();
    toft.run(&["create", "other"]).ok();
    toft.kill();
    toft.launch(&[]);
    toft.until_phase("dev", "Stopped");
    toft.until_phase("other", "Running");
    toft.run(&["delete", "dev", "other", "--yes", "--wait=120"]).ok();
}

#[test]
fn a_moved_data_directory_goes_on() {
    let mut toft = Daemon::start();
    toft.create("dev");
    toft.sh("dev", "echo kept > note").ok();
    toft.run(&["stop", "dev", "--wait=60"]).ok();
    toft.stop();
    toft.move_data();
    toft.launch(&[]);
    toft.run(&["start", "dev", "--wait=60"]).ok();
    assert_eq!(toft.sh("dev", "cat note").ok(), "kept\n");
    eventually("it is ready", || {
        (toft.run(&["ls"]).ok().contains("Running")).then_some(())
    });
}

#[test]
fn no_output_inside_ends_in_a_pipe_of_the_daemons() {
    let toft = Daemon::start();
    toft.create("dev");
    let template = "apiVersion: toft.dev/v1alpha1\nkind: Template\nmetadata: {name: site}\nspec: {title: Site, image: debian-shell, \
                    user: {name: toft, uid: 1000, home: /home/toft, shell: /bin/bash}, \
                    apps: [{name: site, title: Site, kind: web, port: 9000, command: [python3, -c, \"import socket\\ns = socket.create_server(('127.0.0.1', 9000))\\nwhile True:\\n  c = s.accept()[0]; c.recv(999); \
                    c.sendall(b'HTTP/1.0 200 OK\\\\r\\\\n\\\\r\\\\n'); c.close()\"]}]}\n";
    toft.feed(&["apply", "-f", "-"], template.as_bytes()).ok();
    toft.run(&["create", "site", "--template", "site", "--wait=120"])
        .ok();
    let mut client = toft.command(&["exec", "dev", "--", "sh", "-c", "echo on; sleep 1000"]);
    let mut client = client
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(client.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    let terminal = Terminal::open(&toft.data_dir(), "admin", "dev", "echo is-$((40+2))\r");
    terminal.until("is-42");

    let pipes = |process: u32| -> Vec<String> {
        let open = std::fs::read_dir(format!("/proc/{process}/fd"));
        let targets = open.into_iter().flatten().flatten();
        targets
            .filter_map(|entry| std::fs::read_link(entry.path()).ok())
            .map(|target| target.display().to_string())
            .filter(|target| target.starts_with("pipe:"))
            .collect()
    };
    // What this test was given by whoever runs it, everybody here was given.
    let given = pipes(std::process::id());
    let mut ours = pipes(toft.pid());
    ours.retain(|pipe| !given.contains(pipe));
    assert!(!ours.is_empty(), "a daemon has pipes of its own");
    let inside = toft.instance().processes();
    for wanted in ["agent", "sleep 1000", "create_server", "bash", " dns "] {
        assert!(
            inside.iter().any(|(_, line)| line.contains(wanted)),
            "{wanted}: {inside:?}"
        );
    }
    for (number, line) in inside {
        let shared: Vec<String> = pipes(number)
            .into_iter()
            .filter(|pipe| ours.contains(pipe))
            .collect();
        assert!(shared.is_empty(), "{line} shares {shared:?} with the daemon");
        for stream in 0..3 {
            let target = std::fs::read_link(format!("/proc/{number}/fd/{stream}")).unwrap_or_default();
            let target = target.display().to_string();
            assert!(
                !target.starts_with("socket:"),
                "stream {stream} of {line} is a socket, perhaps of the daemon's"
            );
        }
    }
    client.kill().unwrap();
    client.wait().unwrap();
}

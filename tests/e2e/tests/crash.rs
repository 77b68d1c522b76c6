//! The daemon is killed; nothing inside a workspace notices.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use toft_e2e::{Daemon, eventually};

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

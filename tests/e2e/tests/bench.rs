//! `toft bench` on a machine in use: what it prints, and that nothing of it stays.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use toft_e2e::{Daemon, eventually};

#[test]
fn the_short_bench_measures_and_leaves_nothing() {
    let toft = Daemon::start();
    let said = toft.run(&["bench", "--rounds", "2", "-o", "json"]).ok();
    let said: Value = serde_json::from_str(&said).unwrap();
    let lines = said["measurements"].as_array().unwrap();
    let names: Vec<&str> = lines.iter().map(|line| line["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["create", "start", "exec", "echo", "daemon", "agent"]);
    for line in lines {
        let [min, p50, max] = ["min", "p50", "max"].map(|key| line[key].as_f64().unwrap());
        assert!(0.0 < min && min <= p50 && p50 <= max, "{line}");
    }
    assert_eq!(lines[1]["samples"], 2);
    assert_eq!(toft.run(&["ls", "-o", "name"]).ok(), "", "nothing stays");
    interrupted(&toft);
}

/// Ctrl-C while the workspace is there.
fn interrupted(toft: &Daemon) {
    let mut command = toft.command(&["bench", "--rounds", "100"]);
    let command = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let pid = Pid::from_child(&child);
    eventually("the bench has made its workspace", || {
        (!toft.run(&["ls", "-o", "name"]).ok().is_empty()).then_some(())
    });
    kill_process(pid, Signal::INT).unwrap();
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(130), "{said}");
    assert!(ended.stdout.is_empty() && said.contains("is removed"), "{said}");
    assert_eq!(toft.run(&["ls", "-o", "name"]).ok(), "", "nothing stays");
}

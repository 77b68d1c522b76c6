use std::io::{Read, Seek, Write};
use std::os::fd::OwnedFd;
use std::time::Duration;

use super::*;

#[tokio::test]
async fn input_goes_in_and_output_comes_out() {
    let done = Door::default()
        .run(Program::new("t", "cat").stdin("grüße"))
        .await
        .unwrap();
    assert_eq!(done.stdout, "grüße".as_bytes());
}

#[tokio::test]
async fn a_failure_carries_what_the_program_said() {
    let error = Door::default()
        .run(Program::new("t", "sh").args(["-c", "echo no luck >&2; exit 3"]))
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "sh failed (exit status: 3): no luck");
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let error = Door::default()
        .run(Program::new("t", "no-such-program"))
        .await
        .unwrap_err();
    assert!(
        error.to_string().starts_with("failed to start no-such-program: "),
        "{error}"
    );
}

#[tokio::test]
async fn the_environment_is_not_inherited() {
    let done = Door::default()
        .run(Program::new("t", "env").env("ONLY", "this"))
        .await
        .unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(text.contains("ONLY=this") && !text.contains("CARGO"), "{text}");
}

#[tokio::test]
async fn time_limits_kill_the_whole_group() {
    let program = Program::new("t", "sh")
        .args(["-c", "sleep 600 & wait"])
        .timeout(Duration::from_millis(200));
    assert!(matches!(
        Door::default().run(program).await,
        Err(SpawnError::TimedOut { .. })
    ));
}

#[tokio::test]
async fn descriptors_arrive_in_order() {
    let mut files: Vec<std::fs::File> = (0..3).map(|_| tempfile::tempfile().unwrap()).collect();
    for (index, file) in files.iter_mut().enumerate() {
        write!(file, "file {index};").unwrap();
        file.rewind().unwrap();
    }
    let fds = files.into_iter().map(OwnedFd::from).collect();
    let done = Door::default()
        .run(
            Program::new("t", "sh")
                .args(["-c", "cat <&3 <&4; cat <&5"])
                .fds(fds),
        )
        .await
        .unwrap();
    assert_eq!(String::from_utf8(done.stdout).unwrap(), "file 1;file 2;");
}

#[tokio::test]
async fn lines_come_as_they_are_said() {
    let mut seen = Vec::new();
    let program = Program::new("t", "sh").args(["-c", "echo one; echo two >&2"]);
    Door::default()
        .run_lines(program, |line| seen.push(line.to_owned()))
        .await
        .unwrap();
    seen.sort();
    assert_eq!(seen, ["one", "two"]);
}

#[tokio::test]
async fn a_detached_program_writes_to_its_log() {
    let mut log = tempfile::tempfile().unwrap();
    // Appending, so that reading here does not move the place where the program writes.
    rustix::fs::fcntl_setfl(&log, rustix::fs::OFlags::APPEND).unwrap();
    Door::default()
        .spawn_detached(Program::new("t", "echo").arg("hello"), log.try_clone().unwrap())
        .unwrap();
    let mut text = String::new();
    for _ in 0..500 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        log.rewind().unwrap();
        text.clear();
        log.read_to_string(&mut text).unwrap();
        if !text.is_empty() {
            break;
        }
    }
    assert_eq!(text, "hello\n");
}

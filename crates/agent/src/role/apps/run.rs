//! The task that owns an app's process.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use tokio::net::unix::pipe;
use tokio::time::{sleep, timeout};

use super::{App, ready};
use crate::role::agent::Agent;
use crate::role::reaper::{self, Exit, kill_group};
use crate::role::spawn::{self, Job, Streams};
use crate::wire::{AppState, Code, Refusal, Restart};

/// The first wait before an app is started again; doubled each time.
const BACKOFF: Duration = Duration::from_millis(500);
/// The longest.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);
/// Who ran that long did not fail at the start.
const STEADY: Duration = Duration::from_mins(1);
/// How long a stopped app has to end.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// Keeps the app running until it is stopped or will not be started again.
pub async fn run(agent: &Agent, app: &App) {
    let mut stop = app.stop.subscribe();
    let mut backoff = BACKOFF;
    while !*stop.borrow() {
        let started = Instant::now();
        let code = match start(agent, app) {
            Ok((pid, exit, output)) => live(app, pid, exit, output).await,
            Err(refusal) => {
                app.log(format!("[toft] {}\n", refusal.message).as_bytes());
                app.update(|status| status.reason = refusal.message);
                None
            }
        };
        if *stop.borrow() {
            break;
        }
        if !again(app.spec.restart, code) {
            app.update(|status| status.state = AppState::Exited);
            return;
        }
        if started.elapsed() >= STEADY {
            backoff = BACKOFF;
        }
        app.update(|status| status.state = AppState::Failed);
        tokio::select! {
            () = sleep(backoff) => {}
            _ = stop.wait_for(|stop| *stop) => break,
        }
        backoff = (backoff * 2).min(LONGEST_BACKOFF);
        app.update(|status| {
            status.state = AppState::Starting;
            status.restarts += 1;
        });
    }
    app.update(|status| status.state = AppState::Exited);
}

fn again(restart: Restart, code: Option<i32>) -> bool {
    match restart {
        Restart::Always => true,
        Restart::OnFailure => code != Some(0),
        Restart::Never => false,
    }
}

fn start(agent: &Agent, app: &App) -> Result<(i32, Exit, pipe::Receiver), Refusal> {
    let spec = &app.spec;
    let identity = agent.user(spec.user.as_deref())?;
    let mut env = spec.env.clone();
    if let Some(port) = spec.port {
        env.entry("PORT".to_owned()).or_insert_with(|| port.to_string());
    }
    let job = Job {
        command: &spec.command,
        arg0: None,
        env: &env,
        cwd: spec.cwd.as_deref(),
        identity: &identity,
        // A restarted agent would start it a second time.
        bound: true,
    };
    let no_pipe =
        |error: io::Error| Refusal::new(Code::Failed, format!("failed to make a pipe for a log: {error}"));
    let (read, stdout, stderr) = log_pipe().map_err(no_pipe)?;
    let pid = spawn::spawn(
        &job,
        Streams::Three {
            stdin: None,
            stdout,
            stderr,
        },
    )?;
    Ok((pid, agent.reaper.register(pid), read))
}

fn log_pipe() -> io::Result<(pipe::Receiver, OwnedFd, OwnedFd)> {
    let (read, write) = spawn::pipe()?;
    let stderr = write.try_clone()?;
    Ok((pipe::Receiver::from_owned_fd(read)?, write, stderr))
}

/// Sees a started app through to its end; returns its exit code.
async fn live(app: &App, pid: i32, mut exit: Exit, output: pipe::Receiver) -> Option<i32> {
    app.update(|status| {
        status.pid = Some(pid);
        status.reason = String::new();
    });
    let mut stop = app.stop.subscribe();
    let code = tokio::select! {
        code = reaper::exited(&mut exit) => code,
        () = become_ready(app) => 0,
        () = collect(app, &output) => 0,
        _ = stop.wait_for(|stop| *stop) => end(pid, &mut exit).await,
    };
    // What it left running of its own group goes with it.
    kill_group(pid, libc::SIGTERM);
    drain(app, &output);
    let reason = if code > 128 {
        format!("killed by signal {}", code - 128)
    } else {
        format!("exit code {code}")
    };
    app.update(|status| {
        status.pid = None;
        status.exit_code = Some(code);
        status.reason = reason;
    });
    Some(code)
}

/// Marks it ready when it is, and never returns.
async fn become_ready(app: &App) {
    if let Some(check) = &app.spec.ready {
        ready::wait(check, |reason| {
            if app.status.borrow().reason != reason {
                app.update(|status| status.reason = reason);
            }
        })
        .await;
    }
    app.update(|status| {
        status.state = AppState::Ready;
        status.reason = String::new();
    });
    std::future::pending::<()>().await;
}

/// Collects its output, and never returns.
async fn collect(app: &App, output: &pipe::Receiver) {
    while output.readable().await.is_ok() && drain(app, output) {
        tokio::task::yield_now().await;
    }
    std::future::pending::<()>().await;
}

/// Takes what output there is; `false` at its end.
fn drain(app: &App, output: &pipe::Receiver) -> bool {
    let mut buffer = [0; 8 << 10];
    // Bounded, so that an app that never stops talking does not keep others waiting.
    for _ in 0..16 {
        match output.try_read(&mut buffer) {
            Ok(0) => return false,
            Ok(length) => app.log(&buffer[..length]),
            Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
        }
    }
    true
}

async fn end(pid: i32, exit: &mut Exit) -> i32 {
    kill_group(pid, libc::SIGTERM);
    if let Ok(code) = timeout(STOP_GRACE, reaper::exited(exit)).await {
        return code;
    }
    kill_group(pid, libc::SIGKILL);
    reaper::exited(exit).await
}

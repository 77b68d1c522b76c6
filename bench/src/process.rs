//! Programs that are run to their end, with a bound on how long that may take.

use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::failure::{Context, Failure};

/// How long one command may take before its measurement is given up.
const LIMIT: Duration = Duration::from_mins(15);

/// What a program left that succeeded.
#[derive(Debug)]
pub struct Done {
    /// Its standard output.
    pub out: String,
    /// From before it was started until it had ended.
    pub took: Duration,
}

/// A command that dies with the bench.
pub fn command(program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).kill_on_drop(true).stdin(Stdio::null());
    command
}

/// Runs it; fails with what it said where it fails.
pub async fn run(command: &mut Command) -> Result<Done, Failure> {
    feed(command, &[]).await
}

/// The same with this on its standard input.
pub async fn feed(command: &mut Command, input: &[u8]) -> Result<Done, Failure> {
    let name = command.as_std().get_program().display().to_string();
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    if !input.is_empty() {
        command.stdin(Stdio::piped());
    }
    let began = Instant::now();
    let mut child = command.spawn().context(|| format!("start {name}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        let written = stdin.write_all(input).await;
        written.context(|| format!("write to {name}"))?;
    }
    let ended = tokio::time::timeout(LIMIT, child.wait_with_output()).await;
    let output = ended
        .context(|| format!("wait for {name}"))?
        .context(|| format!("wait for {name}"))?;
    let took = began.elapsed();
    if output.status.success() {
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        return Ok(Done { out, took });
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!(
        "{name} ended with {}: {}",
        output.status,
        said.lines()
            .rfind(|line| !line.trim().is_empty())
            .unwrap_or("it said nothing")
    )))
}

/// Tries until `check` says yes, or gives up after `limit`.
pub async fn until<F: Future<Output = bool>>(
    what: &str,
    limit: Duration,
    mut check: impl FnMut() -> F,
) -> Result<(), Failure> {
    let deadline = Instant::now() + limit;
    while !check().await {
        if Instant::now() > deadline {
            return Err(Failure::new(format!(
                "{what} did not happen within {} s",
                limit.as_secs()
            )));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Milliseconds, as samples are kept.
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

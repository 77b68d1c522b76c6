//! What is asked of the workspace: commands, a terminal; and what the machine says of its memory.

use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::client::Api;
use crate::client::stream::Socket;
use crate::failure::{Context, Failure, Outcome};

/// How long an answer may take.
const ANSWER: Duration = Duration::from_mins(1);
/// How long a shell may take to ask for a command before it is taken to be one without a prompt.
const PROMPT: Duration = Duration::from_secs(5);
/// A key that is in no prompt of ours.
const KEY: &[u8] = b"z";

/// Runs a command; fails unless it ends with 0.
pub async fn run(api: &Api, path: &str, command: &[&str]) -> Outcome<()> {
    let start = json!({ "type": "start", "command": command, "stdin": false });
    let mut socket = api.socket(&format!("{path}/exec")).await?;
    send(&mut socket, Message::Text(start.to_string().into())).await?;
    loop {
        match receive(&mut socket).await? {
            Message::Text(said) => match said_by(&said)? {
                Some(0) => return Ok(()),
                Some(code) => return Err(Failure::new(format!("'{}' ended with {code}", command.join(" ")))),
                None => {}
            },
            Message::Close(_) => return Err(broken()),
            _ => {}
        }
    }
}

/// Presses a key in a new terminal so many times, and tells how long each echo took.
pub async fn echoes(api: &Api, path: &str, count: u32) -> Outcome<Vec<Duration>> {
    let mut socket = api.socket(&format!("{path}/terminal?cols=80&rows=24")).await?;
    // A shell that never shows a `$` is one with another prompt: its echo is as good.
    if let Ok(seen) = timeout(PROMPT, output_with(&mut socket, b"$ ")).await {
        seen?;
    }
    let mut all = Vec::new();
    for _ in 0..count {
        let began = Instant::now();
        send(&mut socket, Message::Binary(KEY.into())).await?;
        output_with(&mut socket, KEY).await?;
        all.push(began.elapsed());
    }
    Ok(all)
}

/// Octets of memory that the agent of a workspace on this machine has to itself: it cannot be
/// looked at from inside. Nothing for who may not look, or where the kernel does not tell.
pub fn agent_memory(uid: &str) -> Option<u64> {
    if uid.is_empty() {
        return None;
    }
    let all = std::fs::read_dir("/proc").ok()?.flatten();
    let pids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    // The agent of an earlier start that nobody has reaped yet has no memory any more.
    pids.filter(|pid| is_first_of(*pid, uid).unwrap_or(false))
        .find_map(|pid| field(&read_of(pid, "smaps_rollup")?, "Anonymous:"))
}

/// Whether a process is the first one in the control group of this workspace.
fn is_first_of(pid: u32, uid: &str) -> Option<bool> {
    let inside = read_of(pid, "cgroup")?.contains(uid);
    let status = read_of(pid, "status")?;
    let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:"))?;
    let mut numbers = numbers.split_whitespace();
    Some(inside && numbers.next_back() == Some("1") && numbers.next().is_some())
}

fn read_of(pid: u32, file: &str) -> Option<String> {
    std::fs::read_to_string(format!("/proc/{pid}/{file}")).ok()
}

/// Octets of memory of the daemon whose data is in `dir`; nothing for who may not look.
pub fn daemon_resident(dir: &Path) -> Option<u64> {
    let lock = std::fs::read_to_string(dir.join("lock")).ok()?;
    let pid: u32 = lock.trim().parse().ok()?;
    field(
        &std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?,
        "VmRSS:",
    )
}

/// `Anonymous:   1234 kB`
fn field(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// Reads until the output has held `wanted`.
async fn output_with(socket: &mut Socket, wanted: &[u8]) -> Outcome<()> {
    let mut seen = Vec::new();
    loop {
        match receive(socket).await? {
            Message::Binary(bytes) => {
                seen.extend_from_slice(&bytes);
                if seen.windows(wanted.len()).any(|part| part == wanted) {
                    return Ok(());
                }
            }
            Message::Text(said) if said_by(&said)?.is_some() => return Err(Failure::new("the shell ended")),
            Message::Close(_) => return Err(broken()),
            _ => {}
        }
    }
}

/// The exit code, if that is what was said.
fn said_by(said: &str) -> Outcome<Option<i64>> {
    let said: Value = serde_json::from_str(said).context(|| "understand the daemon".to_owned())?;
    match said["type"].as_str() {
        Some("exit") => Ok(Some(said["code"].as_i64().unwrap_or(1))),
        Some("error") => Err(Failure::new(said["message"].as_str().unwrap_or("it was refused"))),
        _ => Ok(None),
    }
}

async fn receive(socket: &mut Socket) -> Outcome<Message> {
    let message = timeout(ANSWER, socket.next()).await;
    let message = message.map_err(|_| Failure::new(format!("no answer within {} s", ANSWER.as_secs())))?;
    message
        .ok_or_else(broken)?
        .map_err(|error| Failure::new(error.to_string()))
}

async fn send(socket: &mut Socket, message: Message) -> Outcome<()> {
    let sent = socket.send(message).await;
    sent.map_err(|error| Failure::new(error.to_string()))
}

fn broken() -> Failure {
    Failure::new("the connection to the workspace broke off")
}

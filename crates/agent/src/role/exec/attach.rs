//! A client's connection to a command.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use super::{Exec, Output, STDIN_WINDOW};
use crate::frame::{CHUNK, Kind};
use crate::role::agent::Agent;
use crate::role::connection::{Connection, FromClient, ToClient};
use crate::role::reaper::kill_group;
use crate::wire::{Code, ExecRequest, ExecStarted, FromExec, Refusal, ToExec};

/// Serves the operation `exec`.
pub async fn serve(agent: Rc<Agent>, request: ExecRequest, mut connection: Connection) -> io::Result<()> {
    let (exec, stdout, stderr) = match find(&agent, &request) {
        Ok(found) => found,
        Err(refusal) => return connection.refuse(refusal).await,
    };
    // Connections that are still there are superseded.
    let generation = exec.generation.get() + 1;
    exec.generation.set(generation);
    exec.acknowledge(stdout, stderr);
    let (stdin, consumed) = (exec.stdin.borrow().received, exec.stdin.borrow().consumed);
    let started = ExecStarted {
        session: exec.session.clone(),
        stdout,
        stderr,
        stdin,
        stdin_consumed: consumed,
        stdin_window: STDIN_WINDOW,
    };
    connection.reply(Ok(started)).await?;
    let (from, to) = connection.split();
    let left = tokio::select! {
        sent = send(&exec, generation, (stdout, stderr), consumed, to) => sent,
        received = receive(&exec, generation, from) => received,
    };
    tokio::task::spawn_local(super::abandon(exec, generation));
    left
}

fn find(agent: &Rc<Agent>, request: &ExecRequest) -> Result<(Rc<Exec>, u64, u64), Refusal> {
    let Some(session) = &request.session else {
        return super::start(agent, request).map(|exec| (exec, 0, 0));
    };
    let found = agent.execs.borrow().get(session).cloned();
    let exec = found.ok_or_else(|| {
        Refusal::new(
            Code::NotFound,
            "this command has ended long ago, or the agent was restarted and lost it",
        )
    })?;
    for (stream, offset) in [(&exec.stdout, request.stdout), (&exec.stderr, request.stderr)] {
        let ring = &stream.borrow().ring;
        if !ring.reaches(offset) {
            let kept = format!(
                "bytes {} to {} are kept, byte {offset} is asked for",
                ring.start(),
                ring.end()
            );
            return Err(Refusal::new(
                Code::Invalid,
                format!("output cannot go on from there: {kept}"),
            ));
        }
    }
    Ok((exec, request.stdout, request.stderr))
}

async fn send(
    exec: &Exec,
    generation: u64,
    (mut stdout, mut stderr): (u64, u64),
    mut told: u64,
    mut to: ToClient,
) -> io::Result<()> {
    let mut changed = exec.changed.subscribe();
    loop {
        changed.borrow_and_update();
        if exec.generation.get() != generation {
            return Ok(());
        }
        let consumed = exec.stdin.borrow().consumed;
        if consumed > told {
            told = consumed;
            to.control(&FromExec::Stdin { consumed }).await?;
        }
        let sent = forward(&exec.stdout, &mut stdout, Kind::Data, &mut to).await?
            | forward(&exec.stderr, &mut stderr, Kind::Stderr, &mut to).await?;
        if sent {
            continue;
        }
        if let Some(code) = exec.ending.code() {
            to.control(&FromExec::Exit { code }).await?;
            exec.ending.tell();
            return to.end().await;
        }
        if changed.changed().await.is_err() {
            return Ok(());
        }
    }
}

/// Sends the next piece of one stream; tells whether there was one.
async fn forward(
    output: &RefCell<Output>,
    cursor: &mut u64,
    kind: Kind,
    to: &mut ToClient,
) -> io::Result<bool> {
    let piece = output.borrow().ring.read(*cursor, CHUNK);
    if piece.is_empty() {
        return Ok(false);
    }
    to.frame(kind, &piece).await?;
    *cursor += piece.len() as u64;
    Ok(true)
}

async fn receive(exec: &Exec, generation: u64, mut from: FromClient) -> io::Result<()> {
    while let Some(frame) = from.next().await? {
        // The newer connection was told what had arrived: nothing may be added behind its back.
        if exec.generation.get() != generation {
            break;
        }
        match frame.kind {
            Kind::Data => {
                if !exec.take_stdin(&frame.payload) {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "more input than the window allows",
                    ));
                }
            }
            Kind::End => exec.end_stdin(),
            Kind::Control => match serde_json::from_slice(&frame.payload) {
                Ok(ToExec::Ack { stdout, stderr }) => exec.acknowledge(stdout, stderr),
                Ok(ToExec::Signal { signal }) if exec.ending.code().is_none() => {
                    kill_group(exec.pid, signal.number());
                }
                Ok(ToExec::Resize { cols, rows }) => {
                    if let Some(pty) = exec.pty.as_ref().filter(|_| cols > 0 && rows > 0) {
                        // A program that is just ending has no size.
                        let _ = pty.resize(cols.min(1000), rows.min(1000));
                    }
                }
                _ => {}
            },
            Kind::Stderr | Kind::Repaint => {}
        }
    }
    Ok(())
}

//! A client's connection to a terminal.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use super::{Next, Terminal};
use crate::frame::{CHUNK, Kind};
use crate::role::agent::Agent;
use crate::role::connection::{Connection, FromClient, ToClient};
use crate::wire::{Code, FromTerminal, OpenTerminal, Refusal, Reply, ToTerminal};

/// How soon after one piece of output the next may follow if it is small. A key's echo comes alone and
/// goes at once; a flood comes in pieces of a few kilobytes, and each that is sent on its own wakes
/// everybody on the way to the browser.
const PACE: Duration = Duration::from_millis(2);
/// Most clients of one terminal.
const CLIENTS: u32 = 32;

/// Counts a client for as long as it is attached.
struct Attached<'a>(&'a Terminal);

/// Serves the operation `terminal`.
pub async fn serve(agent: Rc<Agent>, request: OpenTerminal, connection: Connection) -> io::Result<()> {
    let (terminal, fresh) = match find(&agent, &request) {
        Ok(found) => found,
        Err(refusal) => return connection.refuse(refusal).await,
    };
    if terminal.clients.get() >= CLIENTS {
        let refusal = Refusal::new(
            Code::Exhausted,
            format!("{CLIENTS} clients are attached to this terminal"),
        );
        return connection.refuse(refusal).await;
    }
    let _attached = Attached::new(&terminal);
    terminal.resize(request.cols, request.rows);
    let offset = if fresh { Some(0) } else { request.offset };
    let (from, to) = connection.split();
    // Whichever side ends ends the connection.
    tokio::select! {
        sent = send(&terminal, offset, to) => sent,
        received = receive(&agent, &terminal, from) => received,
    }
}

fn find(agent: &Rc<Agent>, request: &OpenTerminal) -> Result<(Rc<Terminal>, bool), Refusal> {
    let Some(session) = &request.session else {
        return super::open(agent, request).map(|terminal| (terminal, true));
    };
    let found = agent.terminals.borrow().get(session).cloned();
    let terminal = found.ok_or_else(|| {
        Refusal::new(
            Code::NotFound,
            "this terminal has ended, or the agent was restarted and lost it",
        )
    })?;
    Ok((terminal, false))
}

async fn send(terminal: &Terminal, offset: Option<u64>, mut to: ToClient) -> io::Result<()> {
    let mut changed = terminal.changed.subscribe();
    let mut cursor = match offset.filter(|offset| terminal.reaches(*offset)) {
        Some(offset) => {
            let attached = attached(terminal, offset, None);
            to.control(&Reply::Ok(attached)).await?;
            offset
        }
        None => paint(terminal, &mut to, true).await?,
    };
    let mut paced = Instant::now();
    loop {
        changed.borrow_and_update();
        terminal.note_read(cursor);
        match terminal.next(cursor, CHUNK) {
            Next::Output(bytes) if bytes.len() < CHUNK && Instant::now() < paced => {
                tokio::time::sleep_until(paced).await;
            }
            Next::Output(bytes) => {
                to.frame(Kind::Data, &bytes).await?;
                cursor += bytes.len() as u64;
                paced = Instant::now() + PACE;
            }
            Next::Behind => cursor = paint(terminal, &mut to, false).await?,
            Next::Exit(code) => {
                to.control(&FromTerminal::Exit { code }).await?;
                terminal.ending.tell();
                return to.end().await;
            }
            Next::Wait => {
                if changed.changed().await.is_err() {
                    return Ok(());
                }
            }
        }
    }
}

/// Sends the whole screen; returns the offset that output goes on from.
async fn paint(terminal: &Terminal, to: &mut ToClient, first: bool) -> io::Result<u64> {
    let (screen, offset) = terminal.repaint();
    let attached = attached(terminal, offset, Some(screen.len()));
    if first {
        to.control(&Reply::Ok(attached)).await?;
    } else {
        to.control(&attached).await?;
    }
    for piece in screen.chunks(CHUNK) {
        to.frame(Kind::Repaint, piece).await?;
    }
    Ok(offset)
}

fn attached(terminal: &Terminal, offset: u64, repaint: Option<usize>) -> FromTerminal {
    FromTerminal::Attached {
        session: terminal.session.clone(),
        offset,
        reset: repaint.is_some(),
        repaint: repaint.unwrap_or(0) as u64,
    }
}

async fn receive(agent: &Agent, terminal: &Terminal, mut from: FromClient) -> io::Result<()> {
    while let Some(frame) = from.next().await? {
        match frame.kind {
            Kind::Data => {
                agent.meters.terminal_input.set(Some(std::time::Instant::now()));
                let mut rest = &frame.payload[..];
                while !rest.is_empty() {
                    let Some(pty) = terminal.pty() else { break };
                    rest = &rest[pty.write(rest).await?..];
                }
            }
            Kind::Control => {
                if let Ok(ToTerminal::Resize { cols, rows }) = serde_json::from_slice(&frame.payload) {
                    terminal.resize(cols, rows);
                }
            }
            Kind::Stderr | Kind::Repaint | Kind::End => {}
        }
    }
    Ok(())
}

// === impl Attached ===

impl<'a> Attached<'a> {
    fn new(terminal: &'a Terminal) -> Self {
        terminal.clients.set(terminal.clients.get() + 1);
        Self(terminal)
    }
}

impl Drop for Attached<'_> {
    fn drop(&mut self) {
        self.0.clients.set(self.0.clients.get() - 1);
    }
}

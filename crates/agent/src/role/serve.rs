//! Accepting connections and handing each to its operation.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::agent::Agent;
use super::connection::Connection;
use super::{activity, connect, exec, files, ports, terminal};
use crate::frame::Kind;
use crate::wire::{self, Apps, Code, Done, Op, Refusal};

/// Most connections at once.
const CONNECTIONS: usize = 2048;
/// How long a connection may take to say what it wants.
const HELLO: Duration = Duration::from_secs(10);
/// Longest wait for a change of the apps.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// Accepts connections for ever.
pub async fn run(agent: Rc<Agent>, listener: UnixListener) -> io::Result<()> {
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
            return Ok(());
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let agent = Rc::clone(&agent);
                tokio::task::spawn_local(async move {
                    // A connection that broke is the client's to notice.
                    let _ = serve(agent, stream).await;
                    drop(slot);
                });
            }
            // Out of descriptors, most likely: others must go first.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn serve(agent: Rc<Agent>, stream: UnixStream) -> io::Result<()> {
    let mut connection = Connection::new(stream);
    let hello = timeout(HELLO, connection.next())
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?;
    let hello = match hello {
        Ok(Some(frame)) if frame.kind == Kind::Control => frame,
        Ok(None) => return Ok(()),
        Ok(Some(_)) | Err(_) => {
            let refusal = Refusal::new(Code::Invalid, "the first frame of a connection must be a request");
            return connection.refuse(refusal).await;
        }
    };
    match wire::parse_hello(&hello.payload) {
        Ok(op) => dispatch(agent, op, connection).await,
        Err(refusal) => connection.refuse(refusal).await,
    }
}

async fn dispatch(agent: Rc<Agent>, op: Op, connection: Connection) -> io::Result<()> {
    match op {
        Op::Info => connection.answer(agent.info()).await,
        Op::Activity => connection.answer(Ok(activity::measure(&agent))).await,
        Op::Ports => connection.answer(Ok(ports::listening())).await,
        Op::Configure { apps } => {
            let configured = agent.apps.configure(&agent, apps);
            connection.answer(configured).await
        }
        Op::Apps { after, wait_ms } => {
            let apps = apps(&agent, after, Duration::from_millis(wait_ms)).await;
            connection.answer(Ok(apps)).await
        }
        Op::Logs { app, follow, offset } => {
            super::apps::logs::serve(&agent, &app, follow, offset, connection).await
        }
        Op::Terminal(request) => terminal::attach::serve(agent, request, connection).await,
        Op::Terminals => {
            let list: Vec<_> = agent
                .terminals
                .borrow()
                .values()
                .map(|terminal| terminal.info())
                .collect();
            connection.answer(Ok(list)).await
        }
        Op::CloseTerminal { session } => {
            let found = agent.terminals.borrow().get(&session).cloned();
            let closed = found.map(|terminal| {
                terminal.close();
                Done {}
            });
            let missing = || Refusal::new(Code::NotFound, "there is no such terminal");
            connection.answer(closed.ok_or_else(missing)).await
        }
        Op::Exec(request) => exec::attach::serve(agent, *request, connection).await,
        Op::Connect { port } => connect::serve(&agent, port, connection).await,
        Op::Shutdown { grace_ms } => {
            connection.answer(Ok(Done {})).await?;
            agent.stop.send_replace(Some(Duration::from_millis(grace_ms)));
            Ok(())
        }
        file => files::serve(&agent, file, connection).await,
    }
}

async fn apps(agent: &Agent, after: Option<u64>, wait: Duration) -> Apps {
    if let Some(after) = after {
        let mut revisions = agent.apps.revisions();
        let changed = revisions.wait_for(|revision| *revision != after);
        // Nothing happened in time: then the answer says so.
        let _ = timeout(wait.min(LONGEST_WAIT), changed).await;
    }
    agent.apps.list()
}

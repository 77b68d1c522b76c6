//! Reading an app's output.

use std::io;

use super::App;
use crate::frame::{CHUNK, Kind};
use crate::role::agent::Agent;
use crate::role::connection::{Connection, FromClient, ToClient};
use crate::wire::{Code, Refusal, StreamStart};

/// Serves the operation `logs`.
pub async fn serve(
    agent: &Agent,
    name: &str,
    follow: bool,
    offset: u64,
    mut connection: Connection,
) -> io::Result<()> {
    let Some(app) = agent.apps.find(name) else {
        let names: Vec<String> = agent.apps.list().apps.into_iter().map(|app| app.name).collect();
        let known = if names.is_empty() {
            "there are none".to_owned()
        } else {
            names.join(", ")
        };
        let refusal = Refusal::new(
            Code::NotFound,
            format!("there is no app {name:?} here; known: {known}"),
        );
        return connection.refuse(refusal).await;
    };
    let offset = {
        let log = app.log.borrow();
        offset.clamp(log.start(), log.end())
    };
    connection.reply(Ok(StreamStart { offset })).await?;
    let (from, to) = connection.split();
    tokio::select! {
        sent = send(&app, offset, follow, to) => sent,
        gone = gone(from) => gone,
    }
}

async fn send(app: &App, mut cursor: u64, follow: bool, mut to: ToClient) -> io::Result<()> {
    let mut logged = app.logged.subscribe();
    loop {
        logged.borrow_and_update();
        let (piece, lost) = {
            let log = app.log.borrow();
            let from = cursor.max(log.start());
            (log.read(from, CHUNK), from - cursor)
        };
        if lost > 0 {
            // A reader slower than the app misses the middle, and is told where it goes on.
            to.reply(Ok(StreamStart {
                offset: cursor + lost,
            }))
            .await?;
        }
        cursor += lost + piece.len() as u64;
        if !piece.is_empty() {
            to.frame(Kind::Data, &piece).await?;
        } else if !follow {
            to.frame(Kind::End, &[]).await?;
            return to.end().await;
        } else if logged.changed().await.is_err() {
            return Ok(());
        }
    }
}

/// Returns when the client has gone.
async fn gone(mut from: FromClient) -> io::Result<()> {
    while from.next().await?.is_some() {}
    Ok(())
}

//! What is measured, one file a measurement. Each asks the world for Toft and the peers that it
//! compares with, takes their samples in turns, and gives the rows of the table that are its own.

mod burst;
mod create;
mod disk;
mod https;
mod idle;
mod keystroke;
mod memory;
mod output;
mod route;
mod start;
mod websocket;

use crate::failure::Failure;
use crate::row::Row;
use crate::samples::Reading;
use crate::world::{Peer, World};

/// A measurement, by its name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Measure {
    /// From nothing to the first answer of a command.
    Create,
    /// From stopped to the first answer.
    Start,
    /// Fifty creates at once.
    Burst,
    /// What daemon and agents hold in memory.
    Memory,
    /// What fifty idle workspaces cost in CPU.
    Idle,
    /// Small responses through the gateway.
    Https,
    /// Much through a WebSocket.
    Websocket,
    /// A key typed in a browser's terminal.
    Keystroke,
    /// Much output in a browser's terminal.
    Output,
    /// A change until the gateway acts on it.
    Route,
    /// A snapshot and a clone of a large home.
    Disk,
}

// === impl Measure ===

impl Measure {
    /// Takes it.
    pub async fn run(self, world: &World) -> Result<Vec<Row>, Failure> {
        match self {
            Self::Create => create::run(world).await,
            Self::Start => start::run(world).await,
            Self::Burst => burst::run(world).await,
            Self::Memory => memory::run(world).await,
            Self::Idle => idle::run(world).await,
            Self::Https => https::run(world).await,
            Self::Websocket => websocket::run(world).await,
            Self::Keystroke => keystroke::run(world).await,
            Self::Output => output::run(world).await,
            Self::Route => route::run(world).await,
            Self::Disk => disk::run(world).await,
        }
    }
}

/// What a peer came to: its samples' reading, or why there is none.
fn of_peer<T>(peer: &Peer<T>, reading: impl FnOnce() -> Reading) -> Reading {
    match peer {
        Ok(_) => reading(),
        Err(why) => Reading::Absent(why.clone()),
    }
}

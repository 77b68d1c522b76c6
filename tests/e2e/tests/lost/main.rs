//! Nothing is lost, whatever ends: the daemon, the host, the room on the disk, the patience of who
//! waits.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::panic,
    reason = "tests"
)]

mod disk;
mod neighbour;
mod reboot;
mod sweep;
mod swept;
mod waiting;

//! The agent as a process of its own, asked by the client: real terminals, programs and files.
#![allow(
    clippy::disallowed_methods,
    reason = "tests start the agent and look at it with other programs"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod apps;
mod exec;
mod files;
mod golden;
mod hostile;
mod init;
mod memory;
mod ports;
mod support;
mod terminal;

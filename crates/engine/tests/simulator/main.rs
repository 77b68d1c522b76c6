//! The engine as it is, over a simulated host: cut off before and after every call of every port
//! and started anew, refused by ports, crowded, rebooted. Whatever happens the world comes to
//! what was asked, and nothing is left of what was deleted.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // Helpers of tests fail as tests do.

mod admission;
mod crash;
mod cut;
mod daemon;
mod deletes;
mod host;
mod reboot;

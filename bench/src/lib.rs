//! Toft measured against its peers: the daemon, the peers, the samples, and the table.
//!
//! [`measures`] has a file for each measurement, [`peers`] one for each peer. The core is pure:
//! [`samples`] become readings, a reading and its bound become a [`row`] with a verdict, rows become
//! a [`table`]. A [`world::World`] holds what runs and removes it at the end. Samples of Toft and of
//! its peers are taken in turns, so that what else the machine does meets all of them.

// Peers are programs, and to start programs is what this one is for.
#![allow(
    clippy::disallowed_methods,
    reason = "a bench starts its peers; nothing of it is in the product"
)]

pub mod app;
pub mod browser;
pub mod client;
pub mod failure;
pub mod load;
pub mod local;
pub mod measures;
pub mod peers;
pub mod proc;
pub mod process;
pub mod readme;
pub mod row;
pub mod samples;
pub mod site;
pub mod table;
pub mod terminal;
pub mod toft;
pub mod world;

//! What Toft is measured against, one file a peer. Those that make
//! containers run in a cell of their own.

pub mod caddy;
pub mod cell;
pub mod docker;
pub mod incus;
pub mod local;
pub mod nginx;
pub mod ttyd;

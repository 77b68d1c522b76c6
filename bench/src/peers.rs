//! What Toft is measured against, one file a peer. Each runs in a cell of its own.

pub mod cell;
pub mod docker;
pub mod incus;

//! The process inside every workspace, its protocol and its client.
//!
//! Three rooms: the **protocol** ([`frame`], [`wire`]) is plain data and pure decoding; the
//! **client** ([`Client`]) is what daemon and command line use over any byte stream; the **role**
//! ([`role::main`]) is what `toft agent` runs inside a workspace.
//!
//! **Architecture invariant**: the client trusts nothing that an agent says. Every length, number,
//! name and wait is bounded in [`frame`], [`wire`] or [`client`]; the role in turn holds no
//! privilege over the host and never sees one.

pub mod client;
pub mod frame;
pub mod fuzzing;
pub mod role;
pub mod wire;

pub use role::halt_signal;

pub use client::{
    BoxStream, Client, Dial, Error, ExecEvent, ExecReader, ExecStream, ExecWriter, FileReader, FileWriter,
    LogStream, Stream, TerminalEvent, TerminalReader, TerminalStream, TerminalWriter, UnixDialer,
};

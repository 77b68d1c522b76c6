//! A daemon of its own for each test, in a data directory of its own, driven by the command
//! line as a person drives it.
//!
//! The binary is the one that `TOFT_BIN` names. Tests run as root: workspaces need namespaces,
//! mounts and control groups.

// A test's helper fails the test; spawning is what these tests are about.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "helpers of tests"
)]

pub mod daemon;
pub mod disk;
pub mod https;
pub mod kubectl;
pub mod outer;
pub mod registry;
pub mod terminal;
pub mod traces;
pub mod wait;

pub use daemon::{Daemon, Ran};
pub use disk::Disk;
pub use kubectl::Kubectl;
pub use outer::Outer;
pub use registry::Registry;
pub use terminal::Terminal;
pub use traces::{Instance, Traces};
pub use wait::eventually;

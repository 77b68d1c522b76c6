//! The container runtime on this very host, as root, with a real OCI runtime and the real agent.

// Helpers of tests count as production code to Clippy, and fail as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

mod conformance;
mod crash;
mod debian;
mod foreign;
mod init;
mod nested;
mod ports;
mod start;
mod walls;

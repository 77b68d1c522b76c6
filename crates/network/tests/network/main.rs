//! The owners' networks, for real: every test is a host of its own, made of namespaces.

// All of this is a test, helpers too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod flood;
mod frames;
mod host;
mod isolation;
mod lifecycle;
mod names;
mod spoofing;

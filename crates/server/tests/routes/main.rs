//! The API over a real store and a real engine; sandboxes are simulated, agents are real
//! processes. Files lie as the URLs do.
#![allow(clippy::disallowed_methods, reason = "tests start the agent, a real process")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod api;
mod apis;
mod openapi;
mod permissions;
mod refusals;
mod revoked;
mod support;
mod ui;

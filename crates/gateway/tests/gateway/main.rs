//! The gateway from outside: real TLS clients, real upstream servers, and people who mean harm.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests; clippy.toml's exception does not reach them"
)]

mod certificates;
mod cookies;
mod corpus;

mod house;
mod limits;
mod listeners;
mod origins;
mod ports;
mod proxying;
mod signin;
mod smuggling;
mod websockets;

//! No one in: each attack is really tried from inside a workspace of the real daemon, by a program
//! that is root there (`src/bin/attack`), and once more where the wall is missing, to see that it
//! would be noticed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod agent;
mod hogs;
mod house;
mod layers;
mod load;
mod nested;
mod network;
mod sandbox;
mod stage;
mod verdict;

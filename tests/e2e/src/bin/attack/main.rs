//! What somebody who is root in a workspace tries. Put into workspaces by the tests in
//! `tests/walls`, and run by the same tests where the wall is missing, to see that an attack
//! would be noticed.
//!
//! Each attempt says one line: `through NAME`, `refused NAME: WHY`, or `absent NAME: WHY` where this
//! kernel or host has nothing of that kind to attack.

// A program of tests: it starts itself, and what it cannot go on without ends it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a program of tests"
)]
// Numbers for system calls are written as they are in C, and handed over bit by bit.
#![allow(clippy::cast_sign_loss)]

mod files;
mod hog;
mod kernel;
mod net;
mod process;
mod report;
mod sys;
mod wire;

use std::io::Read;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["kernel"] => kernel::all(),
        ["kernel", name] => kernel::one(name),
        ["files", rest @ ..] => files::main(rest),
        ["process", rest @ ..] => process::main(rest),
        ["net", rest @ ..] => net::main(rest),
        ["wire", rest @ ..] => wire::main(rest),
        ["hog", rest @ ..] => hog::main(rest),
        // Who one is in force, not in name: what a set-user-id file changes.
        ["who"] => println!("{}", rustix::process::geteuid().as_raw()),
        _ => panic!("unknown attack: {args:?}"),
    }
}

/// Waits until who started this wants no more of it.
fn until_told() {
    let mut nothing = [0];
    while std::io::stdin().read(&mut nothing).is_ok_and(|read| read > 0) {}
}

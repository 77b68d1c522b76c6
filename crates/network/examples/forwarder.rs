//! The `dns` role as a program of its own, for the tests of this crate.

use std::process::ExitCode;

fn main() -> ExitCode {
    toft_network::dns::main(std::env::args_os().skip(1))
}

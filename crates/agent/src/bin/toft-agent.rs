//! The agent's role as a program of its own, for the tests of this crate. The product runs it as
//! `toft agent`.

use std::process::ExitCode;

fn main() -> ExitCode {
    toft_agent::role::main(std::env::args_os().skip(1))
}
